import type { Inventory, InventoryHost } from "../inventory/inventory.ts";
import { findHost } from "../inventory/load-inventory.ts";
import { selectHosts } from "../inventory/select-hosts.ts";
import type { Module } from "../module/define-module.ts";
import type { Site } from "../site/site.ts";
import { shapeOf, specialOf } from "./param-schema.ts";
import type { PlannedEntry } from "./task.ts";

interface FetchingPlays {
  readonly site: Site;
  readonly inventory: Inventory;
  readonly modules: ReadonlyMap<string, Module>;
  readPatternFile?(path: string): string | undefined;
}

/**
 * Whether a run may bring files into the site: by what puts them on the controller, or by a task that works there. Then a
 * file that is looked up and not there before the run may be there in it.
 */
export function mayFetchFiles(entries: readonly PlannedEntry[], request: FetchingPlays): boolean {
  const { modules } = request;
  return (
    hostsOfPlays(request).some(onController) ||
    entries.some(({ kind, source }) => {
      if (source.keywords.delegateTo !== undefined || source.keywords.connection !== undefined) return true;
      const module = kind === "task" && source.kind === "task" ? modules.get(source.module) : undefined;
      const shape = module && shapeOf(module.params);
      return shape?.kind === "object" && [...shape.fields.values()].some((field) => specialOf(field) === "localDest");
    })
  );
}

/** What is not written out as something else may be this machine. */
function onController({ name, layers }: InventoryHost): boolean {
  if (name === "localhost") return true;
  const content = layers
    .findLast(({ variables }) => variables.has("lab_connection"))
    ?.variables.get("lab_connection")?.content;
  if (content === undefined) return false;
  const source = content.kind === "source" ? content.source : null;
  const value = content.kind === "data" ? content.value : source?.kind === "literal" ? source.value : "local";
  return value === "local";
}

function hostsOfPlays({ site, inventory, readPatternFile }: FetchingPlays): readonly InventoryHost[] {
  const names = site.playbooks
    .flatMap(({ plays }) => plays)
    .flatMap(({ hosts }) => {
      const selected = selectHosts(inventory, hosts.pattern, hosts.place, readPatternFile);
      return selected.ok ? selected.value : [];
    });
  return [...new Set(names)].flatMap((name) => findHost(inventory, name) ?? []);
}
