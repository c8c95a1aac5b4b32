import type { PackageInfo } from "./package-info.ts";

const unit = (description: string, lines: readonly string[]): string =>
  ["[Unit]", `Description=${description}`, "", ...lines, ""].join("\n");

const units = {
  "docker.service": unit("Docker Application Container Engine", [
    "[Service]",
    "Type=notify",
    "ExecStart=/usr/sbin/dockerd -H fd:// --containerd=/run/containerd/containerd.sock",
    "ExecReload=/bin/kill -s HUP $MAINPID",
    "Restart=always",
    "",
    "[Install]",
    "WantedBy=multi-user.target",
  ]),
};
const containerd = {
  "containerd.service": unit("containerd container runtime", [
    "[Service]",
    "Type=notify",
    "ExecStart=/usr/bin/containerd",
    "Restart=always",
    "",
    "[Install]",
    "WantedBy=multi-user.target",
  ]),
};
/** Of the group that may talk to the engine. */
export const DOCKER_GID = 106;
const groups = { docker: DOCKER_GID };
const PLUGIN = "/usr/libexec/docker/cli-plugins/docker-compose";
const from = "download.docker.com";

/** Docker's engine and Compose, Debian's and Docker's own: the versions that the imitation was held to. */
export const DOCKER: Readonly<Record<string, PackageInfo>> = {
  containerd: {
    versions: ["1.6.20~ds1-1+deb12u1"],
    summary: "open and reliable container runtime",
    programs: ["/usr/bin/containerd", "/usr/bin/ctr"],
    units: containerd,
  },
  "docker.io": {
    versions: ["20.10.24+dfsg1-1+deb12u1"],
    depends: ["containerd"],
    summary: "Linux container runtime",
    programs: ["/usr/bin/docker", "/usr/sbin/dockerd"],
    units,
    groups,
  },
  "docker-compose": {
    versions: ["1.29.2-3"],
    summary: "define and run multi-container Docker applications with YAML",
    programs: ["/usr/bin/docker-compose"],
  },
  "containerd.io": {
    versions: ["1.6.20-1"],
    summary: "An open and reliable container runtime",
    programs: ["/usr/bin/containerd", "/usr/bin/ctr"],
    units: containerd,
    from,
  },
  "docker-ce-cli": {
    versions: ["5:20.10.24~3-0~debian-bookworm"],
    summary: "Docker CLI: the open-source application container engine",
    programs: ["/usr/bin/docker"],
    from,
  },
  "docker-ce": {
    versions: ["5:20.10.24~3-0~debian-bookworm"],
    depends: ["containerd.io", "docker-ce-cli"],
    summary: "Docker: the open-source application container engine",
    programs: ["/usr/bin/dockerd"],
    units: { "docker.service": units["docker.service"].replace("/usr/sbin/dockerd", "/usr/bin/dockerd") },
    groups,
    from,
  },
  "docker-buildx-plugin": {
    versions: ["0.10.4-1~debian.12~bookworm"],
    summary: "Docker Buildx cli plugin",
    programs: ["/usr/libexec/docker/cli-plugins/docker-buildx"],
    from,
  },
  "docker-compose-plugin": {
    versions: ["2.26.1-1~debian.12~bookworm"],
    summary: "Docker Compose (V2) plugin for the Docker CLI",
    programs: [PLUGIN],
    from,
  },
};
