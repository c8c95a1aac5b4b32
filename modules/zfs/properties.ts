import { isAskedByName, zfsProperty } from "../../engine/formats/zfs-properties.ts";
import { parseZfsSize } from "../../engine/formats/zfs-size.ts";
import { meansSame, shownZfsValue, wantedZfsValue } from "../../engine/formats/zfs-value.ts";
import type { Refusal, Value } from "../../engine/module/index.ts";
import { refuse } from "../../engine/module/index.ts";
import type { Dataset, Seen } from "./look.ts";
import type { Params } from "./params.ts";

/** How the named properties differ from what the dataset has. */
export interface PropertyDifference {
  readonly before: Readonly<Record<string, Value>>;
  readonly after: Readonly<Record<string, Value>>;
  /** `name=value`, for one `zfs set`: it checks all of them before it sets any. */
  readonly set: readonly string[];
  readonly inherit: readonly string[];
  readonly warnings: readonly string[];
}

/** Pairs for `-o` of `zfs create`. */
export function creationPairs({ properties }: Params): readonly string[] {
  return Object.entries(properties).map(([name, value]) => `${name}=${setOf(name, value)}`);
}

/** What the properties are called and shown as once they are as wanted. */
export function wantedShown({ properties, inherit }: Params): Readonly<Record<string, Value>> {
  const values = Object.entries(properties).map(([name, value]) => [name, shownOf(name, value)] as const);
  return { ...Object.fromEntries(values), ...Object.fromEntries(inherit.map((name) => [name, "inherited"])) };
}

export function compareProperties(given: Params, dataset: Dataset, seen: Seen): PropertyDifference | Refusal {
  const before: Record<string, Value> = {};
  const after: Record<string, Value> = {};
  const set: string[] = [];
  const inherit: string[] = [];
  const warnings: string[] = [];
  const fixed: string[] = [];
  const temporary = (name: string, value: string) =>
    warnings.push(
      `${name} is ${value} on this mount alone, which was made with other options: what is stored cannot be seen, so it is not compared`,
    );

  for (const [name, value] of Object.entries(given.properties)) {
    const trouble = askedTrouble(name, seen);
    if (trouble !== null) return trouble;
    const shown = shownOf(name, value);
    const wanted = setOf(name, value);
    const is = dataset.property(name);
    if (is === undefined && !isAskedByName(name))
      return refuse(`the OpenZFS of the host knows no property ${name} of a ${dataset.type}`, "leave it out there");
    if (is?.source === "temporary") {
      temporary(name, is.value);
      continue;
    }
    const same = is !== undefined && sameAs(name, wanted, is.value, dataset, seen);
    const atCreation = zfsProperty(name)?.atCreation ?? false;
    const pinned = !given.pin || atCreation || is?.source === "local" || is?.source === "-";
    after[name] = shown;
    if (same && pinned) before[name] = shown;
    else {
      const seenAs = is === undefined ? null : shownZfsValue(name, is.value);
      before[name] = same ? `${shown} (${is.source})` : seenAs;
      if (atCreation) fixed.push(`${name} is ${seenAs ?? "not set"}, not ${shown}`);
      set.push(`${name}=${wanted}`);
      const trouble = tooTight(name, wanted, dataset) ?? noRoot(name, wanted, given.name, dataset);
      if (trouble !== null) return trouble;
    }
  }
  if (fixed.length > 0)
    return refuse(
      `${given.name}: ${fixed.join("; ")}: that is fixed when a dataset is made`,
      "make another dataset with these properties and copy the data, or declare what it has",
    );

  for (const name of given.inherit) {
    const is = dataset.property(name);
    if (is?.source === "temporary") {
      temporary(name, is.value);
      continue;
    }
    const own = is !== undefined && (is.source === "local" || is.source === "received");
    before[name] = own ? `${shownZfsValue(name, is.value)} (${is.source})` : "inherited";
    after[name] = "inherited";
    if (own) inherit.push(name);
  }
  return { before, after, set, inherit, warnings };
}

/** `zfs get` of one property fails for a user that the host does not know; then setting it would fail, too. */
function askedTrouble(name: string, seen: Seen): Refusal | null {
  const answer = isAskedByName(name) ? seen[name as `${string}:${string}`] : undefined;
  return answer === undefined || answer.code === 0
    ? null
    : refuse(`zfs does not tell ${name}: ${answer.stderr.split(/\n?usage:/)[0]?.trim()}`);
}

function sameAs(name: string, wanted: string, is: string, dataset: Dataset, { altroot }: Seen): boolean {
  // It reads back as the bytes that it came to, which hang on the pool's layout.
  if (name === "refreservation" && wanted === "auto") {
    const [has, size] = [parseZfsSize(is), parseZfsSize(dataset.property("volsize")?.value ?? "")];
    return has !== null && size !== null && has >= size;
  }
  const root = altroot?.code === 0 ? altroot.stdout.trim() : "-";
  const inside =
    name === "mountpoint" && root.startsWith("/") && is.startsWith(root) ? is.slice(root.length) || "/" : is;
  return meansSame(name, wanted, inside, dataset.xattrOn);
}

/** The kernel refuses such a limit after it has set what stood beside it. */
function tooTight(name: string, wanted: string, dataset: Dataset): Refusal | null {
  const counted = name === "quota" ? "used" : name === "refquota" ? "referenced" : null;
  if (counted === null || wanted === "none") return null;
  const [limit, used] = [parseZfsSize(wanted), parseZfsSize(dataset.property(counted)?.value ?? "")];
  return limit !== null && used !== null && limit < used
    ? refuse(
        `${name} ${wanted} is less than what the dataset holds already (${used} bytes ${counted})`,
        "make room first, or name a larger one",
      )
    : null;
}

/** Where a key comes from is a matter of encryption roots alone. */
function noRoot(name: string, wanted: string, dataset: string, { property }: Dataset): Refusal | null {
  if (name !== "keylocation" || wanted === "none") return null;
  if (property("encryption")?.value === "off") return refuse(`${dataset} is not encrypted: it has no keylocation`);
  const root = property("encryptionroot")?.value;
  return root === undefined || root === "-" || root === dataset
    ? null
    : refuse(`${dataset} has its key from ${root}`, `set keylocation there, or \`zfs change-key ${dataset}\` by hand`);
}

function setOf(name: string, value: string | number | boolean): string {
  const wanted = wantedZfsValue(name, value);
  return "error" in wanted ? String(value) : wanted.set;
}
function shownOf(name: string, value: string | number | boolean): string {
  const wanted = wantedZfsValue(name, value);
  return "error" in wanted ? String(value) : wanted.shown;
}
