import { worksInUserspace } from "../../formats/tailscaled-defaults.ts";
import { nodeAt } from "../files/file-tree.ts";
import { nodeText } from "../files/node.ts";
import type { Session } from "../session.ts";
import type { FrozenHost } from "../world.ts";
import { hasProgram, setting, type Unit } from "./systemd.ts";

/** Whether a unit's program comes up: it is there, and so is what it cannot do without. */
export function mayStart(session: Session, unit: Unit): boolean {
  if (!hasProgram(session, unit)) return false;
  const program = /^[-@:+!]*(\S+)/.exec(setting(unit, "Service.ExecStart") ?? "")?.[1] ?? "";
  const demand = DEMANDS[program];
  return demand === undefined || demand(session.host);
}

/** Programs that end at once where the kernel does not give them what they need. */
const DEMANDS: Readonly<Record<string, (host: FrozenHost) => boolean>> = {
  // It makes an interface, unless it is told to work without one.
  "/usr/sbin/tailscaled": (host) =>
    nodeAt(host, "/dev/net/tun")?.type === "char" || worksInUserspace(textAt(host, "/etc/default/tailscaled")),
};

function textAt(host: FrozenHost, path: string): string {
  const node = nodeAt(host, path);
  return node?.type === "file" ? nodeText(node) : "";
}
