import { parsePropertyString } from "../../engine/formats/property-string.ts";
import type { Value } from "../../engine/module/index.ts";
import type { Aspect } from "./aspect.ts";
import { cutWeights } from "./cgroup.ts";
import { type ConfView, isOn } from "./conf-view.ts";
import type { Params } from "./params.ts";

/** What the node itself makes of a value. */
export interface Ground {
  readonly cgroup: 1 | 2 | null;
}

/** A parameter that is one key of the configuration. */
interface Scalar<Wanted> {
  readonly key: string;
  /** Null: the key goes. */
  readonly encode: (wanted: Wanted) => string | null;
  /** In the user's words; what a missing key means is said here, once. */
  readonly decode: (value: string | undefined, vmid: number) => Value;
  /** The wanted value in the same words. */
  readonly show: (wanted: Wanted) => Value;
  /** Other values of the configuration that mean the same. */
  readonly same?: (is: Value, wanted: Wanted, ground: Ground) => boolean;
  /** Written at once, but the inside keeps what it has until it starts again. */
  readonly quiet?: true;
}
type ScalarName =
  | "hostname"
  | "cores"
  | "cpulimit"
  | "cpuunits"
  | "memory"
  | "swap"
  | "features"
  | "tags"
  | "description"
  | "onboot"
  | "startup"
  | "nameserver"
  | "searchdomain"
  | "timezone"
  | "protection"
  | "arch"
  | "ostype"
  | "tty"
  | "console"
  | "cmode"
  | "hookscript";
type Wanted<Name extends ScalarName> = Exclude<Params[Name], undefined>;

/** A number where it is one; what else stands there is shown as it stands. */
const numeric = (value: string): Value => (/^\d+(\.\d+)?$/.test(value) ? Number(value) : value);
const number = (key: string, missing: Value): Scalar<number> => ({
  key,
  encode: String,
  decode: (value) => (value === undefined ? missing : numeric(value)),
  show: (wanted) => wanted,
});
const flag = (key: string, missing: boolean): Scalar<boolean> => ({
  key,
  encode: (wanted) => (wanted ? "1" : "0"),
  decode: (value) => (value === undefined ? missing : isOn(value)),
  show: (wanted) => wanted,
});
const text = (key: string, missing: Value): Scalar<string> => ({
  key,
  encode: (wanted) => (wanted === "" ? null : wanted),
  decode: (value) => (value === undefined || value === "" ? missing : value),
  show: (wanted) => (wanted === "" ? missing : wanted),
});
const words = (key: string): Scalar<readonly string[]> => ({
  key,
  encode: (wanted) => (wanted.length === 0 ? null : wanted.join(" ")),
  decode: (value) => (value ?? "").split(/[\s,;]+/).filter((word) => word !== ""),
  show: (wanted) => [...wanted],
});

const SCALARS: { readonly [Name in ScalarName]: Scalar<Wanted<Name>> } = {
  hostname: { ...text("hostname", null), decode: (value, vmid) => value ?? `CT${vmid}`, quiet: true },
  cores: {
    key: "cores",
    encode: (wanted) => (wanted === "all" ? null : String(wanted)),
    decode: (value) => (value === undefined ? "all" : numeric(value)),
    show: (wanted) => wanted,
  },
  cpulimit: number("cpulimit", 0),
  cpuunits: {
    ...number("cpuunits", null),
    same: (is, wanted, { cgroup }) => cutWeights(wanted, cgroup).some((cut) => cut === is),
  },
  memory: number("memory", 512),
  // The schema says 512, but a configuration without the key has no swap at all.
  swap: number("swap", 0),
  features: {
    key: "features",
    encode: (wanted) => {
      const on = Object.entries(featuresOf(wanted)).map(
        ([name, value]) => `${name}=${Array.isArray(value) ? value.join(";") : 1}`,
      );
      return on.length === 0 ? null : on.join(",");
    },
    decode: (value) => {
      const found: Record<string, Value> = {};
      for (const [name, is] of parsePropertyString(value ?? "").options) {
        if (name === "mount") found[name] = splitWords(is);
        else if (isOn(is)) found[name] = true;
      }
      return sortedMap(found);
    },
    show: featuresOf,
  },
  tags: {
    key: "tags",
    encode: (wanted) => (wanted.length === 0 ? null : wanted.join(";")),
    decode: (value) => [...new Set(splitWords(value ?? "").map((word) => word.toLowerCase()))].sort(),
    show: (wanted) => [...wanted],
  },
  description: {
    ...text("description", ""),
    // Several lines end as a file does, so that a diff says nothing of a missing line end.
    decode: (value) => asLines(value ?? ""),
    show: asLines,
  },
  onboot: flag("onboot", false),
  startup: {
    key: "startup",
    encode: (wanted) => {
      const said = Object.entries(startupOf(wanted)).map(([name, value]) => `${name}=${value}`);
      return said.length === 0 ? null : said.join(",");
    },
    decode: (value) => {
      const { options } = parsePropertyString(value ?? "", "order");
      return startupOf(Object.fromEntries([...options].map(([name, is]) => [name, Number(is)])));
    },
    show: startupOf,
  },
  nameserver: words("nameserver"),
  searchdomain: words("searchdomain"),
  timezone: text("timezone", null),
  protection: flag("protection", false),
  arch: text("arch", null) as Scalar<Wanted<"arch">>,
  ostype: text("ostype", null),
  tty: number("tty", 2),
  console: flag("console", true),
  cmode: text("cmode", "tty") as Scalar<Wanted<"cmode">>,
  hookscript: text("hookscript", null),
};

/** Each of these parameters that the task names. */
export function scalarAspects(params: Params, view: ConfView, ground: Ground): readonly Aspect[] {
  return (Object.keys(SCALARS) as ScalarName[]).flatMap((name) => {
    const wanted = params[name];
    return wanted === undefined
      ? []
      : [aspectOf(name, SCALARS[name] as Scalar<unknown>, wanted, params.vmid, view, ground)];
  });
}

function aspectOf(
  field: ScalarName,
  scalar: Scalar<unknown>,
  wanted: unknown,
  vmid: number,
  view: ConfView,
  ground: Ground,
): Aspect {
  const { key, encode, decode, show, same, quiet } = scalar;
  const after = show(wanted);
  const meansIt = (entries: ReadonlyMap<string, string>): boolean => {
    const is = valueIn(entries);
    return equal(is, after) || (same?.(is, wanted, ground) ?? false);
  };
  const valueIn = (entries: ReadonlyMap<string, string>): Value =>
    decode(key === "description" ? view.description : entries.get(key), vmid);
  const value = encode(wanted);
  if (!view.exists) return { field, before: null, after, edits: value === null ? [] : [{ key, value }] };
  if (meansIt(view.merged)) return { field, before: after, after, edits: [] };
  const hidden = quiet ? { quiet: field } : {};
  return {
    field,
    before: valueIn(view.merged),
    after,
    edits: [{ key, value, asCurrent: key !== "description" && meansIt(view.current), ...hidden }],
  };
}

function featuresOf(wanted: Wanted<"features">): { readonly [name: string]: Value } {
  const on: Record<string, Value> = {};
  for (const [name, value] of Object.entries(wanted)) {
    if (value === true) on[name] = true;
    else if (Array.isArray(value) && value.length > 0) on[name] = [...value].sort();
  }
  return sortedMap(on);
}

function startupOf(wanted: { readonly [name: string]: number | undefined }): { readonly [name: string]: number } {
  const said: Record<string, number> = {};
  for (const name of ["order", "up", "down"]) {
    const value = wanted[name];
    if (value !== undefined) said[name] = value;
  }
  return said;
}

function asLines(text: string): string {
  return text.includes("\n") ? `${text}\n` : text;
}
function splitWords(value: string): string[] {
  return value
    .split(/[\s,;]+/)
    .filter((word) => word !== "")
    .sort();
}

function sortedMap(map: Readonly<Record<string, Value>>): { readonly [name: string]: Value } {
  return Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** These are plain values whose maps have their keys in one order. */
function equal(a: Value, b: Value): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
