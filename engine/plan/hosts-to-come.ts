import type { Diagnostic } from "../errors/diagnostic.ts";
import type { Inventory, InventoryHost } from "../inventory/inventory.ts";
import { findHost } from "../inventory/load-inventory.ts";
import { selectHosts } from "../inventory/select-hosts.ts";
import type { Play } from "../site/site.ts";
import { type Growths, grownBy, growthsOf } from "./growths.ts";
import type { PlainEntry } from "./task.ts";

interface Patterns {
  readPatternFile?(path: string): string | undefined;
}

/** The hosts of a play in an inventory that has changed since the check. */
export interface HostsNow {
  readonly hosts: readonly string[];
  readonly warnings: readonly Diagnostic[];
}

/** What the tasks before a play may have added to the inventory by then. */
export function growthBefore(entries: readonly PlainEntry[]): Growths {
  const growths = entries.flatMap(({ source }) => (source.kind === "task" ? (growthsOf(source) ?? []) : []));
  const refreshed = entries.some(({ source }) => source.kind === "meta" && source.order === "refresh_inventory");
  return { known: growths.flatMap(({ known }) => known), open: refreshed || growths.some(({ open }) => open) };
}

/**
 * Hosts that the inventory does not have: an earlier task may add them. Whether it has is seen when the play begins.
 * Null: none of them can; none: whoever comes, nothing is known of them.
 */
export function hostsToCome(
  grown: Growths,
  { hosts }: Play,
  { inventory, readPatternFile }: Patterns & { readonly inventory: Inventory },
): readonly InventoryHost[] | null {
  const then = grownBy(inventory, [grown]);
  const selected = selectHosts(then, hosts.pattern, hosts.place, readPatternFile);
  if (selected.ok && !grown.open) return selected.value.flatMap((name) => findHost(then, name) ?? []);
  return grown.open ? [] : null;
}

/** With `--limit`; a pattern of which nothing has come is told, and is no error any more. */
export function selectNow(
  now: Inventory,
  { hosts }: Play,
  { limit, readPatternFile }: Patterns & { readonly limit?: string },
): HostsNow {
  const found = selectHosts(now, hosts.pattern, hosts.place, readPatternFile);
  if (!found.ok) {
    return { hosts: [], warnings: found.diagnostics.map((each) => ({ ...each, severity: "warning" as const })) };
  }
  if (limit === undefined) return { hosts: found.value, warnings: [] };
  const limited = within(now, limit, readPatternFile);
  return { hosts: found.value.filter((name) => limited.has(name)), warnings: [] };
}

/** The hosts of a pattern, of which parts may name what is not there yet: those count once it is. */
export function within(
  inventory: Inventory,
  pattern: string,
  readPatternFile: Patterns["readPatternFile"],
): ReadonlySet<string> {
  const whole = selectHosts(inventory, pattern, undefined, readPatternFile);
  if (whole.ok) return new Set(whole.value);
  const parts = pattern.split(",").map((part) => selectHosts(inventory, part, undefined, readPatternFile));
  return new Set(parts.flatMap((part) => (part.ok ? part.value : [])));
}
