import type { Place } from "../errors/diagnostic.ts";
import { type Growth, growInventory } from "../inventory/grow-inventory.ts";
import type { Inventory } from "../inventory/inventory.ts";
import type { Entry, HandlerSource, Site, TaskSource } from "../site/site.ts";
import type { ValueSource } from "../value/expression.ts";
import { isList } from "../value/value.ts";
import type { Variable } from "../vars/layer.ts";

/** What tasks may add to the inventory, as far as it is written out. `open`: there may be hosts and groups of any name. */
export interface Growths {
  readonly known: readonly Growth[];
  readonly open: boolean;
}

/** Of `add_host` and `group_by`: what a task adds. Null for any other task. */
export function growthsOf({ module, params, place }: TaskSource): Growths | null {
  if (module !== "add_host" && module !== "group_by") return null;
  if (params.kind !== "map") return { known: [], open: true };
  const named = (names: readonly string[]): ValueSource | undefined =>
    params.entries.find(({ key }) => names.includes(key))?.value;
  if (module === "group_by") return { known: [], open: true };
  const host = textOf(named(nameParams));
  const groupSource = named(groupParams);
  const groups = groupSource === undefined ? [] : namesOf(groupSource);
  const variables = params.entries
    .filter(({ key }) => ![...nameParams, ...groupParams].includes(key))
    .map(({ key, keyPlace, value }): [string, Variable] => [
      key,
      { place: keyPlace, content: { kind: "source", source: value } },
    ]);
  const at: Place = named(nameParams)?.place ?? place;
  const known: readonly Growth[] = [
    { host: host ?? "", place: at, groups: groups ?? [], parents: [], variables: new Map(variables) },
  ];
  return { known, open: host === null || groups === null };
}

const nameParams = ["name", "host", "hostname"];
const groupParams = ["groups", "group", "groupname"];

function textOf(source: ValueSource | undefined): string | null {
  return source?.kind === "literal" && typeof source.value === "string" ? source.value : null;
}

function namesOf(source: ValueSource): readonly string[] | null {
  if (source.kind === "list") {
    const names = source.items.map(textOf);
    return names.some((name) => name === null) ? null : names.flatMap((name) => words(name ?? ""));
  }
  if (source.kind !== "literal") return null;
  if (typeof source.value === "string") return words(source.value);
  return isList(source.value) || source.value !== null ? null : [];
}

function words(text: string): readonly string[] {
  return text.split(",").flatMap((word) => (word.trim() === "" ? [] : [word.trim()]));
}

/** The inventory as it may have become: what is written out is added, so that patterns can name it. */
export function grownBy(inventory: Inventory, growths: readonly Growths[]): Inventory {
  const known = growths.flatMap((each) => each.known).filter(({ host }) => host !== "");
  return known.reduce(growInventory, inventory);
}

/** All that the tasks of a site may add, wherever they stand. */
export function growthsInSite(site: Site): Growths {
  const found: Growths[] = [];
  const seen = new Set<readonly Entry[]>();
  const walk = (entries: readonly (Entry | HandlerSource)[]): void => {
    for (const entry of entries) {
      if (entry.kind === "task") found.push(...[growthsOf(entry)].filter((each) => each !== null));
      if (entry.kind === "block") for (const part of [entry.body, entry.rescue, entry.always]) walk(part);
      if (entry.kind === "include-tasks" && entry.entries && !seen.has(entry.entries)) {
        seen.add(entry.entries);
        walk(entry.entries);
      }
    }
  };
  for (const { preTasks, tasks, postTasks, handlers } of site.playbooks.flatMap(({ plays }) => plays)) {
    for (const part of [preTasks, tasks, postTasks, handlers]) walk(part);
  }
  for (const { taskFiles, handlers } of site.roles.values()) {
    for (const part of [...taskFiles.values(), handlers]) walk(part);
  }
  return { known: found.flatMap(({ known }) => known), open: found.some(({ open }) => open) };
}

/** Whether a run may add a host or group of this name: then files with variables of it are no mistake. */
export function additionsOf(site: Site): (kind: "group" | "host", name: string) => boolean {
  const { known, open } = growthsInSite(site);
  const hosts = new Set(known.map(({ host }) => host));
  const groups = new Set(known.flatMap((growth) => growth.groups));
  return (kind, name) => open || (kind === "group" ? groups : hosts).has(name);
}
