import { parseZfsSize, printZfsSize } from "../../engine/formats/zfs-size.ts";
import type { Plan, Value } from "../../engine/module/index.ts";
import { change, defineModule, refuse, Secret, write } from "../../engine/module/index.ts";
import { create, hiddenFiles } from "./create.ts";
import { destroy } from "./destroy.ts";
import type { Dataset, Seen } from "./look.ts";
import { CHANGE_LIMIT_MS, datasetOf, firstLook, lookTrouble, secondLook, wantedMountpoint } from "./look.ts";
import { mountedWanted, mountingOf, mountStep } from "./mounting.ts";
import { type Params, params, typeOf } from "./params.ts";
import { compareProperties } from "./properties.ts";

export const zfs = defineModule({
  name: "zfs",
  summary: "Make a ZFS file system or volume, and keep its properties.",
  description: `Properties are compared by what they mean: \`500G\` is 536870912000, \`acltype: posixacl\` reads back as \`posix\`, and
\`xattr: sa\` as \`on\` from OpenZFS 2.3 on. A value that the dataset has by inheritance or default counts as right and is not set again, unless
\`pin: true\`. What zfs fixes when a dataset is made (casesensitivity, encryption, volblocksize, …) is compared too, and refused where it differs.
All that differs is set in one call. Who owns a mountpoint and what mode it has is the business of \`file\`.`,
  params,
  probes: (given) => firstLook(given),
  probesAfter: (given, { get }) => secondLook(given, { get }),
  plan(given, observed) {
    const seen: Seen = observed;
    const trouble = lookTrouble(seen.get);
    if (trouble !== null) return trouble;
    const dataset = datasetOf(seen.get, seen);
    if (given.state === "absent") return destroy(given, dataset, seen);
    if (dataset === null && seen.former?.code === 0) return rename(given);
    return dataset === null ? create(given, seen) : mend(given, dataset, seen);
  },
  result({ name, properties }, observed) {
    const dataset = datasetOf(observed.get, observed);
    const value = (property: string): Value => dataset?.property(property)?.value ?? null;
    return {
      name,
      exists: dataset !== null,
      type: dataset?.type ?? null,
      mountpoint: value("mountpoint"),
      mounted: dataset === null ? null : value("mounted") === "yes",
      used: number(value("used")),
      available: number(value("available")),
      properties: Object.fromEntries(Object.keys(properties).map((property) => [property, value(property)])),
      sources: Object.fromEntries(
        Object.keys(properties).map((property) => [property, dataset?.property(property)?.source ?? null]),
      ),
    };
  },
  examples: [
    `zfs:
  name: Tank-Archive/Family_Archive
  properties: { compression: zstd, atime: false, xattr: sa, acltype: posixacl, quota: 500G, recordsize: 1M }
  parents: true`,
    "zfs: { name: VM-SSD/vm-900-disk-0, size: 32G, sparse: true }",
    "zfs: { name: Tank-Archive/old, state: absent, destroy: [snapshots] }",
  ],
});

/** It is there under its former name; what else differs is seen when it has the new one. */
function rename({ name, renamed_from: former = "", parents }: Params): Plan {
  return change(
    { state: `named ${former}` },
    { state: "present" },
    // Its mountpoint and those below it move, unless they are set on them.
    [write.exec(["zfs", "rename", ...(parents ? ["-p"] : []), former, name], { limitMs: CHANGE_LIMIT_MS })],
    { again: true },
  );
}

/** A dataset that is there. */
function mend(given: Params, dataset: Dataset, seen: Seen): Plan {
  const { name, key } = given;
  const type = typeOf(given);
  if (given.type !== undefined || given.size !== undefined) {
    if (dataset.type !== type)
      return refuse(`${name} is a ${dataset.type}, not a ${type}`, "name another dataset, or destroy this one first");
  }
  const difference = compareProperties(given, dataset, seen);
  if ("kind" in difference) return difference;
  const size = sizeDifference(given, dataset);
  if ("kind" in size) return size;
  const { set, inherit, warnings } = difference;

  const has = (property: string) => dataset.property(property)?.value ?? "";
  const setsMountpoint = set.some((pair) => pair.startsWith("mountpoint="));
  const hidden = setsMountpoint ? hiddenFiles(given, seen) : null;
  if (hidden !== null) return hidden;
  const is = { ...mountingOf(dataset), mounted: has("mounted") === "yes" };
  const named = (property: string, otherwise: string) => {
    const pair = set.find((each) => each.startsWith(`${property}=`));
    return pair === undefined ? otherwise : pair.slice(property.length + 1);
  };
  const shall = { mountpoint: named("mountpoint", is.mountpoint), canmount: named("canmount", is.canmount) };
  const mounted = dataset.type === "volume" ? undefined : mountedWanted(given, shall);
  if (typeof mounted === "object") return mounted;

  const locked = has("keystatus") === "unavailable";
  if (key !== undefined && !["available", "unavailable"].includes(has("keystatus")))
    return refuse(`${name} is not encrypted, and can become so only when it is made`, "leave key out");
  if (locked && key === undefined && mounted === true && !is.mounted)
    return refuse(`the key of ${name} is not loaded, so it cannot be mounted`, "give key, or say mounted: false");

  const before = {
    state: "present",
    type: dataset.type,
    ...size.before,
    ...difference.before,
    ...(mounted !== undefined && { mounted: is.mounted }),
    ...(key !== undefined && { key: locked ? "not loaded" : "loaded" }),
  };
  const after = {
    state: "present",
    type: dataset.type,
    ...size.after,
    ...difference.after,
    ...(mounted !== undefined && { mounted }),
    ...(key !== undefined && { key: "loaded" }),
  };
  const pairs = [...size.set, ...set];
  const touches = touched(given, dataset, pairs, inherit);
  const step = { limitMs: CHANGE_LIMIT_MS, ...(touches !== undefined && { touches }) };
  return change(
    before,
    after,
    [
      key !== undefined &&
        locked &&
        write.exec(["zfs", "load-key", name], { touches: [`zfs:${name}`], stdin: new Secret(`${key.reveal()}\n`) }),
      pairs.length > 0 && write.exec(["zfs", "set", ...pairs, name], step),
      ...inherit.map((property) => write.exec(["zfs", "inherit", property, name], step)),
      mountStep(given, is, { ...shall, mounted }),
    ],
    { warnings },
  );
}

function sizeDifference({ name, size, allow_shrink }: Params, dataset: Dataset) {
  if (size === undefined) return { before: {}, after: {}, set: [] };
  const has = parseZfsSize(dataset.property("volsize")?.value ?? "") ?? 0;
  // Setting a size that is not whole in blocks is refused, making a volume of one rounds it up.
  const block = parseZfsSize(dataset.property("volblocksize")?.value ?? "") ?? 8192;
  const wanted = Math.ceil(size / block) * block;
  if (wanted < has && !allow_shrink)
    return refuse(
      `${name} has ${printZfsSize(has)}: making it ${printZfsSize(wanted)} would cut off what lies behind`,
      "shrink what is on it first, and say allow_shrink: true",
    );
  return {
    before: { size: printZfsSize(has) },
    after: { size: printZfsSize(wanted) },
    set: has === wanted ? [] : [`volsize=${wanted}`],
  };
}

/** What a change of these properties can be seen in, beside the dataset and all below it. Undefined: in anything. */
function touched(
  given: Params,
  dataset: Dataset,
  pairs: readonly string[],
  inherit: readonly string[],
): readonly string[] | undefined {
  const { name } = given;
  const changes = (...properties: readonly string[]) =>
    properties.some((property) => inherit.includes(property) || pairs.some((pair) => pair.startsWith(`${property}=`)));
  // Where it comes to lie is not looked at; what may no longer be written lies wherever a dataset below it is mounted.
  if (inherit.includes("mountpoint") || changes("readonly")) return undefined;
  const paths = [dataset.property("mountpoint")?.value ?? "", wantedMountpoint(given) ?? ""];
  return [
    `zfs:${name}`,
    ...(changes("mountpoint", "canmount", "overlay", "zoned")
      ? [...paths.filter((path) => path.startsWith("/")), "/proc"]
      : []),
    ...(changes("acltype", "snapdir", "atime", "exec", "setuid", "devices", "xattr", "relatime") ? ["/proc"] : []),
    ...(changes("volsize", "snapdev", "volmode") ? ["/dev"] : []),
    ...(changes("sharenfs", "sharesmb") ? ["/etc/exports.d", "/var/lib/samba"] : []),
  ];
}

function number(value: Value): Value {
  return typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value;
}
