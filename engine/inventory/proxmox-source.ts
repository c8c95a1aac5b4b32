import type { Place } from "../errors/diagnostic.ts";
import { expectBoolean, expectMap, expectNames, expectText, isText, type Named, type Report } from "../site/expect.ts";
import { nearest } from "../text/nearest.ts";
import type { MapEntry, MapNode, Node } from "../value/node.ts";

const groupings = ["type", "status", "node", "pool", "tag"] as const;
export type Grouping = (typeof groupings)[number];

/** A file of the inventory that names no hosts, but nodes that know them: `source: proxmox`. */
export interface ProxmoxSource {
  /** As it is shown. */
  readonly file: string;
  readonly place: Place;
  /** Hosts of the inventory, each a Proxmox VE node. */
  readonly nodes: readonly Named[];
  /** What a guest is called in the inventory. */
  readonly names: "hostname" | "vmid";
  readonly groupBy: readonly Grouping[];
  readonly filter: GuestFilter;
}
/** What is said must hold; of several tags one is enough. */
export interface GuestFilter {
  readonly tags?: readonly string[];
  readonly status?: "running" | "stopped";
  readonly type?: "lxc" | "qemu";
  /** Also templates. */
  readonly templates: boolean;
}

/** Whether a file says where hosts are to be asked for. A group called `source` would be a map. */
export function isSourceFile(node: Node): node is MapNode {
  return node.kind === "map" && node.entries.some(({ key, value }) => key === "source" && isText(value));
}

/** The file's request; undefined if it is wrong in a way that leaves nothing to ask. */
export function readProxmoxSource(map: MapNode, report: Report): ProxmoxSource | undefined {
  const of = new Map(map.entries.map((entry) => [entry.key, entry]));
  const kind = of.get("source");
  if (kind === undefined || choice(kind, ["proxmox"], report) === undefined) return undefined;
  unknownKeys(map, ["source", "node", "nodes", "names", "groups", "filter"], "an inventory source", report);
  const nodes = [...namesIn(of.get("node"), report), ...namesIn(of.get("nodes"), report)];
  if (nodes.length === 0 && !of.has("node") && !of.has("nodes")) {
    report({
      code: "missing-keyword",
      message: "the source names no node",
      place: kind.keyPlace,
      hint: "`node: pve1`, or `nodes: [pve1, pve2]`: hosts of the inventory, whose lab_… variables say how they are reached",
    });
  }
  if (nodes.length === 0) return undefined;
  const names = of.get("names");
  return {
    file: map.place.file,
    place: kind.keyPlace,
    nodes,
    names: (names && choice(names, ["hostname", "vmid"], report)) ?? "hostname",
    groupBy: readGroups(of.get("groups"), report),
    filter: readFilter(of.get("filter"), report),
  };
}

function readGroups(entry: MapEntry | undefined, report: Report): readonly Grouping[] {
  const map = entry && expectMap(entry.value, "groups", report);
  if (map) unknownKeys(map, ["by"], "`groups`", report);
  const by = map?.entries.find(({ key }) => key === "by");
  if (by === undefined) return groupings;
  return expectNames(by.value, "by", report).flatMap(
    ({ name, place }) => oneOf(name, groupings, "by", place, report) ?? [],
  );
}

function readFilter(entry: MapEntry | undefined, report: Report): GuestFilter {
  const map = entry && expectMap(entry.value, "filter", report);
  if (!map) return { templates: false };
  unknownKeys(map, ["tags", "status", "type", "templates"], "`filter`", report);
  const of = new Map(map.entries.map((each) => [each.key, each]));
  const [tags, status, type, templates] = ["tags", "status", "type", "templates"].map((key) => of.get(key));
  // Proxmox VE keeps tags in lower case.
  const wanted = tags && expectNames(tags.value, "tags", report).map(({ name }) => name.toLowerCase());
  const state = status && choice(status, ["running", "stopped"], report);
  const kind = type && choice(type, ["lxc", "qemu"], report);
  return {
    ...(wanted !== undefined && wanted.length > 0 && { tags: wanted }),
    ...(state !== undefined && { status: state }),
    ...(kind !== undefined && { type: kind }),
    templates: (templates && expectBoolean(templates.value, "templates", report)) ?? false,
  };
}

function namesIn(entry: MapEntry | undefined, report: Report): readonly Named[] {
  return entry === undefined ? [] : expectNames(entry.value, entry.key, report);
}

function choice<Word extends string>(
  { key, value }: MapEntry,
  words: readonly Word[],
  report: Report,
): Word | undefined {
  const text = expectText(value, key, report);
  return text === undefined ? undefined : oneOf(text, words, key, value.place, report);
}

function oneOf<Word extends string>(
  text: string,
  words: readonly Word[],
  key: string,
  place: Place,
  report: Report,
): Word | undefined {
  const found = words.find((word) => word === text);
  if (found !== undefined) return found;
  const guess = nearest(text, words);
  const hint = guess === undefined ? `known are ${words.join(", ")}` : `did you mean \`${guess}\`?`;
  report({ code: "wrong-value", message: `\`${key}\` knows no \`${text}\``, place, hint });
  return undefined;
}

function unknownKeys(map: MapNode, known: readonly string[], where: string, report: Report): void {
  for (const { key, keyPlace, value } of map.entries) {
    if (known.includes(key)) continue;
    const guess = nearest(key, known);
    const asGroup = value.kind === "map" ? "; hosts and groups are written into a file of their own" : "";
    report({
      code: "unknown-keyword",
      message: `${where} has no keyword \`${key}\``,
      place: keyPlace,
      hint: guess === undefined ? `known are ${known.join(", ")}${asGroup}` : `did you mean \`${guess}\`?`,
    });
  }
}
