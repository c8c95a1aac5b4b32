import type { Frozen, FrozenHost } from "../world.ts";
import { allDatasets, clonesOf } from "./find-dataset.ts";
import { mountOf } from "./mount-dataset.ts";
import { isWrittenProperty, type Property, propertiesOf, quotaProperty } from "./properties.ts";
import { encryptionRootOf, NONE, type Resolved, resolveProperty, UNSET } from "./resolve-property.ts";
import { referencedBy, spaceOf, writtenSince } from "./space.ts";
import type { Bookmark, Dataset, Snapshot } from "./state.ts";
import { rulesOf } from "./versions.ts";

/** Something that has properties. */
export type Subject =
  | { readonly kind: "filesystem" | "volume"; readonly name: string; readonly dataset: Frozen<Dataset> }
  | {
      readonly kind: "snapshot";
      readonly name: string;
      readonly dataset: Frozen<Dataset>;
      readonly snapshot: Frozen<Snapshot>;
    }
  | {
      readonly kind: "bookmark";
      readonly name: string;
      readonly dataset: Frozen<Dataset>;
      readonly bookmark: Frozen<Bookmark>;
    };

export function appliesTo(property: Property, { kind, dataset }: Subject): boolean {
  // A snapshot of a volume has what a volume and a snapshot have in common, and its size.
  if (kind === "snapshot" && dataset.type === "volume" && !property.types.includes("v")) {
    return property.types === "s" || property.name === "volsize";
  }
  if (kind === "snapshot" && dataset.type === "filesystem" && property.name === "volsize") return false;
  return property.types.includes({ filesystem: "f", volume: "v", snapshot: "s", bookmark: "b" }[kind]);
}

/** What `zfs get` says of a property: `-` and no source where it does not apply or was never set. */
export function propertyValue(host: FrozenHost, subject: Subject, name: string): Resolved {
  const property = propertiesOf(rulesOf(host)).get(name);
  if (property === undefined) return otherValue(host, subject, name);
  if (!appliesTo(property, subject)) return UNSET;
  const computed = computedValue(host, subject, name);
  if (computed !== undefined) return computed;
  if (subject.kind === "snapshot") return ofSnapshot(host, subject, name);
  if (subject.kind === "bookmark") return UNSET;
  const { dataset } = subject;
  if (KEY.has(name)) return ofEncryption(host, dataset, name);
  const resolved = resolveProperty(host, dataset, name);
  if (name === "refquota" || name === "quota") return resolved;
  if (name === "version" || ALWAYS_FIXED.has(name)) return { value: resolved.value, source: NONE };
  if (subject.kind === "filesystem") return withLiveOption(host, dataset, name, resolved);
  return resolved;
}

const KEY: ReadonlySet<string> = new Set([
  "encryption",
  "keyformat",
  "keylocation",
  "pbkdf2iters",
  "keystatus",
  "encryptionroot",
]);
const ALWAYS_FIXED: ReadonlySet<string> = new Set(["utf8only", "normalization", "casesensitivity"]);

function fixed(value: string | number): Resolved {
  return { value: String(value), source: NONE };
}

/** Of anyone's own property, of a quota of a user, and of what was written since a snapshot. */
function otherValue(host: FrozenHost, { kind, dataset, ...subject }: Subject, name: string): Resolved {
  if (isWrittenProperty(name)) return fixed(writtenSince(host, dataset, name.slice("written@".length)));
  const quota = quotaProperty(name);
  if (quota !== undefined) {
    if (kind !== "filesystem") return UNSET;
    const set = dataset.properties[name];
    if (set !== undefined) return { value: set.value, source: { kind: "local" } };
    // The root folder of a file system is root's: one object, 512 bytes.
    const root = quota.used && (quota.who === "root" || quota.who === "0");
    return { value: quota.used && root ? (quota.objects ? "1" : "512") : "0", source: { kind: "local" } };
  }
  if (kind === "bookmark") return UNSET;
  if (kind === "snapshot" && "snapshot" in subject) {
    const set = subject.snapshot.properties[name];
    if (set !== undefined) return { value: set.value, source: { kind: set.source } };
    const { value, source } = resolveProperty(host, dataset, name);
    if (source.kind === "none") return UNSET;
    return { value, source: source.kind === "inherited" ? source : { kind: "inherited", from: dataset.name } };
  }
  return resolveProperty(host, dataset, name);
}

/** Sizes, times, counts and the like. */
function computedValue(host: FrozenHost, subject: Subject, name: string): Resolved | undefined {
  const { dataset, kind } = subject;
  const whole = kind === "filesystem" || kind === "volume";
  const space = () => spaceOf(host, dataset);
  const own = kind === "snapshot" ? subject.snapshot : kind === "bookmark" ? subject.bookmark : dataset;
  switch (name) {
    case "type":
      return fixed(kind);
    case "name":
      return fixed(subject.name);
    case "creation":
      return fixed(Math.floor(own.createdMs / 1000));
    case "guid":
      return fixed(own.guid);
    case "createtxg":
      return fixed(txgOf(host, dataset, own.createdMs));
    case "objsetid":
      return fixed(Number(BigInt(own.guid) % 65_000n) + 54);
    case "used":
      return fixed(kind === "snapshot" ? (subject.snapshot.uniqueBytes ?? 0) : space().used);
    case "available":
      return fixed(space().available);
    case "referenced":
      return fixed(referencedBy(host, dataset));
    case "written":
      return fixed(
        whole ? writtenSince(host, dataset, dataset.snapshots.at(-1)?.name ?? "") : referencedBy(host, dataset),
      );
    case "usedbysnapshots":
      return fixed(space().usedBySnapshots);
    case "usedbydataset":
      return fixed(space().usedByDataset);
    case "usedbychildren":
      return fixed(space().usedByChildren);
    case "usedbyrefreservation":
      return fixed(space().usedByReservation);
    case "logicalused":
    case "logicalreferenced":
      return fixed(Math.ceil((referencedBy(host, dataset) * 7) / 16));
    case "compressratio":
    case "refcompressratio":
      return fixed("1.00");
    case "mounted":
      return fixed(mountOf(host, dataset.name) === undefined ? "no" : "yes");
    case "origin":
      return fixed(dataset.origin ?? "-");
    case "clones":
      return fixed(
        clonesOf(host, subject.name)
          .map((clone) => clone.name)
          .join(",") || (kind === "snapshot" ? "" : "-"),
      );
    case "defer_destroy":
      return fixed(kind === "snapshot" && subject.snapshot.deferred ? "on" : "off");
    case "userrefs":
      return fixed(kind === "snapshot" ? subject.snapshot.holds.length : 0);
    case "filesystem_count":
    case "snapshot_count":
      return whole ? countBelow(host, dataset, name) : UNSET;
    case "snapshots_changed":
      return dataset.snapshotsChangedMs === undefined ? UNSET : fixed(Math.floor(dataset.snapshotsChangedMs / 1000));
    case "receive_resume_token":
    case "redact_snaps":
    case "iscsioptions":
      return UNSET;
    case "inconsistent":
      return fixed("0");
    default:
      return undefined;
  }
}

/** Counts are kept from the time when a limit was first set. */
function countBelow(host: FrozenHost, dataset: Frozen<Dataset>, name: string): Resolved {
  if (dataset.counted !== true) return { value: rulesOf(host).noLimit, source: { kind: "default" } };
  const all = allDatasets(host, dataset.name);
  const count =
    name === "filesystem_count" ? all.length - 1 : all.reduce((sum, each) => sum + each.snapshots.length, 0);
  return { value: String(count), source: { kind: "local" } };
}

/** A number that grows with time; what is made with its pool has a small one. */
function txgOf(host: FrozenHost, dataset: Frozen<Dataset>, createdMs: number): number {
  const pool = host.zfs?.pools[dataset.name.split("/")[0] ?? ""];
  const since = createdMs - (pool?.datasets[pool.name]?.createdMs ?? createdMs);
  return dataset.name.includes("/") || since > 0 ? 5 + Math.floor(since / 5000) : 1;
}

/** A snapshot has what its dataset has; what was set there reads as inherited. */
function ofSnapshot(host: FrozenHost, subject: Subject & { kind: "snapshot" }, name: string): Resolved {
  const { snapshot, dataset } = subject;
  const set = snapshot.properties[name];
  if (set !== undefined) return { value: set.value, source: { kind: set.source } };
  if (KEY.has(name)) return ofEncryption(host, dataset, name);
  const { value, source } = resolveProperty(host, dataset, name);
  if (name === "version" || ALWAYS_FIXED.has(name)) return { value, source: NONE };
  return source.kind === "local" || source.kind === "received"
    ? { value, source: { kind: "inherited", from: dataset.name } }
    : { value, source };
}

function ofEncryption(host: FrozenHost, dataset: Frozen<Dataset>, name: string): Resolved {
  const root = encryptionRootOf(host, dataset);
  const plain = resolveProperty(host, dataset, name);
  if (root === undefined) return name === "keystatus" || name === "encryptionroot" ? UNSET : plain;
  switch (name) {
    case "keystatus":
      return fixed(root.keyLoaded === true ? "available" : "unavailable");
    case "encryptionroot":
      return fixed(root.name);
    case "keylocation":
      return root.name === dataset.name ? plain : { value: "none", source: { kind: "default" } };
    default:
      return resolveProperty(host, name === "encryption" ? dataset : root, name);
  }
}

/** Properties that a live mount may have otherwise than the dataset, with the options that say so. */
const LIVE: Readonly<Record<string, readonly [on: string, off: string]>> = {
  atime: ["atime", "noatime"],
  devices: ["dev", "nodev"],
  exec: ["exec", "noexec"],
  readonly: ["ro", "rw"],
  setuid: ["suid", "nosuid"],
};

/** A mount whose options differ from what is set masks it: the source is then `temporary`. */
function withLiveOption(host: FrozenHost, dataset: Frozen<Dataset>, name: string, resolved: Resolved): Resolved {
  const pair = LIVE[name];
  const options = pair === undefined ? undefined : mountOf(host, dataset.name)?.options.split(",");
  if (pair === undefined || options === undefined) return resolved;
  const live = options.includes(pair[0]) ? "on" : options.includes(pair[1]) ? "off" : resolved.value;
  return live === resolved.value ? resolved : { value: live, source: { kind: "temporary" } };
}
