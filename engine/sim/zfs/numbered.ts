import type { Layout } from "./parse-vdevs.ts";
import type { Vdev } from "./state.ts";

/**
 * Gives the top-level vdevs of a command line their numbers, which go into the names of groups. The numbers run through
 * data, special and log vdevs alike, and none is used twice; cache devices and spares have none.
 */
export function numbered(
  layout: Layout,
  first: number,
  ashift: number,
): { readonly layout: Layout; readonly next: number } {
  let next = first;
  const number = (vdev: Vdev): Vdev => {
    const id = next;
    next += 1;
    const isGroup = vdev.children.length > 0;
    return { ...vdev, id, ashift, ...(isGroup && { name: `${vdev.name}-${id}` }) };
  };
  const [vdevs, special, logs] = [layout.vdevs, layout.special, layout.logs].map((each) => each.map(number));
  return { layout: { ...layout, vdevs: vdevs ?? [], special: special ?? [], logs: logs ?? [] }, next };
}
