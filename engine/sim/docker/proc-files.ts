import type { FrozenHost } from "../world.ts";
import { containerNow } from "./container-now.ts";

/** The paths in /proc that the processes of running containers have, and where they lead. */
export function containerProcLinks(host: FrozenHost): ReadonlyMap<string, string> {
  const links = new Map<string, string>();
  for (const container of Object.values(host.docker?.containers ?? {})) {
    const { running, pid, netns } = containerNow(host, container);
    if (running) links.set(`/proc/${pid}/ns/net`, `net:[${netns}]`);
  }
  return links;
}
