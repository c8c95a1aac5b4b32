import type { Session } from "../session.ts";
import type { ToolContext } from "../tool.ts";
import { pct } from "../tools/pct/index.ts";
import { zfs } from "../tools/zfs/index.ts";
import { zpool } from "../tools/zpool/index.ts";
import { allDatasets } from "../zfs/find-dataset.ts";
import { type Property, propertiesOf } from "../zfs/properties.ts";
import { rulesOf } from "../zfs/versions.ts";
import { dispensableDisks } from "./storage-differences.ts";

/** Something of a pool or a guest that can be broken; its tool does it, as somebody by hand would have. */
export interface StorageBreak {
  readonly kind: "disk" | "property" | "container";
  readonly what: string;
  readonly name: string;
  apply(): void;
}

export function storageBreaks(session: Session): readonly StorageBreak[] {
  const context: ToolContext = { session, env: {}, cwd: "/", stdin: new Uint8Array() };
  return [
    ...dispensableDisks(session.host).map(
      ({ pool, disk }): StorageBreak => ({
        kind: "disk",
        what: "a disk was taken offline",
        name: `${disk} of ${pool}`,
        apply: () => void zpool.run(context, ["offline", pool, disk]),
      }),
    ),
    ...propertyBreaks(context),
    ...Object.entries(session.host.pve?.containers ?? {})
      .filter(([, { running }]) => running !== null)
      .map(
        ([vmid]): StorageBreak => ({
          kind: "container",
          what: "a container was stopped",
          name: `container ${vmid}`,
          apply: () => void pct.run(context, ["stop", vmid]),
        }),
      ),
  ];
}

function propertyBreaks(context: ToolContext): readonly StorageBreak[] {
  const { host } = context.session;
  const known = propertiesOf(rulesOf(host));
  // What a pool's own dataset has may have been said at its creation alone, and then no check would find it.
  const datasets = allDatasets(host).filter(({ name }) => name.includes("/"));
  return datasets.flatMap((dataset) =>
    Object.entries(dataset.properties).flatMap(([name, { value, source }]): readonly StorageBreak[] => {
      const other = source === "local" ? otherValue(known.get(name), name, value) : null;
      if (other === null) return [];
      return [
        {
          kind: "property",
          what: "a property of a dataset was changed",
          name: `${name} of ${dataset.name}`,
          apply: () => void zfs.run(context, ["set", `${name}=${other}`, dataset.name]),
        },
      ];
    }),
  );
}

/** Properties that would move or hide files: too much for one small drift. */
const LEFT_ALONE: ReadonlySet<string> = new Set([
  "canmount",
  "keylocation",
  "mountpoint",
  "readonly",
  "volsize",
  "zoned",
]);

/** Another value that the property may have; null if none comes to mind. */
function otherValue(property: Property | undefined, name: string, value: string): string | null {
  if (name.includes(":")) return `${value}-changed`;
  if (property === undefined || LEFT_ALONE.has(name)) return null;
  switch (property.kind) {
    case "index":
      return [...property.words].find(([given, shown]) => given === shown && shown !== value)?.[0] ?? null;
    case "quota":
      return value === "0" ? "64G" : String(Number(value) * 2);
    case "block":
      return value === "131072" ? "65536" : "131072";
    default:
      return null;
  }
}
