import { type ConfView, isOn, slotsOf } from "../../engine/formats/guest-view.ts";
import { parsePropertyString, printPropertyString } from "../../engine/formats/property-string.ts";
import type { Value } from "../../engine/module/index.ts";
import { type Aspect, type Edit, equal } from "./aspect.ts";
import type { WantedNet } from "./param-nets.ts";

/** Sub-options that are the user's. Proxmox VE owns the address, unless it is named; unknown ones are a newer version's. */
const OURS = ["bridge", "tag", "mtu", "rate", "firewall", "link_down"] as const;
type Shown = Readonly<Record<string, Value>>;

interface NetEntry {
  readonly model: string;
  readonly hwaddr: string | undefined;
  readonly options: ReadonlyMap<string, string>;
}

/** The list of networks, found again by their slot. */
export function netsAspect(wanted: readonly WantedNet[], view: ConfView): Aspect {
  const there = new Map(slotsOf(view.merged, "net").map(([key, value]) => [key, netEntry(value)]));
  const gone = [...there].filter(([key]) => !wanted.some(({ slot }) => slot === key));
  const edits = wanted.flatMap((net): readonly Edit[] => {
    const entry = there.get(net.slot);
    if (entry && equal(shownEntry(net, entry), shownWanted(net, entry))) return [];
    const inForce = view.current.get(net.slot);
    const before = inForce === undefined ? undefined : netEntry(inForce);
    const known = entry ?? before;
    const asCurrent = before !== undefined && equal(shownEntry(net, before), shownWanted(net, before));
    return [{ key: net.slot, value: printNet(net, known), asCurrent }];
  });
  return {
    field: "nets",
    before: view.exists
      ? [
          ...wanted.flatMap((net) => {
            const entry = there.get(net.slot);
            return entry === undefined ? [] : [shownEntry(net, entry)];
          }),
          ...gone.map(([key, entry]) => shown(key, entry, true, false)),
        ]
      : null,
    after: wanted.map((net) => shownWanted(net, there.get(net.slot))),
    edits: [...edits, ...gone.map(([key]): Edit => ({ key, value: null }))],
  };
}

export function netEntry(value: string): NetEntry {
  const { options, stray } = parsePropertyString(value);
  const [head] = [...options].filter(([name]) => /^(e1000|i82|ne2k|pcnet|rtl|virtio$|vmxnet)/.test(name));
  const rest = new Map([...options].filter(([name]) => !["model", "macaddr", head?.[0]].includes(name)));
  return {
    model: options.get("model") ?? head?.[0] ?? stray[0] ?? "virtio",
    hwaddr: options.get("macaddr") ?? head?.[1],
    options: rest,
  };
}

/** As the user would write it: what both sides are compared in. What is not named and has a value of its own is not shown. */
function shownEntry(net: WantedNet, entry: NetEntry): Shown {
  return shown(net.slot, entry, net.model !== undefined, net.hwaddr !== undefined);
}
function shownWanted(net: WantedNet, known: NetEntry | undefined): Shown {
  const model = net.model ?? known?.model ?? "virtio";
  const entry = { model, hwaddr: net.hwaddr, options: new Map(optionsOf(net)) };
  return shown(net.slot, entry, net.model !== undefined, net.hwaddr !== undefined);
}
function shown(slot: string, entry: NetEntry, withModel: boolean, withAddress: boolean): Shown {
  const found: Record<string, Value> = { slot };
  if (withModel) found.model = entry.model;
  if (withAddress && entry.hwaddr !== undefined) found.hwaddr = entry.hwaddr.toUpperCase();
  for (const option of OURS) {
    const value = entry.options.get(option);
    if (value === undefined || value === "") continue;
    if (option === "bridge") found[option] = value;
    else if (option === "firewall" || option === "link_down") {
      if (isOn(value)) found[option] = true;
    } else found[option] = Number(value);
  }
  return found;
}

function optionsOf(net: WantedNet): readonly (readonly [string, string])[] {
  return OURS.flatMap((option) => {
    const value = net[option];
    if (value === undefined) return [];
    return [[option, typeof value === "boolean" ? (value ? "1" : "0") : String(value)] as const];
  });
}

/** Without the address that it has now Proxmox VE makes a new one. */
function printNet(net: WantedNet, known: NetEntry | undefined): string {
  const kept = [...(known?.options ?? [])].filter(([name]) => !OURS.some((option) => option === name));
  const options = new Map([...kept, ...optionsOf(net)].sort(([a], [b]) => (a < b ? -1 : 1)));
  const model = net.model ?? known?.model ?? "virtio";
  const hwaddr = net.hwaddr ?? known?.hwaddr;
  return printPropertyString(new Map([["", hwaddr === undefined ? model : `${model}=${hwaddr}`], ...options]), "");
}
