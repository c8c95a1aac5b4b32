import { type ConfView, isOn, slotsOf } from "../../engine/formats/guest-view.ts";
import { parsePropertyString, printPropertyString } from "../../engine/formats/property-string.ts";
import { type Refusal, refuse, type Value } from "../../engine/module/index.ts";
import { type Aspect, type Edit, equal } from "./aspect.ts";
import { diskEntry, drivesOf } from "./disk-entry.ts";
import type { WantedCloudInit, WantedIp } from "./param-cloudinit.ts";

/** One parameter of cloud-init. */
interface Part {
  readonly name: string;
  readonly before: Value;
  readonly after: Value;
  readonly edits: readonly Edit[];
  readonly refusal?: Refusal;
}

export function cloudinitAspect(vmid: number, wanted: WantedCloudInit, view: ConfView): Aspect {
  const parts = partsOf(vmid, wanted, view);
  const password = wanted.password !== undefined;
  const isSet = view.merged.has("cipassword");
  const side = (which: "before" | "after") => ({
    ...Object.fromEntries(parts.map((part) => [part.name, part[which]])),
    ...(password ? { password: which === "after" || isSet ? "is set" : null } : {}),
  });
  return {
    field: "cloudinit",
    before: view.exists ? side("before") : null,
    after: side("after"),
    edits: parts.flatMap(({ edits }) => edits),
    refusal: parts.find(({ refusal }) => refusal)?.refusal,
    ...(password && !isSet ? { password: true as const } : {}),
  };
}

function partsOf(vmid: number, wanted: WantedCloudInit, view: ConfView): readonly Part[] {
  const parts: Part[] = [];
  const { user, sshkeys, ipconfig, nameserver, searchdomain, cicustom, upgrade } = wanted;
  if (wanted.storage !== undefined) parts.push(drivePart(vmid, wanted.storage, wanted.slot, view));
  if (user !== undefined) parts.push(part("user", "ciuser", view, (value) => value ?? null, user, user));
  if (sshkeys !== undefined) parts.push(keysPart(sshkeys, view));
  if (ipconfig !== undefined) parts.push(ipPart(ipconfig, view));
  if (nameserver !== undefined) parts.push(wordsPart("nameserver", nameserver, view));
  if (searchdomain !== undefined) parts.push(wordsPart("searchdomain", searchdomain, view));
  if (cicustom !== undefined) {
    const said = Object.entries(cicustom).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value] as const],
    );
    const map = sortedMap(said);
    const decode = (value: string | undefined) => sortedMap([...parsePropertyString(value ?? "").options]);
    parts.push(
      part("cicustom", "cicustom", view, decode, map, said.length === 0 ? null : printPropertyString(new Map(said))),
    );
  }
  if (upgrade !== undefined) {
    const decode = (value: string | undefined) => value === undefined || isOn(value);
    parts.push(part("upgrade", "ciupgrade", view, decode, upgrade, upgrade ? "1" : "0"));
  }
  return parts;
}

/** One key, compared by what it means. */
function part(
  name: string,
  key: string,
  { merged, current }: ConfView,
  decode: (value: string | undefined) => Value,
  after: Value,
  encoded: string | null,
): Part {
  const before = decode(merged.get(key));
  if (equal(before, after)) return { name, before: after, after, edits: [] };
  const asCurrent = current.has(key) && equal(decode(current.get(key)), after);
  return { name, before, after, edits: [{ key, value: encoded, asCurrent }] };
}

function wordsPart(name: "nameserver" | "searchdomain", words: readonly string[], view: ConfView): Part {
  const decode = (value: string | undefined) => (value ?? "").split(/[\s,;]+/).filter((word) => word !== "");
  return part(name, name, view, decode, [...words], words.length === 0 ? null : words.join(" "));
}

/** Kept in the encoding of an URL; which key comes first makes no difference. */
function keysPart(keys: readonly string[], view: ConfView): Part {
  const wanted = [...new Set(keys)].sort();
  const plain = part("sshkeys", "sshkeys", view, decodeKeys, wanted, wanted.length === 0 ? null : "");
  const file = `${[...new Set(keys)].join("\n")}\n`;
  return { ...plain, edits: plain.edits.map((edit) => (edit.value === null ? edit : { ...edit, file })) };
}
function decodeKeys(value: string | undefined): Value {
  const lines = decoded(value ?? "")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
  return [...new Set(lines)].sort();
}
/** What somebody wrote there by hand may be no such encoding. */
function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

function ipPart(wanted: readonly WantedIp[], view: ConfView): Part {
  const there = new Map(slotsOf(view.merged, "ipconfig"));
  const keyOf = (net: string) => `ipconfig${net.slice("net".length)}`;
  const gone = [...there].filter(([key]) => !wanted.some(({ net }) => keyOf(net) === key));
  const edits = wanted.flatMap((each): readonly Edit[] => {
    const key = keyOf(each.net);
    const is = there.get(key);
    const after = shownIp(each.net, new Map(optionsOf(each)));
    if (is !== undefined && equal(shownIp(each.net, parsePropertyString(is).options), after)) return [];
    return [{ key, value: printPropertyString(new Map(optionsOf(each))) }];
  });
  const shown = (key: string, value: string) =>
    shownIp(`net${key.slice("ipconfig".length)}`, parsePropertyString(value).options);
  const entries = wanted.flatMap(({ net }) => {
    const is = there.get(keyOf(net));
    return is === undefined ? [] : [shown(keyOf(net), is)];
  });
  return {
    name: "ipconfig",
    before: [...entries, ...gone.map(([key, value]) => shown(key, value))],
    after: wanted.map((each) => shownIp(each.net, new Map(optionsOf(each)))),
    edits: [...edits, ...gone.map(([key]): Edit => ({ key, value: null }))],
  };
}
const IP = ["ip", "gw", "ip6", "gw6"] as const;
function optionsOf(wanted: WantedIp): readonly (readonly [string, string])[] {
  return IP.flatMap((name) => {
    const value = wanted[name];
    return value === undefined ? [] : [[name, value] as const];
  });
}
function shownIp(net: string, options: ReadonlyMap<string, string>): Value {
  const said = IP.flatMap((name) => {
    const value = options.get(name);
    return value === undefined ? [] : [[name, value.toLowerCase()] as const];
  });
  return { net, ...Object.fromEntries(said) };
}

/** The drive is made once, wherever it is. */
function drivePart(vmid: number, storage: string, slot: string, view: ConfView): Part {
  const name = "storage";
  const drive = drivesOf(view.merged).find(({ kind }) => kind === "cloudinit");
  if (drive !== undefined) {
    if (drive.storage === storage) return { name, before: storage, after: storage, edits: [] };
    const why = `the cloud-init drive of virtual machine ${vmid} (${drive.key}) is on ${drive.storage}, and is not moved to ${storage}`;
    return {
      name,
      before: drive.storage,
      after: storage,
      edits: [],
      refusal: refuse(why, `qm set ${vmid} --delete ${drive.key} takes it away`),
    };
  }
  const there = view.merged.get(slot);
  const edits = [{ key: slot, value: `${storage}:cloudinit` }];
  if (there === undefined || diskEntry(slot, there).file === "none")
    return { name, before: null, after: storage, edits };
  const why = `at ${slot} of virtual machine ${vmid} there is something else (${diskEntry(slot, there).file})`;
  return {
    name,
    before: null,
    after: storage,
    edits: [],
    refusal: refuse(why, "choose another slot for the cloud-init drive"),
  };
}

function sortedMap(entries: readonly (readonly [string, string])[]): Value {
  return Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));
}
