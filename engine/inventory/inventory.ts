import type { Place } from "../errors/diagnostic.ts";
import type { VarsLayer } from "../vars/layer.ts";

/** The hosts and groups of a site. Every host is in `all`; one in no other group is in `ungrouped` too. */
export interface Inventory {
  /** In Ansible's order: those that `all` names itself or that are in no group, then group by group, parents before children. */
  readonly hosts: ReadonlyMap<string, InventoryHost>;
  readonly groups: ReadonlyMap<string, InventoryGroup>;
  /** The controller, for `hosts: localhost`, where the inventory does not define it. In no group, but it has the variables of `all`. */
  readonly implicitLocalhost?: InventoryHost;
  /** Files that get hosts from nodes, and programs that print some, with how many these have; null while nobody was asked. */
  readonly sources: readonly { readonly file: string; readonly guests: number | null; readonly program?: true }[];
  /** Variables of files in group_vars/ and host_vars/ whose group or host a run may add. */
  readonly awaited?: ReadonlySet<string>;
  /** What files say of a group or host, one too that the inventory does not have yet: a run may add it. */
  readonly varsOf?: (kind: "group" | "host", name: string) => readonly VarsLayer[];
}
export interface InventoryHost {
  readonly name: string;
  readonly place: Place;
  /** Names of all groups it is in, parents before children, by name among equals; without `all`. */
  readonly groups: readonly string[];
  /** Its variables: group vars (all, then parents, then children: level 2), then host vars (level 3). */
  readonly layers: readonly VarsLayer[];
}
export interface InventoryGroup {
  readonly name: string;
  readonly place: Place;
  /** Every host of it and of its children: its own first, in the order in which they are written. */
  readonly hosts: readonly string[];
  readonly children: readonly string[];
}
