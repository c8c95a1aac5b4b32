import type { Session } from "../session.ts";
import { applyPending } from "./apply-pending.ts";
import { loadConf } from "./guest-conf.ts";
import { collectOutput } from "./pve-error.ts";
import { startContainer } from "./start-container.ts";
import { haltContainer } from "./stop-container.ts";

/** What `reboot` and `poweroff` inside a container come to: it ends, pending changes are applied, and it starts again. */
export function powerOf(session: Session, vmid: string): (what: "off" | "reboot") => void {
  const silent = { out: () => {}, warn: () => {} };
  return (what) => {
    haltContainer(session, vmid);
    applyPending(session, vmid, silent);
    if (what === "off") return;
    // Nobody hears why a container does not come up again: it stays stopped.
    collectOutput("", (output) =>
      startContainer(session, vmid, loadConf(session.host, vmid, silent.warn), output, false),
    );
  };
}
