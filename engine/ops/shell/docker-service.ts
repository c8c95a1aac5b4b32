// By its labels and not by its name, which a file may give: the first of a service that runs, else the first there is.
const findService = `found() { docker ps -q "$@" --filter "label=com.docker.compose.project=$project" --filter "label=com.docker.compose.service=$service" --filter label=com.docker.compose.oneoff=False; }
project=$1 service=$2; shift 2
id=$(found | tail -n 1) || exit 1
[ -n "$id" ] || id=$(found -a | tail -n 1)
[ -n "$id" ] || { echo "lab: no such service" >&2; exit 1; }
`;
/** Goes into the container of a service: `sh -c THIS lab PROJECT SERVICE SHELL…`. */
export const execInService = `${findService}exec docker exec -i -u 0 "$id" "$@"`;
/** Prints the number of its first process. */
export const processOfService = `${findService}exec docker inspect -f '{{.State.Pid}}' "$id"`;
