import type { Session } from "../../session.ts";
import { own } from "../../world.ts";
import type { HeldConf } from "../guest/guest-conf.ts";

/** How a container's init takes a request to halt: a program that is no init ignores it. */
export function heedsHalt({ raw }: Pick<HeldConf, "raw">): boolean {
  const command = raw.findLast(([key]) => key === "lxc.init.cmd")?.[1];
  const program = command?.trim().split(/\s+/)[0]?.split("/").at(-1);
  return program === undefined || INITS.has(program);
}
const INITS = new Set(["", "init", "systemd", "openrc-init", "runit-init", "s6-svscan", "dumb-init", "tini"]);

/** Nothing of it runs any more. Its pending changes are applied by who calls. */
export function haltContainer(session: Session, vmid: string): void {
  const node = session.change();
  const container = own(node.pve?.containers ?? {}, vmid);
  if (container === undefined) return;
  container.running = null;
  if (container.inside === null) return;
  container.inside.clockMs = node.clockMs;
  container.inside.mounts = [];
  delete container.inside.booted;
  for (const state of Object.values(container.inside.units)) {
    state.phase = "stopped";
    state.since = node.clockMs;
  }
}
