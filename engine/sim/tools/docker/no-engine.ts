/** What every command says where no engine answers. */
export const NO_ENGINE =
  "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?";
