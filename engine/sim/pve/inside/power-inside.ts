import type { Session } from "../../session.ts";
import { collectOutput } from "../command/pve-error.ts";
import { applyPending } from "../container/apply-pending.ts";
import { loadConf } from "../container/container-conf.ts";
import { startContainer } from "../container/start-container.ts";
import { haltContainer } from "../container/stop-container.ts";

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
