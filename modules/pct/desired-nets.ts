import { parsePropertyString, printPropertyString } from "../../engine/formats/property-string.ts";
import type { Value } from "../../engine/module/index.ts";
import { type Aspect, byIdentity, type Edit } from "./aspect.ts";
import { type ConfView, freeSlots, isOn, slotsOf } from "./conf-view.ts";
import type { WantedNet } from "./param-nets.ts";
import { canonicalIp6 } from "./values.ts";

/** Sub-options that are the user's. Proxmox VE owns `hwaddr` (unless it is named) and `type`; unknown ones are a newer version's. */
const OURS = ["bridge", "ip", "gw", "ip6", "gw6", "mtu", "tag", "trunks", "rate", "firewall", "link_down"] as const;
type Net = { readonly [option: string]: Value };

interface Slot {
  readonly key: string;
  readonly name: string;
  readonly options: ReadonlyMap<string, string>;
}

/** The list of networks, found again by name. */
export function netsAspect(wanted: readonly WantedNet[], view: ConfView): Aspect {
  const existing = slotsOf(view.merged, "net").map(slotOf);
  const leaving = slotsOf(view.current, "net")
    .filter(([key]) => view.pendingDeletes.has(key))
    .map(slotOf);
  const matched = wanted.map((net) => existing.find(({ name }) => name === net.name));
  const gone = existing.filter((slot) => !matched.includes(slot));
  const back = wanted.map((net, index) => (matched[index] ? undefined : leaving.find(({ name }) => name === net.name)));
  const added = wanted.filter((_, index) => matched[index] === undefined && back[index] === undefined);
  const next = freeSlots(
    view,
    "net",
    gone.map(({ key }) => key),
  );
  const edits = wanted.flatMap((net, index): readonly Edit[] => {
    const slot = matched[index];
    if (slot && sameNet(net, slot)) return [];
    const known = slot ?? back[index];
    const inForce = known && view.current.get(known.key);
    const before = inForce === undefined ? undefined : slotOf([known?.key ?? "", inForce]);
    return [
      {
        key: known?.key ?? next(),
        value: printNet(net, known),
        asCurrent: before !== undefined && before.name === net.name && sameNet(net, before),
        // The conf has it at once, the interface that is there keeps its own until the next start.
        ...(known && String(net.mtu ?? "") !== (known.options.get("mtu") ?? "") && { quiet: `net ${net.name} mtu` }),
      },
    ];
  });
  const removed = gone.slice(added.length).map(({ key }): Edit => ({ key, value: null }));
  const shownGone = gone.map((slot) => netOf(slot, false));
  return {
    field: "nets",
    before: view.exists
      ? byIdentity([...wanted.flatMap((net, index) => shownAs(net, matched[index])), ...shownGone], "name")
      : null,
    after: byIdentity(wanted.map(wantedNet), "name"),
    edits: [...edits, ...removed],
  };
}

function slotOf([key, value]: readonly [string, string]): Slot {
  const { options } = parsePropertyString(value);
  return { key, name: options.get("name") ?? "", options };
}
function shownAs(net: WantedNet, slot: Slot | undefined): readonly Net[] {
  return slot === undefined ? [] : [netOf(slot, net.hwaddr !== undefined)];
}
function sameNet(net: WantedNet, slot: Slot): boolean {
  return JSON.stringify(wantedNet(net)) === JSON.stringify(netOf(slot, net.hwaddr !== undefined));
}

/** As the user would write it, in one spelling: what both sides are compared in. */
function netOf({ name, options }: Slot, withAddress: boolean): Net {
  const net: Record<string, Value> = { name };
  const hwaddr = options.get("hwaddr");
  if (withAddress && hwaddr !== undefined) net.hwaddr = hwaddr.toUpperCase();
  for (const option of OURS) {
    const value = options.get(option);
    if (value === undefined || value === "") continue;
    if (option === "firewall" || option === "link_down") {
      if (isOn(value)) net[option] = true;
    } else if (option === "trunks")
      net[option] = value
        .split(";")
        .map(Number)
        .sort((a, b) => a - b);
    else if (option === "mtu" || option === "tag" || option === "rate") net[option] = Number(value);
    else net[option] = canonical(value);
  }
  return net;
}
function wantedNet(net: WantedNet): Net {
  return netOf({ key: "", name: net.name, options: optionsOf(net) }, net.hwaddr !== undefined);
}

function optionsOf(net: WantedNet): ReadonlyMap<string, string> {
  const options = new Map<string, string>([["name", net.name]]);
  if (net.hwaddr !== undefined) options.set("hwaddr", net.hwaddr);
  for (const option of OURS) {
    const value = net[option];
    if (value === undefined) continue;
    if (typeof value === "boolean") options.set(option, value ? "1" : "0");
    else options.set(option, Array.isArray(value) ? value.join(";") : String(value));
  }
  return options;
}

/**
 * Without the address that it has now Proxmox VE makes a new one, and a running container loses its connections; so it does
 * where the same address comes in another spelling. What means the same is therefore written as it stands.
 */
function printNet(net: WantedNet, slot: Slot | undefined): string {
  const options = new Map(optionsOf(net));
  const [wanted, is] = [wantedNet(net), slot === undefined ? {} : netOf(slot, true)];
  for (const [name, value] of slot?.options ?? []) {
    if (name === "name" || name === "type") continue;
    const owned = name === "hwaddr" ? !options.has("hwaddr") : !isOurs(name);
    if (owned || (value !== "" && options.has(name) && JSON.stringify(wanted[name]) === JSON.stringify(is[name])))
      options.set(name, value);
  }
  // In the order in which Proxmox VE prints it, so that nothing but what differs is seen to change.
  const [first, ...rest] = [...options];
  return printPropertyString(new Map([...(first ? [first] : []), ...rest.sort(byName)]));
}
function isOurs(name: string): boolean {
  return OURS.some((option) => option === name);
}
function byName([a]: readonly [string, string], [b]: readonly [string, string]): number {
  return a < b ? -1 : 1;
}

function canonical(value: string): string {
  const [address = "", prefix] = value.split("/");
  return prefix === undefined ? canonicalIp6(value) : `${canonicalIp6(address)}/${prefix}`;
}
