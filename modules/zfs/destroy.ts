import type { Plan } from "../../engine/module/index.ts";
import { change, refuse, write } from "../../engine/module/index.ts";
import { type Dataset, DESTROY_LIMIT_MS, type Seen } from "./look.ts";
import type { CLASSES, Params } from "./params.ts";

type Class = (typeof CLASSES)[number];
/** More names than this nobody reads. */
const SHOWN = 100;

/** A dataset that shall not be there. What else would go is listed before anything is, and each class must be named. */
export function destroy({ name, destroy: named }: Params, dataset: Dataset | null, seen: Seen): Plan {
  const gone = { state: "absent", children: [], snapshots: [], clones: [] };
  if (dataset === null) return change(gone, gone, []);
  if (seen.doomed === undefined || seen.doomed.code !== 0)
    return refuse(`zfs does not tell what would go with ${name}: ${seen.doomed?.stderr.trim() ?? ""}`);
  const others = seen.doomed.stdout
    .split("\n")
    .flatMap((line) => (line.startsWith("destroy\t") ? [line.slice("destroy\t".length)] : []))
    .filter((each) => each !== name)
    .sort();
  const found: Readonly<Record<Class, readonly string[]>> = {
    children: others.filter((each) => classOf(each, name) === "children"),
    snapshots: others.filter((each) => classOf(each, name) === "snapshots"),
    clones: others.filter((each) => classOf(each, name) === "clones"),
  };
  const held = (seen.held?.stdout ?? "").split("\n").flatMap((line) => {
    const [snapshot = "", holds = "0"] = line.split("\t");
    return Number(holds) > 0 ? [snapshot] : [];
  });
  const unnamed = (["children", "snapshots", "clones"] as const).filter(
    (each) => found[each].length > 0 && !named.includes(each),
  );
  if (unnamed.length > 0) {
    const lists = unnamed.map((each) => `${each}: ${listed(found[each])}`).join("; ");
    return refuse(
      `with ${name} would go its ${lists}`,
      `if that is meant, name each: destroy: [${[...new Set([...named, ...unnamed])].join(", ")}]`,
    );
  }
  // zfs destroys what is below before it comes to what it cannot: half of the tree would be gone.
  if (held.length > 0)
    return refuse(
      `snapshots of ${name} are held: ${listed(held)}`,
      "someone wants to keep them; zfs_snapshot with release lets them go",
    );
  const flag = found.clones.length > 0 ? "-R" : others.length > 0 ? "-r" : null;
  const mountpoint = dataset.property("mountpoint")?.value ?? "";
  const touches = [`zfs:${name}`, "/proc", dataset.type === "volume" ? "/dev" : mountpoint].filter(
    (each) => each !== "",
  );
  return change(
    {
      state: "present",
      children: found.children.slice(0, SHOWN),
      snapshots: found.snapshots.slice(0, SHOWN),
      clones: found.clones.slice(0, SHOWN),
    },
    gone,
    [
      // Children and clones may be mounted anywhere.
      write.exec(["zfs", "destroy", ...(flag === null ? [] : [flag]), name], {
        limitMs: DESTROY_LIMIT_MS,
        ...(found.children.length + found.clones.length === 0 && { touches }),
      }),
    ],
  );
}

function classOf(each: string, name: string): Class {
  const [dataset = each, snapshot] = each.split("@");
  if (dataset !== name && !dataset.startsWith(`${name}/`)) return "clones";
  return snapshot === undefined ? "children" : "snapshots";
}

function listed(names: readonly string[]): string {
  return names.length > 10 ? `${names.slice(0, 10).join(", ")} and ${names.length - 10} more` : names.join(", ");
}
