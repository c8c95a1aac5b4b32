import { parseZfsSize, printZfsSize } from "../../engine/formats/zfs-size.ts";
import type { Change, Plan, Value } from "../../engine/module/index.ts";
import { change, refuse, Secret, Unknown, write } from "../../engine/module/index.ts";
import type { Seen } from "./look.ts";
import { CHANGE_LIMIT_MS, wantedMountpoint } from "./look.ts";
import { type Mounting, mountedWanted } from "./mounting.ts";
import type { Params } from "./params.ts";
import { misplaced, typeOf } from "./params.ts";
import { creationPairs, wantedShown } from "./properties.ts";

/** Blocks are never larger: a size that is whole in these is whole in any. */
const LARGEST_BLOCK = 128 * 1024;

interface Above {
  readonly name: string;
  readonly type: string;
  readonly mountpoint: string;
}

/** A dataset that is not there. */
export function create(given: Params, seen: Seen): Plan {
  const { name, parents } = given;
  const above = parseAbove(seen.above?.stdout ?? "");
  const [pool = name] = name.split("/");
  const parent = name.slice(0, name.lastIndexOf("/"));
  if (name === pool || !above.some((each) => each.name === pool)) {
    const root = { name: pool, type: "filesystem", mountpoint: `/${pool}` };
    return refuse(
      `there is no pool ${pool} on the host`,
      "make or import it with zpool, or is the name right?",
      name === pool ? { otherwise: broughtAlong(given) } : onceThere(given, seen, root),
    );
  }
  const nearest = above.findLast((each) => parent === each.name || parent.startsWith(`${each.name}/`));
  if (nearest?.type === "volume") return refuse(`${nearest.name} is a volume: nothing can be below it`);
  if (nearest?.name !== parent && !parents)
    return refuse(
      `the dataset ${parent} does not exist`,
      "say parents: true to have it made",
      onceThere(given, seen, nearest),
    );
  return makeBelow(given, seen, nearest);
}

/** What a check shows where an earlier task has yet to make what it lies in. */
function onceThere(given: Params, seen: Seen, nearest: Above | undefined): { readonly otherwise?: Change } {
  const plan = makeBelow(given, seen, nearest);
  return plan.kind === "change" ? { otherwise: plan } : {};
}
/** A pool's root dataset comes with its pool, as `zpool` is told to make it. */
function broughtAlong(given: Params): Change {
  const fields: Record<string, Value> = { state: "present", type: typeOf(given), ...wantedShown(given) };
  return change(fields, fields, []);
}

function makeBelow(given: Params, seen: Seen, nearest: Above | undefined): Plan {
  const { name, parents, properties, size, key, sparse } = given;
  const type = typeOf(given);
  if (type === "volume" && size === undefined) return refuse(`the volume ${name} needs a size`, "say size: 32G, say");
  const misfit = Object.keys(properties).flatMap((property) => misplaced(property, type) ?? [])[0];
  if (misfit !== undefined) return refuse(misfit, `${name} is not there, and would become a ${type}`);
  const trouble = hiddenFiles(given, seen) ?? keyTrouble(given);
  if (trouble !== null) return trouble;

  const mounting: Mounting = {
    mountpoint: wantedMountpoint(given) ?? inheritedMountpoint(given, nearest),
    canmount: String(wantedShown(given).canmount ?? "on"),
  };
  const mounted = mountedWanted(given, mounting);
  if (typeof mounted === "object") return mounted;
  const after: Record<string, Value> = {
    state: "present",
    type,
    ...(size !== undefined && { size: sizeAfter(size, properties.volblocksize) }),
    ...wantedShown(given),
    ...(mounted !== undefined && { mounted }),
    ...(key !== undefined && { key: "loaded" }),
  };
  const before: Record<string, Value> = { ...Object.fromEntries(Object.keys(after).map((field) => [field, null])) };
  before.state = "absent";
  const argv = [
    ...(parents ? ["-p"] : []),
    ...(mounted === false ? ["-u"] : []),
    ...(sparse ? ["-s"] : []),
    ...(size === undefined ? [] : ["-V", String(size)]),
    ...creationPairs(given).flatMap((pair) => ["-o", pair]),
  ];
  // The first dataset that comes about: with `parents` more than the one itself.
  const first =
    nearest === undefined
      ? name
      : name
          .split("/")
          .slice(0, nearest.name.split("/").length + 1)
          .join("/");
  const touches = [`zfs:${first}`, "/proc", ...(type === "volume" ? [`/dev/zvol/${name}`, "/dev"] : places(mounting))];
  return change(before, after, [
    write.exec(["zfs", "create", ...argv, name], {
      limitMs: CHANGE_LIMIT_MS,
      touches: parents ? [...touches, ...parentPlaces(nearest)] : touches,
      ...(key !== undefined && { stdin: new Secret(`${key.reveal()}\n`) }),
    }),
    mounted === true &&
      mounting.canmount === "noauto" &&
      write.exec(["zfs", "mount", name], { limitMs: CHANGE_LIMIT_MS, touches }),
  ]);
}

/** zfs mounts over what lies at a mountpoint without a word, and then it is gone from sight. */
export function hiddenFiles(given: Params, { target }: Seen): Plan | null {
  const path = wantedMountpoint(given);
  const { overlay, canmount } = given.properties;
  const mounts = given.mounted !== false && canmount !== "off" && canmount !== false && canmount !== "noauto";
  if (path === null || target == null || target.length === 0 || !mounts) return null;
  if (overlay === true || overlay === "on") return null;
  const some = target.slice(0, 3).join(", ");
  return refuse(
    `${path} is not empty (${some}${target.length > 3 ? ` and ${target.length - 3} more` : ""}): mounting ${given.name} there would hide that`,
    "move it away first; or say overlay: on among the properties, if it may be hidden",
  );
}

function keyTrouble({ properties, key }: Params): Plan | null {
  const { encryption, keyformat, keylocation } = properties;
  const off = encryption === undefined || encryption === "off" || encryption === false;
  if (key !== undefined && off)
    return refuse("a key is given, but no encryption", "say encryption: on among the properties");
  if (off) return keyformat === undefined ? null : refuse("keyformat is given, but no encryption");
  // Below an encrypted dataset encryption: on alone is enough, the key is that of the root.
  if (keyformat === undefined)
    return key === undefined ? null : refuse("a key is given, but no keyformat", "say keyformat: passphrase");
  const asked = keylocation === undefined || keylocation === "prompt";
  if (asked && key === undefined) return refuse("an encryption root needs its key", "give key, or a keylocation");
  if (keyformat === "raw" && key !== undefined)
    return refuse(
      "a raw key is no text",
      "use keyformat: hex or passphrase, or a keylocation such as file:///root/key",
    );
  if (keyformat === "hex" && key !== undefined && !/^[0-9a-f]{64}$/i.test(key.reveal()))
    return refuse("a hex key has 64 hexadecimal digits");
  if (keyformat === "passphrase" && key !== undefined && key.reveal().length < 8)
    return refuse("a passphrase has at least 8 characters");
  return null;
}

function parseAbove(text: string): readonly Above[] {
  return text.split("\n").flatMap((line) => {
    const [name, type, mountpoint] = line.split("\t");
    return name === undefined || type === undefined || mountpoint === undefined ? [] : [{ name, type, mountpoint }];
  });
}

/** Below the parent's: a mountpoint of its own a dataset has only where one is set. */
function inheritedMountpoint({ name, properties }: Params, nearest: Above | undefined): string {
  if (typeof properties.mountpoint === "string") return properties.mountpoint;
  if (nearest === undefined || !nearest.mountpoint.startsWith("/")) return nearest?.mountpoint ?? "none";
  return `${nearest.mountpoint === "/" ? "" : nearest.mountpoint}${name.slice(nearest.name.length)}`;
}
function places({ mountpoint }: Mounting): readonly string[] {
  return mountpoint.startsWith("/") ? [mountpoint] : [];
}
function parentPlaces(nearest: Above | undefined): readonly string[] {
  return nearest?.mountpoint.startsWith("/") ? [nearest.mountpoint] : [];
}

function sizeAfter(size: number, volblocksize: string | number | boolean | undefined): Value {
  const block = volblocksize === undefined ? null : parseZfsSize(String(volblocksize));
  if (block !== null) return printZfsSize(Math.ceil(size / block) * block);
  return size % LARGEST_BLOCK === 0 ? printZfsSize(size) : new Unknown("rounded up to whole blocks");
}
