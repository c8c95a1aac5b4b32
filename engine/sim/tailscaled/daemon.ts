import { worksInUserspace } from "../../formats/tailscaled-defaults.ts";
import { nodeAt } from "../files/file-tree.ts";
import { nodeText, sha256 } from "../files/node.ts";
import { placeFile } from "../host/programs.ts";
import { activityOf, findUnit } from "../host/systemd.ts";
import type { Session } from "../session.ts";
import { deviceOf } from "../tailnet/join-tailnet.ts";
import { tailnetOf } from "../tailnet/new-tailnet.ts";
import type { TailnetDevice } from "../tailnet/state.ts";
import { type Frozen, type FrozenHost, own } from "../world.ts";
import { newPrefs, type Prefs } from "./prefs.ts";

/** Where the daemon keeps who it is. The real file's values are wrapped once more; nobody but the daemon reads them. */
const STATE_FILE = "/var/lib/tailscale/tailscaled.state";
const DEFAULTS = "/etc/default/tailscaled";
const FRESH_MS = 300;

export interface DaemonState {
  /** Empty until somebody has logged in for the first time. */
  machineKey: string;
  /** The control server knows its node key; it may have expired there. */
  hasNodeKey: boolean;
  prefs: Prefs;
}
export interface Daemon {
  readonly state: DaemonState;
  readonly backend: "NoState" | "NeedsLogin" | "NeedsMachineAuth" | "Stopped" | "Running";
  /** As the tailnet has it; undefined: it does not, or not any more. */
  readonly device: Frozen<TailnetDevice> | undefined;
  readonly expired: boolean;
  /** An interface of the kernel. */
  readonly tun: boolean;
}

/** The daemon at this moment; undefined: it does not run. */
export function daemonOf(session: Session): Daemon | undefined {
  const { host } = session;
  const unit = findUnit(session, "tailscaled.service");
  if (activityOf(host, unit).active !== "active") return undefined;
  const state = readState(host);
  const device = !state.hasNodeKey ? undefined : deviceOf(tailnetOf(session).devices, nodeKeyOf(state));
  const expired = device !== undefined && !device.keyExpiryDisabled && device.expiresAt <= host.clockMs;
  const started = own(host.units, unit.name)?.since ?? 0;
  const backend = host.clockMs - started < FRESH_MS ? "NoState" : backendOf(state, device, expired);
  return { state, backend, device, expired, tun: !worksInUserspace(defaultsOf(host)) };
}

function backendOf(
  { hasNodeKey, prefs }: DaemonState,
  device: Frozen<TailnetDevice> | undefined,
  expired: boolean,
): Daemon["backend"] {
  if (!hasNodeKey) return "NeedsLogin";
  if (!prefs.WantRunning && !prefs.LoggedOut) return "Stopped";
  // Who was removed from the tailnet is told to log in again, as is who has expired.
  if (device === undefined || expired) return "NeedsLogin";
  return device.authorized ? "Running" : "NeedsMachineAuth";
}

export function readState(host: FrozenHost): DaemonState {
  const node = nodeAt(host, STATE_FILE);
  const empty = { machineKey: "", hasNodeKey: false, prefs: newPrefs() };
  if (node?.type !== "file") return empty;
  try {
    // Whoever breaks the file breaks the daemon; to the lab it is as new then.
    const kept: DaemonState = JSON.parse(nodeText(node));
    return { ...empty, ...kept, prefs: { ...empty.prefs, ...kept.prefs } };
  } catch (error) {
    if (error instanceof SyntaxError) return empty;
    throw error;
  }
}

export function keepState(session: Session, state: DaemonState): void {
  placeFile({ session }, STATE_FILE, `${JSON.stringify(state)}\n`, "0600");
}

/** A machine's key is made once: a copy of the file is the same node. */
export function withMachineKey(host: FrozenHost, state: DaemonState): DaemonState {
  if (state.machineKey !== "") return state;
  return { ...state, machineKey: sha256(`tailscale of ${host.hostname} ${host.bootId} ${host.clockMs}`) };
}
export function nodeKeyOf({ machineKey }: DaemonState): string {
  return `nodekey:${sha256(`node ${machineKey}`)}`;
}

function defaultsOf(host: FrozenHost): string {
  const node = nodeAt(host, DEFAULTS);
  return node?.type === "file" ? nodeText(node) : "";
}
