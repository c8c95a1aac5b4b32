import { type FrozenHost, own } from "../world.ts";
import { niceNumber, parseNumber } from "./numbers.ts";
import { poolFeatures } from "./pool-features.ts";
import { poolAllocated } from "./pool-space.ts";
import { poolHealth } from "./pools.ts";
import { poolSize } from "./vdev-sizes.ts";
import { guidOf, type PoolView } from "./vdevs.ts";

/** 2.1, 2.2 or 2.3: later ones behave as 2.3. */
export function releaseOf(host: FrozenHost): number {
  const [major = 2, minor = 3] = (host.zfs?.version ?? "2.3").split(/[.-]/).map(Number);
  return major > 2 || minor >= 3 ? 2.3 : minor === 2 ? 2.2 : 2.1;
}

interface PoolProperty {
  readonly name: string;
  readonly since: number;
  /** Null: it can be set. */
  readonly computed: ((context: Context) => string) | null;
  /** What it may be, in the words of the usage text. */
  readonly values: string;
  readonly default: string;
}
interface Context {
  readonly host: FrozenHost;
  readonly pool: PoolView;
  /** -p */
  readonly exact: boolean;
}

const SIZE = "<size>";
const ON_OFF = "on | off";
const size = (value: (context: Context) => number) => (context: Context) =>
  context.exact ? String(value(context)) : niceNumber(value(context));
const ratio = ({ exact }: Context) => (exact ? "1.00" : "1.00x");
const percent = (value: (context: Context) => number) => (context: Context) =>
  `${value(context)}${context.exact ? "" : "%"}`;
const never = () => "-";
const nought = () => "0";

const computed = (name: string, values: string, value: (context: Context) => string, since = 2.1): PoolProperty => ({
  ...{ name, since, values, default: "-" },
  computed: value,
});
const settable = (name: string, values: string, fallback: string, since = 2.1): PoolProperty => ({
  ...{ name, since, values, default: fallback },
  computed: null,
});

/** In the order in which `zpool get all` prints them. */
const PROPERTIES: readonly PoolProperty[] = [
  computed(
    "size",
    SIZE,
    size(({ pool }) => poolSize(pool)),
  ),
  computed(
    "capacity",
    "<percent>",
    percent(({ host, pool }) => Math.floor((poolAllocated(host, pool) / Math.max(1, poolSize(pool))) * 100)),
  ),
  settable("altroot", "<path>", "-"),
  computed("health", "<state>", ({ pool }) => poolHealth(pool)),
  computed("guid", "<guid>", ({ pool }) => pool.guid),
  settable("version", "<version>", "-"),
  settable("bootfs", "<filesystem>", "-"),
  settable("delegation", ON_OFF, "on"),
  settable("autoreplace", ON_OFF, "off"),
  settable("cachefile", "<file> | none", "-"),
  settable("failmode", "wait | continue | panic", "wait"),
  settable("listsnapshots", ON_OFF, "off"),
  settable("autoexpand", ON_OFF, "off"),
  computed("dedupratio", "<1.00x or higher if deduped>", ratio),
  computed(
    "free",
    SIZE,
    size(({ host, pool }) => poolSize(pool) - poolAllocated(host, pool)),
  ),
  computed(
    "allocated",
    SIZE,
    size(({ host, pool }) => poolAllocated(host, pool)),
  ),
  settable("readonly", ON_OFF, "off"),
  settable("ashift", "<ashift, 9-16, or 0=default>", "0"),
  settable("comment", "<comment-string>", "-"),
  computed("expandsize", SIZE, never),
  computed("freeing", SIZE, nought),
  computed(
    "fragmentation",
    "<percent>",
    percent(() => 0),
  ),
  computed("leaked", SIZE, nought),
  settable("multihost", ON_OFF, "off"),
  computed("checkpoint", SIZE, ({ pool, exact }) =>
    pool.checkpointMs === undefined ? "-" : exact ? String(CHECKPOINT_BYTES) : niceNumber(CHECKPOINT_BYTES),
  ),
  computed("load_guid", "<load_guid>", ({ pool }) => guidOf(`load ${pool.guid}`)),
  settable("autotrim", ON_OFF, "off"),
  settable("compatibility", "<file[,file...]> | off | legacy", "off"),
  computed("bcloneused", SIZE, nought, 2.2),
  computed("bclonesaved", SIZE, nought, 2.2),
  computed("bcloneratio", "<1.00x or higher if cloned>", ratio, 2.2),
  computed("dedup_table_size", SIZE, nought, 2.3),
  settable("dedup_table_quota", SIZE, "auto", 2.3),
  computed("last_scrubbed_txg", "<txg>", nought, 2.3),
];
/** What a checkpoint of a small pool holds. */
export const CHECKPOINT_BYTES = 50688;

const ALIASES: Readonly<Record<string, string>> = {
  listsnaps: "listsnapshots",
  alloc: "allocated",
  cap: "capacity",
  frag: "fragmentation",
  expandsz: "expandsize",
  ckpoint: "checkpoint",
  dedup: "dedupratio",
};
/** Known, printed if it is asked for, and of no effect. */
const HIDDEN: readonly PoolProperty[] = [
  settable("dedupditto", "", "0"),
  computed("name", "", ({ pool }) => pool.name),
];

export function poolProperties(release: number): readonly PoolProperty[] {
  return PROPERTIES.filter(({ since }) => since <= release);
}
export function poolPropertyNamed(release: number, name: string): PoolProperty | undefined {
  const wanted = own(ALIASES, name) ?? name;
  return [...poolProperties(release), ...HIDDEN].find((property) => property.name === wanted);
}

/** Anybody's own property: since 2.2. */
export function isUserPoolProperty(release: number, name: string): boolean {
  return release >= 2.2 && name.includes(":") && /^[a-z0-9._:-]+$/.test(name);
}

export interface PropertyValue {
  readonly value: string;
  readonly source: "local" | "default" | "-";
}

/** What a property is; null for one that the pool does not have. */
export function poolPropertyValue(
  host: FrozenHost,
  pool: PoolView,
  name: string,
  exact: boolean,
): PropertyValue | null {
  const release = releaseOf(host);
  if (name.startsWith("feature@")) return featureValue(pool, release, name);
  const set = own(pool.properties, name);
  const property = poolPropertyNamed(release, name);
  if (property === undefined)
    return set === undefined ? { value: "-", source: "-" } : { value: set.value, source: "local" };
  if (property.computed !== null) return { value: property.computed({ host, pool, exact }), source: "-" };
  if (name === "altroot" && pool.altroot !== undefined) return { value: pool.altroot, source: "local" };
  if (name === "readonly") return { value: pool.readOnly === true ? "on" : "off", source: "-" };
  if (set === undefined) return { value: property.default, source: "default" };
  const bytes = property.values === SIZE && /^\d+$/.test(set.value) && !exact;
  return { value: bytes ? niceNumber(Number(set.value)) : set.value, source: "local" };
}

function featureValue(pool: PoolView, release: number, name: string): PropertyValue | null {
  const feature = poolFeatures(release).find((each) => `feature@${each.name}` === name);
  if (feature === undefined) return null;
  const set = own(pool.properties, name)?.value;
  return { value: set === "disabled" ? "disabled" : feature.active ? "active" : "enabled", source: "local" };
}
/** Features that this pool could have and does not. */
export function disabledFeatures(pool: PoolView, release: number): readonly string[] {
  return poolFeatures(release)
    .map(({ name }) => name)
    .filter((name) => own(pool.properties, `feature@${name}`)?.value === "disabled");
}

/** What is to be kept of a value that was given; or why it cannot be. Null: it is the default again. */
export function parsePoolProperty(
  release: number,
  name: string,
  text: string,
  when: "create" | "set" | "import",
): { readonly value: string | null } | { readonly error: string } {
  if (name.startsWith("feature@")) return parseFeature(release, name, text, when);
  const property = poolPropertyNamed(release, name);
  if (property === undefined)
    return isUserPoolProperty(release, name) ? { value: text } : { error: `invalid property '${name}'` };
  if (property.computed !== null) return { error: `'${name}' is readonly` };
  const keep = (value: string) => ({ value: value === property.default ? null : value });
  switch (property.name) {
    case "readonly":
      if (when !== "import") return { error: "property 'readonly' can only be set at import time" };
      return oneOf(property, text, keep);
    case "altroot":
      if (when === "set") return { error: "property 'altroot' can only be set during pool creation or import" };
      return text.startsWith("/") ? { value: text } : { error: `bad alternate root '${text}'` };
    case "version":
      return Number(text) === 5000
        ? { error: "invalid argument for this pool operation" }
        : { error: `property 'version' number ${text} is invalid.` };
    case "ashift": {
      const parsed = parseNumber(text);
      if ("error" in parsed) return { error: parsed.error };
      if (parsed.value !== 0 && (parsed.value < 9 || parsed.value > 16))
        return {
          error: `property 'ashift' number ${parsed.value} is invalid, only values between 9 and 16 are allowed.`,
        };
      return keep(String(parsed.value));
    }
    case "cachefile":
      if (text === "" || text === "/etc/zfs/zpool.cache") return { value: null };
      if (text !== "none" && !text.startsWith("/"))
        return { error: "property 'cachefile' must be empty, an absolute path, or 'none'" };
      return { value: text };
    case "bootfs":
      return { value: text === "" ? null : text };
    case "comment":
      return text.length > 32 ? { error: "comment must not exceed 32 characters" } : { value: text };
    case "compatibility":
      return { value: text };
    case "dedupditto":
      return { value: null };
    case "dedup_table_quota": {
      if (text === "auto") return { value: null };
      const parsed = text === "none" ? { value: 0 } : parseNumber(text);
      return "error" in parsed ? { error: parsed.error } : { value: String(parsed.value) };
    }
    default:
      return oneOf(property, text, keep);
  }
}

function oneOf(
  { name, values }: PoolProperty,
  text: string,
  keep: (value: string) => { readonly value: string | null },
): { readonly value: string | null } | { readonly error: string } {
  return values.split(" | ").includes(text) ? keep(text) : { error: `'${name}' must be one of '${values}'` };
}

function parseFeature(
  release: number,
  name: string,
  text: string,
  when: "create" | "set" | "import",
): { readonly value: string | null } | { readonly error: string } {
  const feature = name.slice("feature@".length);
  if (!poolFeatures(release).some((each) => each.name === feature))
    return { error: `feature '${feature}' unsupported by kernel` };
  if (text === "enabled") return { value: null };
  if (text === "disabled" && when === "create") return { value: "disabled" };
  return {
    error:
      text === "disabled"
        ? `property '${name}' can only be set to 'disabled' at creation time`
        : `property '${name}' can only be set to 'enabled' or 'disabled'`,
  };
}
