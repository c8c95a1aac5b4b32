import { type ConfView, isOn } from "../../engine/formats/guest-view.ts";
import { parsePropertyString, printPropertyString } from "../../engine/formats/property-string.ts";
import type { Value } from "../../engine/module/index.ts";
import { type Aspect, equal } from "./aspect.ts";
import type { Params } from "./params.ts";

/** A parameter that is one key of the configuration. */
interface Scalar<Wanted> {
  readonly key: string;
  /** Null: the key goes. `is`: what stands there now. */
  readonly encode: (wanted: Wanted, is: string | undefined) => string | null;
  /** In the user's words; what a missing key means is said here, once. */
  readonly decode: (value: string | undefined) => Value;
  /** The wanted value in the same words. */
  readonly show: (wanted: Wanted) => Value;
  /** Other values of the configuration that mean the same. */
  readonly same?: (is: Value, wanted: Wanted) => boolean;
}
type ScalarName =
  | "name"
  | "cores"
  | "sockets"
  | "cpu"
  | "memory"
  | "balloon"
  | "bios"
  | "machine"
  | "ostype"
  | "scsihw"
  | "agent"
  | "boot"
  | "serial"
  | "vga"
  | "onboot"
  | "startup"
  | "tags"
  | "description"
  | "protection";
type Wanted<Name extends ScalarName> = Exclude<Params[Name], undefined>;

/** A number where it is one; what else stands there is shown as it stands. */
const numeric = (value: string): Value => (/^\d+$/.test(value) ? Number(value) : value);
const number = (key: string, missing: Value): Scalar<number> => ({
  key,
  encode: String,
  decode: (value) => (value === undefined ? missing : numeric(value)),
  show: (wanted) => wanted,
});
const flag = (key: string): Scalar<boolean> => ({
  key,
  encode: (wanted) => (wanted ? "1" : "0"),
  decode: isOn,
  show: (wanted) => wanted,
});
const text = (key: string, missing: Value): Scalar<string> => ({
  key,
  encode: (wanted) => (wanted === "" ? null : wanted),
  decode: (value) => (value === undefined || value.trim() === "" ? missing : value),
  show: (wanted) => (wanted === "" ? missing : wanted),
});
/** With sub-options, kept in whatever order somebody wrote them: `host,flags=+aes`. */
const options = (key: string, bare: string): Scalar<string> => ({
  key,
  encode: (wanted) => wanted,
  decode: (value) => (value === undefined ? null : inOrder(value, bare)),
  show: (wanted) => inOrder(wanted, bare),
});

const SCALARS: { readonly [Name in ScalarName]: Scalar<Wanted<Name>> } = {
  name: text("name", null),
  cores: number("cores", 1),
  sockets: number("sockets", 1),
  cpu: options("cpu", "cputype"),
  memory: {
    ...number("memory", 512),
    decode: (value) => numeric(parsePropertyString(value ?? "512", "current").options.get("current") ?? "512"),
  },
  balloon: number("balloon", null),
  bios: text("bios", "seabios"),
  machine: {
    ...options("machine", "type"),
    // For Windows Proxmox VE writes down the version that the machine had when it was made.
    same: (is, wanted) =>
      typeof is === "string" &&
      is.replace(/^pc-(q35|i440fx)-[^,]+/, (_, type) => (type === "q35" ? "q35" : "pc")) === inOrder(wanted, "type"),
  },
  ostype: text("ostype", "other"),
  scsihw: text("scsihw", "lsi"),
  agent: {
    ...flag("agent"),
    // What else is said of the agent stays.
    encode: (wanted, is) => {
      const { options: said } = parsePropertyString(is ?? "", "enabled");
      return printPropertyString(new Map([...said, ["enabled", wanted ? "1" : "0"]]), "enabled");
    },
    decode: (value) => isOn(parsePropertyString(value ?? "", "enabled").options.get("enabled")),
  },
  boot: {
    key: "boot",
    encode: (wanted) => (wanted.length === 0 ? "" : `order=${wanted.join(";")}`),
    decode: (value) => {
      const order = /(?:^|,)order=([^,]*)/.exec(value ?? "")?.[1];
      if (order === undefined && (value ?? "").trim() !== "") return value ?? "";
      return (order ?? "").split(";").filter((device) => device !== "");
    },
    show: (wanted) => [...wanted],
  },
  serial: text("serial0", null),
  vga: options("vga", "type"),
  onboot: flag("onboot"),
  startup: {
    key: "startup",
    encode: (wanted) => {
      const said = Object.entries(startupOf(wanted)).map(([name, value]) => `${name}=${value}`);
      return said.length === 0 ? null : said.join(",");
    },
    decode: (value) => {
      const { options: said } = parsePropertyString(value ?? "", "order");
      return startupOf(Object.fromEntries([...said].map(([name, is]) => [name, Number(is)])));
    },
    show: startupOf,
  },
  tags: {
    key: "tags",
    encode: (wanted) => (wanted.length === 0 ? null : wanted.join(";")),
    // `qm create` keeps tags as they are given, `qm set` in small letters and sorted.
    decode: (value) => [...new Set((value ?? "").toLowerCase().split(/[\s,;]+/))].filter((word) => word !== "").sort(),
    show: (wanted) => [...wanted],
  },
  description: text("description", ""),
  protection: flag("protection"),
};

/** Each of these parameters that the task names. */
export function scalarAspects(params: Params, view: ConfView): readonly Aspect[] {
  return (Object.keys(SCALARS) as ScalarName[]).flatMap((name) => {
    const wanted = params[name];
    return wanted === undefined ? [] : [aspectOf(name, SCALARS[name] as Scalar<unknown>, wanted, view)];
  });
}

function aspectOf(field: ScalarName, scalar: Scalar<unknown>, wanted: unknown, view: ConfView): Aspect {
  const { key, encode, decode, show, same } = scalar;
  const after = show(wanted);
  const valueIn = (entries: ReadonlyMap<string, string>): Value =>
    decode(key === "description" ? view.description : entries.get(key));
  const meansIt = (entries: ReadonlyMap<string, string>): boolean =>
    equal(valueIn(entries), after) || (same?.(valueIn(entries), wanted) ?? false);
  const value = encode(wanted, view.merged.get(key));
  if (!view.exists) return { field, before: null, after, edits: value === null ? [] : [{ key, value }] };
  if (meansIt(view.merged)) return { field, before: after, after, edits: [] };
  const asCurrent = key !== "description" && meansIt(view.current);
  return { field, before: valueIn(view.merged), after, edits: [{ key, value, asCurrent }] };
}

/** The sub-option that needs no name first, the others sorted; switches as 1 and 0. */
function inOrder(value: string, bare: string): string {
  const { options: said } = parsePropertyString(value, bare);
  const sorted = [...said].sort(([a], [b]) => (a < b ? -1 : 1));
  return printPropertyString(new Map(sorted), bare);
}

function startupOf(wanted: { readonly [name: string]: number | undefined }): { readonly [name: string]: number } {
  const said: Record<string, number> = {};
  for (const name of ["order", "up", "down"]) {
    const value = wanted[name];
    if (value !== undefined) said[name] = value;
  }
  return said;
}
