import type { Inside, OpReply, Section } from "../../ops/ir.ts";
import { notUpMark } from "../../ops/shell/step-inside.ts";
import { findUser, type User } from "../host/accounts.ts";
import { addressesAt } from "../pve/container/container-network.ts";
import { containerHost, isRunning, rootInside } from "../pve/inside/container-host.ts";
import { powerOf } from "../pve/inside/power-inside.ts";
import type { Session } from "../session.ts";
import { NotImitated } from "../tool.ts";
import { type FrozenHost, own } from "../world.ts";

/** Where a section's operations run: on the host itself, in a container of it, or nowhere. */
export type Entered =
  | { readonly kind: "here" }
  | { readonly kind: "inside"; open(session: Session): Session | undefined }
  | (OpReply & { readonly kind: "failed" });

/** Goes where a section wants to be, with the messages of the real lxc-attach. Judged once, as a real one is entered once. */
export function enterSection(host: Session, section: Section): Entered {
  const { within, inside = { user: null, once: "entered" } } = section;
  if (within.length === 0) return { kind: "here" };
  const vmid = vmidIn(within);
  if (host.user.uid !== 0 || !isRunning(host.host, vmid)) return noEntry(connectionRefused(vmid));
  // A restart is another life: a shell that was entered before it is gone with the old one.
  const life = pidOf(host.host, vmid);
  const found: { user: User | undefined; held: string | null } = { user: undefined, held: null };
  const open = (session: Session): Session | undefined => {
    const inner = session.enter(
      (node) => (pidOf(node, vmid) === life ? containerHost(node, vmid) : undefined),
      (container) => {
        found.held = heldUp(container, inside);
        found.user =
          inside.user === null || inside.user === "root" ? rootInside(container) : findUser(container, inside.user);
        return found.user ?? rootInside(container);
      },
    );
    return inner?.user.uid === 0 ? { ...inner, power: powerOf(session, vmid) } : inner;
  };
  if (open(host) === undefined) return noEntry(connectionRefused(vmid));
  if (found.held !== null) return noEntry(`${notUpMark}${found.held}`);
  if (found.user === undefined) {
    const message = `cannot enter as ${inside.user} by ${within.join(" ")}: there is no user ${inside.user} in there`;
    return { kind: "failed", error: { code: "failed", message } };
  }
  return { kind: "inside", open };
}

function pidOf(node: FrozenHost, vmid: string): number | undefined {
  return own(node.pve?.containers ?? {}, vmid)?.running?.pid;
}

/** The one way in that the lab imitates; a further link behind it is refused like any other unknown word. */
function vmidIn(within: readonly string[]): string {
  const [tool, clear, option, vmid = "", end, ...rest] = within;
  const known = tool === "lxc-attach" && clear === "--clear-env" && option === "-n" && end === "--";
  if (!known || rest.length > 0 || !/^[1-9]\d*$/.test(vmid)) {
    throw new NotImitated(`the embedded lab does not imitate going in with "${within.join(" ")}"`);
  }
  return vmid;
}

/** What a section that waits for its container would be told now; null: nothing holds it up. */
function heldUp(container: FrozenHost, { once }: Inside): string | null {
  if (once === "entered") return null;
  const { booted, clockMs } = container;
  const systemd = container.files["/run/systemd/system"] !== undefined;
  if (systemd && booted !== undefined && clockMs < booted.since + INIT_MS) return "systemd is initializing";
  const routed = booted?.nets.some(
    (net) => net.up && net.gateway !== undefined && addressesAt([net], clockMs).length > 0,
  );
  return once === "networked" && !routed ? "it has no default route" : null;
}
/** How long systemd takes from its start to the basic target. */
const INIT_MS = 1000;

/** Of a container that is stopped, and of one that is not there, word for word the same. */
function connectionRefused(vmid: string): string {
  return ["get_attach_context: 406", "lxc_attach: 1470"]
    .map((place, index) => {
      const what = index === 0 ? "Failed to get init pid" : "Failed to get attach context";
      return `lxc-attach: ${vmid}: ../src/lxc/attach.c: ${place} Connection refused - ${what}`;
    })
    .join("\n");
}

function noEntry(message: string): OpReply & { readonly kind: "failed" } {
  return { kind: "failed", error: { code: "no-entry", message } };
}
