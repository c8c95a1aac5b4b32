import type { Session } from "../session.ts";
import { allDatasets, findDataset } from "./find-dataset.ts";
import { mountDataset, mountFault, mountOf, mountsItself, removeMountpoint, unmountDataset } from "./mount-dataset.ts";
import { resolveProperty } from "./resolve-property.ts";
import { rulesOf } from "./versions.ts";

/**
 * Changes where file systems are mounted: they are unmounted, what is below first, the change is made, and they are
 * mounted again. Since 2.2 a new mountpoint also mounts what was not mounted before; a new name (`nameAfter`) does not. Answers with what
 * could not be mounted.
 */
export function moveMounts(
  session: Session,
  name: string,
  change: () => void,
  nameAfter?: (name: string) => string,
): readonly string[] {
  const affected = allDatasets(session.host, name)
    .filter(({ type }) => type === "filesystem")
    .map((dataset) => {
      const { value, source } = resolveProperty(session.host, dataset, "mountpoint");
      return {
        name: dataset.name,
        path: value,
        source: source.kind,
        mounted: mountOf(session.host, dataset.name) !== undefined,
      };
    });
  // A child with a mountpoint of its own stays where it is, but for its being below what moves.
  const moving = affected.filter(
    (each) => each.name === name || each.source !== "local" || each.path.startsWith(`${affected[0]?.path}/`),
  );
  for (const each of moving.toReversed()) {
    if (!each.mounted) continue;
    unmountDataset(session, each.name);
    removeMountpoint(session, each.path, each.source);
  }
  change();
  const failures: string[] = [];
  const remounts = nameAfter === undefined && rulesOf(session.host).newMountpointMounts;
  for (const each of moving) {
    const now = nameAfter?.(each.name) ?? each.name;
    if (findDataset(session.host, now) === undefined) continue;
    const appears = remounts || !each.path.startsWith("/");
    if (!each.mounted && !(appears && mountsItself(session.host, now))) continue;
    const fault = mountFault(session.host, now);
    if (fault === null) mountDataset(session, now);
    else if (!/legacy mountpoint|no mountpoint set/.test(fault)) failures.push(fault);
  }
  return failures;
}
