import { canonicalCidrs } from "../../engine/formats/cidr.ts";
import { flagValue, sameLoginServer, type TailscalePrefs, UP_FLAGS } from "../../engine/formats/tailscale-prefs.ts";
import type { TailscaleStatus } from "../../engine/formats/tailscale-status.ts";
import type { Value } from "../../engine/module/index.ts";
import { type Params, SETTINGS, type SettingName } from "./params.ts";

/** One declared setting: as it is, as it shall be, and as its flag takes it. */
export interface Setting {
  readonly name: SettingName;
  readonly is: Value;
  readonly shall: Value;
  /** `--hostname=router`. */
  readonly flag: string;
  readonly differs: boolean;
}

/** What the task says of the node's settings; what it does not name is left alone. */
export function declaredSettings(given: Params, prefs: TailscalePrefs, status: TailscaleStatus): readonly Setting[] {
  return SETTINGS.flatMap((name) => {
    const wanted = given[name];
    if (wanted === undefined) return [];
    const shall = shown(wanted);
    const is = name === "exit_node" ? exitNodeAs(String(wanted), prefs, status) : shown(prefs[name]);
    const differs = JSON.stringify(is) !== JSON.stringify(shall);
    const flag = name === "auto_update" ? "auto-update" : UP_FLAGS[name];
    return [{ name, is, shall, flag: `--${flag}=${flagValue(wanted)}`, differs }];
  });
}

function shown(value: boolean | string | readonly string[] | null): Value {
  return Array.isArray(value) ? canonicalCidrs(value) : (value as Value);
}

/** The exit node in use in the spelling of the task, if it is the one that it names. */
function exitNodeAs(wanted: string, prefs: TailscalePrefs, status: TailscaleStatus): string {
  const { ip, id, auto } = prefs.exit_node;
  if (auto !== "") return auto === "any" ? "auto:any" : auto;
  if (id === "") return ip;
  const peer = status.peers.find((each) => each.id === id);
  if (peer === undefined) return ip === "" ? id : ip;
  const names = [peer.dnsName, peer.dnsName.split(".")[0] ?? "", ...peer.ips].map((name) => name.toLowerCase());
  if (names.includes(wanted.toLowerCase().replace(/\.$/, ""))) return wanted;
  return peer.dnsName.split(".")[0] || (peer.ips[0] ?? id);
}

/** The address of the exit node in use, which is how `tailscale up` wants it mentioned; empty: none, or nobody knows it. */
export function exitNodeInForce({ exit_node: { ip, id, auto } }: TailscalePrefs, status: TailscaleStatus): string {
  if (auto !== "") return `auto:${auto}`;
  return ip !== "" ? ip : (status.peers.find((each) => each.id === id)?.ips[0] ?? "");
}

/** The tailnet does not know it, or not any more. */
export function mustLogIn({ state, haveNodeKey, self }: TailscaleStatus): boolean {
  return state === "NeedsLogin" || self.expired || !haveNodeKey;
}

export interface Identity {
  readonly before: Readonly<Record<string, Value>>;
  readonly after: Readonly<Record<string, Value>>;
  readonly differs: boolean;
}

/**
 * What cannot be changed without logging in anew. The tags that count are those that the tailnet has given to the node,
 * by its key or through the API, whatever it once asked for; who is not connected may not know them.
 */
export function identityOf(
  { advertise_tags, login_server }: Params,
  prefs: TailscalePrefs,
  status: TailscaleStatus,
): Identity {
  const before: Record<string, Value> = {};
  const after: Record<string, Value> = {};
  const outside = mustLogIn(status);
  const member = status.self.id !== "" && !outside;
  if (advertise_tags !== undefined && (member || outside)) {
    before.advertise_tags = [...(member ? status.self.tags : prefs.advertise_tags)].sort();
    after.advertise_tags = [...advertise_tags].sort();
  }
  if (login_server !== undefined) {
    before.login_server = sameLoginServer(prefs.login_server, login_server) ? login_server : prefs.login_server;
    after.login_server = login_server;
  }
  return { before, after, differs: JSON.stringify(before) !== JSON.stringify(after) };
}
