import type { Session } from "../session.ts";
import { type Frozen, own } from "../world.ts";
import { AUTO, type CheckedPair } from "./check-properties.ts";
import { allDatasets, changeDataset, changePool, childrenOf, findDataset, findPool } from "./find-dataset.ts";
import { mountOf, mountOptions, unmountDataset } from "./mount-dataset.ts";
import { moveMounts } from "./move-mounts.ts";
import { parentName } from "./names.ts";
import type { Subject } from "./property-value.ts";
import { resolveProperty } from "./resolve-property.ts";
import { referencedBy, spaceOf } from "./space.ts";
import type { Dataset, SetProperty } from "./state.ts";
import { rulesOf } from "./versions.ts";
import { reservationOfVolume } from "./volume-size.ts";

type SetOutcome =
  | { readonly kind: "set"; readonly warning: string | null; readonly code: number }
  | { readonly kind: "refused"; readonly why: string };

const SET: SetOutcome = { kind: "set", warning: null, code: 0 };

/** Sets a checked property, as far as the kernel lets it, with what follows: mounts move, reservations go along. */
export function setProperty(
  session: Session,
  subject: Subject,
  pair: CheckedPair,
  { mount }: { readonly mount: boolean },
): SetOutcome {
  if (subject.kind === "snapshot") {
    const snapshot = changeDataset(session, subject.dataset.name).snapshots.find(
      ({ name }) => name === subject.snapshot.name,
    );
    if (snapshot !== undefined) snapshot.properties[pair.name] = { value: pair.value, source: "local" };
    return SET;
  }
  const { dataset } = subject;
  const value = pair.name === "refreservation" && pair.value === AUTO ? autoReservation(session, dataset) : pair.value;
  const refused = spaceFault(session, dataset, pair.name, Number(value));
  if (refused !== null) return { kind: "refused", why: refused };
  const store = () => {
    changeDataset(session, dataset.name).properties[pair.name] = { value, source: "local" };
  };
  switch (pair.name) {
    case "volsize":
      return setVolumeSize(session, dataset, Number(value));
    case "mountpoint":
    case "canmount":
    case "zoned":
      return setWhereMounted(session, dataset, pair.name, value, mount, store);
    case "filesystem_limit":
    case "snapshot_limit":
      store();
      countFrom(session, dataset.name);
      return SET;
    case "sharenfs":
    case "sharesmb":
      store();
      return value === "off" || mountOf(session.host, dataset.name) === undefined
        ? SET
        : notShared(session, dataset, pair.name);
    default:
      store();
      if (REMOUNTS.has(pair.name)) remount(session, dataset.name);
      return SET;
  }
}

/** Sizes that do not fit, in the kernel's words. */
function spaceFault(session: Session, dataset: Frozen<Dataset>, property: string, bytes: number): string | null {
  const { host } = session;
  const tooSmall = "size is less than current used or reserved space";
  const tooLarge = "size is greater than available space";
  const now = Number(own<Frozen<SetProperty>>(dataset.properties, property)?.value ?? 0);
  switch (property) {
    case "quota":
      return bytes > 0 && bytes < spaceOf(host, dataset).used ? tooSmall : null;
    case "refquota":
      return bytes > 0 && bytes < referencedBy(host, dataset) ? tooSmall : null;
    case "reservation": {
      // It is taken from what the parent has, whatever this dataset's own quota leaves.
      const parent = findDataset(host, parentName(dataset.name) ?? dataset.name) ?? dataset;
      return bytes > now && bytes - now > spaceOf(host, parent).available ? tooLarge : null;
    }
    case "refreservation": {
      // What is there already counts as reserved.
      const referenced = referencedBy(host, dataset);
      const more = Math.max(bytes, referenced) - Math.max(now, referenced);
      return more > spaceOf(host, dataset).available ? tooLarge : null;
    }
    case "volsize": {
      const { before, after } = reservations(session, dataset, bytes);
      return after > before && after - before > spaceOf(host, dataset).available ? tooLarge : null;
    }
    default:
      return null;
  }
}

/** A volume that reserves what it needs goes on doing so; another reservation is left alone. */
function reservations(session: Session, dataset: Frozen<Dataset>, volsize: number) {
  const before = Number(dataset.properties.refreservation?.value ?? 0);
  const follows = before > 0 && String(before) === autoReservation(session, dataset);
  return { before, after: follows ? reservationFor(session, dataset, volsize) : before };
}
function autoReservation(session: Session, dataset: Frozen<Dataset>): string {
  return String(reservationFor(session, dataset, Number(dataset.properties.volsize?.value ?? 0)));
}
function reservationFor({ host }: Session, dataset: Frozen<Dataset>, volsize: number): number {
  const pool = findPool(host, dataset.name);
  const number = (property: string) => Number(resolveProperty(host, dataset, property).value);
  return pool === undefined ? 0 : reservationOfVolume(pool, volsize, number("volblocksize"), number("copies"));
}
function setVolumeSize(session: Session, dataset: Frozen<Dataset>, bytes: number): SetOutcome {
  const { before, after } = reservations(session, dataset, bytes);
  const changed = changeDataset(session, dataset.name);
  if (after !== before) changed.properties.refreservation = { value: String(after), source: "local" };
  changed.properties.volsize = { value: String(bytes), source: "local" };
  return SET;
}

function setWhereMounted(
  session: Session,
  dataset: Frozen<Dataset>,
  property: string,
  value: string,
  mount: boolean,
  store: () => void,
): SetOutcome {
  if (property === "mountpoint" && mount) return moved(session, moveMounts(session, dataset.name, store));
  store();
  const leaves = value === (property === "canmount" ? "off" : "on");
  if (property !== "mountpoint" && leaves) unmountTree(session, dataset.name, property === "zoned");
  return SET;
}

function unmountTree(session: Session, name: string, below: boolean): void {
  if (below) for (const child of childrenOf(session.host, name)) unmountTree(session, child.name, true);
  if (mountOf(session.host, name) !== undefined) unmountDataset(session, name);
}

function moved(session: Session, failures: readonly string[]): SetOutcome {
  if (failures.length === 0) return SET;
  const warning = `${failures.join("\n")}\nproperty may be set but unable to remount filesystem\n`;
  return { kind: "set", warning, code: rulesOf(session.host).remountFailure };
}

/** From the first limit on, everything below and all that is new counts what is below it. */
function countFrom(session: Session, name: string): void {
  changePool(session, name).countsDatasets = true;
  for (const each of allDatasets(session.host, name)) changeDataset(session, each.name).counted = true;
}

/** The lab has no server of shares: the property is set all the same. */
function notShared(session: Session, { name }: Frozen<Dataset>, property: string): SetOutcome {
  const { tellsShareFailure } = rulesOf(session.host);
  const nfs = property === "sharenfs";
  const line = `cannot share '${name}: system error': ${nfs ? "NFS" : "SMB"} share creation failed\n`;
  if (nfs) {
    const reshare = "property may be set but unable to reshare filesystem\n";
    return { kind: "set", warning: tellsShareFailure ? line + reshare : null, code: 0 };
  }
  return { kind: "set", warning: line, code: tellsShareFailure ? 0 : 1 };
}

/** Properties that the kernel shows as mount options. */
const REMOUNTS: ReadonlySet<string> = new Set([
  "atime",
  "relatime",
  "devices",
  "exec",
  "setuid",
  "readonly",
  "xattr",
  "acltype",
]);

/**
 * Brings live mounts to what is set, here and where it is inherited. A remount goes by the path: of two mounts on one
 * path it reaches the upper one, and the lower keeps its flags, which is how a source comes to read `temporary`.
 */
export function remount(session: Session, name: string): void {
  for (const each of allDatasets(session.host, name)) {
    const mount = mountOf(session.host, each.name);
    if (mount === undefined) continue;
    const host = session.change();
    const index = host.mounts.findIndex(({ source, target }) => source === each.name && target === mount.target);
    const covered = host.mounts.slice(index + 1).some(({ target }) => target === mount.target);
    const fresh = mountOptions(host, each);
    const options = covered ? keepFlags(mount.options, fresh) : fresh;
    if (options !== mount.options) host.mounts[index] = { ...mount, options };
  }
}

/** The flags of the mount as they were, what the file system itself says as it is now. */
function keepFlags(old: string, fresh: string): string {
  const flags = new Set(["noatime", "relatime", "nodev", "noexec", "nosuid"]);
  const own = fresh.split(",").filter((option) => !flags.has(option));
  return [own[0], ...old.split(",").filter((option) => flags.has(option)), ...own.slice(1)].join(",");
}
