import { unreachable } from "../errors/bug.ts";
import { execInService, processOfService } from "../ops/shell/docker-service.ts";
import type { Door } from "./connection.ts";

/** The words in front of a shell that enter it; found anew each time, so one that was made anew is found, too. */
export function enteringWords(door: Door): readonly string[] {
  switch (door.kind) {
    case "pct":
      return ["lxc-attach", "--clear-env", "-n", String(door.vmid), "--"];
    case "docker":
      return door.container.kind === "name"
        ? ["docker", "exec", "-i", "-u", "0", door.container.name]
        : ["sh", "-c", execInService, "lab", door.container.project, door.container.service];
    default:
      return unreachable(door);
  }
}

/** Words that print the number of its first process, as its node counts; of one that does not run nothing, or 0. */
export function processWords(door: Door): readonly string[] {
  switch (door.kind) {
    case "pct":
      return ["lxc-info", "-n", String(door.vmid), "-p", "-H"];
    case "docker":
      return door.container.kind === "name"
        ? ["docker", "inspect", "-f", "{{.State.Pid}}", door.container.name]
        : ["sh", "-c", processOfService, "lab", door.container.project, door.container.service];
    default:
      return unreachable(door);
  }
}

/** Its name in messages. */
export function doorName({ node, ...door }: Door): string {
  if (door.kind === "pct") return `container ${door.vmid} on ${node.name}`;
  const { container } = door;
  if (container.kind === "name") return `container ${container.name} on ${node.name}`;
  return `the container of ${container.service} in the project ${container.project} on ${node.name}`;
}
