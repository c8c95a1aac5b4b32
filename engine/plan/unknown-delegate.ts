import type { Diagnostic, Place } from "../errors/diagnostic.ts";
import type { Inventory } from "../inventory/inventory.ts";
import { nearest } from "../text/nearest.ts";

/** Told before the run where the name is literal, and by the task where it is computed. */
export function unknownDelegate(inventory: Inventory, place: Place | undefined, name: string): Diagnostic {
  const near = nearest(name, [...inventory.hosts.keys(), "localhost"]);
  const hint = inventory.groups.has(name)
    ? `\`${name}\` is a group: name one host of it, or loop over them: \`loop: "{{ groups.${name} }}"\``
    : near === undefined
      ? "write it into the inventory, with lab_… variables that say how it is reached, or add it with `add_host`"
      : `did you mean \`${near}\`?`;
  return {
    code: "unknown-delegate",
    message: `\`delegate_to\`: the inventory has no host \`${name}\``,
    ...(place && { place }),
    hint,
  };
}
