import type { Session } from "../../session.ts";
import { PveError } from "../command/pve-error.ts";
import { printPart } from "../guest/guest-conf.ts";
import { findBridge, normaliseNetwork } from "../guest/network-interface.ts";
import { pendingKeys, pendingRemovals, settingOf, takeAway, takePending } from "../guest/pending.ts";
import { followInside } from "../inside/live-inside.ts";
import { type Applying, remove, settleMount } from "./apply-pending.ts";
import { parseLxcConf } from "./container-conf.ts";
import { applicationOf } from "./keys/container-keys.ts";
import { NETWORK } from "./keys/property-keys.ts";
import { assertSource, isNewVolume, parseKnown, parseMount } from "./mount-points.ts";

/**
 * Puts the chosen keys into force in a running container as far as that can be; the others stay pending. What could not
 * be plugged is in `errors`: the file is not written then, though what was plugged before stays so until the next stop.
 */
export function hotplug(applying: Applying, chosen: (key: string) => boolean): void {
  const { conf } = applying;
  const pending = () => pendingKeys(conf).filter(chosen);
  for (const key of pending())
    if (applicationOf(key, false) === "at once") takePending(conf, key, conf.pending.values.get(key) ?? "");
  for (const key of pendingRemovals(conf).filter(chosen)) {
    if (applicationOf(key, true) === "at restart") continue;
    attempt(applying, key, () => {
      remove(applying, key);
      if (/^net\d$/.test(key)) applying.output.out(`delete ips from ${key}`);
      takeAway(conf, key);
      force(applying, key);
    });
  }
  for (const key of pending()) {
    // What is mounted already is not mounted anew while it is in use.
    const replaced = /^mp\d+$/.test(key) && conf.values.has(key);
    if (applicationOf(key, false) !== "hot" || replaced) continue;
    attempt(applying, key, () => {
      takePending(conf, key, plug(applying, key, conf.pending.values.get(key) ?? ""));
      force(applying, key);
    });
  }
}

function attempt({ errors }: Applying, key: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof PveError)) throw error;
    errors.set(key, new PveError(`unable to hotplug ${key}: ${error.message}`, error.code));
  }
}

function plug(applying: Applying, key: string, value: string): string {
  if (/^mp\d+$/.test(key)) {
    const mount = parseMount(key, value);
    if (!isNewVolume(mount.get("volume") ?? "")) assertSource(applying.session, mount);
    return settleMount(applying, key, value);
  }
  return /^net\d+$/.test(key) ? plugNetwork(applying, key, value) : value;
}

function plugNetwork({ session, vmid, conf, output }: Applying, key: string, given: string): string {
  const value = normaliseNetwork(session, `${vmid} ${key}`, given);
  const net = parseKnown(NETWORK, value);
  const old = parseKnown(NETWORK, conf.values.get(key) ?? "name=none");
  const differs = (...names: string[]) => names.some((name) => old.get(name) !== net.get(name));
  const recreated = differs("name", "hwaddr");
  if (recreated || differs("bridge", "firewall", "link_down", "tag", "trunks", "rate")) {
    const name = net.get("bridge");
    const bridge = name === undefined ? undefined : findBridge(session.host, name);
    if (bridge !== undefined && net.has("tag") && !bridge.vlanAware && bridge.ports.length === 0)
      throw new PveError(`no physical interface on bridge '${name}'\n\n`);
  }
  // A new address is added beside the old one, which then goes: the kernel must not take its others along.
  const [before, after] = [old.get("ip") ?? "", net.get("ip") ?? ""];
  if (!recreated && before !== after && before.includes("/")) {
    const setting = `net.ipv4.conf.${net.get("name")}.promote_secondaries`;
    output.out(`${setting} = 1\n${setting} = 0\n`);
  }
  if (recreated) pullOut(session, vmid, old.get("name"));
  return value;
}

/** An interface whose name or hardware address is written otherwise, were it in another case, goes and a new one comes. */
function pullOut(session: Session, vmid: string, name: string | undefined): void {
  const booted = session.change().pve?.containers[vmid]?.inside?.booted;
  if (booted !== undefined) booted.nets = booted.nets.map((net) => (net.name === name ? { ...net, mac: "" } : net));
}

/** The running container's own copy of its configuration follows. */
function force({ session, vmid, conf }: Applying, key: string): void {
  const container = session.change().pve?.containers[vmid];
  if (!container?.running) return;
  const inForce = parseLxcConf(vmid, container.running.conf);
  const value = settingOf(conf, key);
  if (value === undefined) inForce.values.delete(key);
  else inForce.values.set(key, value);
  container.running = { ...container.running, conf: printPart(inForce) };
  followInside(session, vmid, key, inForce.values);
}
