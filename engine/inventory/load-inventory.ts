import type { Diagnostic, Place } from "../errors/diagnostic.ts";
import type { Report } from "../site/expect.ts";
import type { SiteFiles } from "../site/files.ts";
import { outsideOf } from "../site/look-ups.ts";
import { readSiteYaml } from "../site/read-site-yaml.ts";
import type { Node } from "../value/node.ts";
import type { Variable, VarsLayer } from "../vars/layer.ts";
import { addGuests, mayBringGroup, passes } from "./add-guests.ts";
import { checkNodes, checkSourceNodes } from "./check-nodes.ts";
import { flattenGroups } from "./flatten-groups.ts";
import type { FoundGuests } from "./guest.ts";
import type { Inventory, InventoryHost } from "./inventory.ts";
import { groupDepths } from "./order-groups.ts";
import type { ProxmoxSource } from "./proxmox-source.ts";
import type { RawInventory } from "./raw-inventory.ts";
import type { ProgramAnswer } from "./read-program.ts";
import { checkMentions, readSources } from "./read-sources.ts";
import { readVarsFolder } from "./read-vars-folder.ts";

export interface LoadInventoryOptions {
  /** Files and folders, absolute, in the order given: later ones win. */
  readonly sources: readonly string[];
  /** Folders of the playbooks, absolute: their group_vars and host_vars win over those beside the inventory. */
  readonly playbookFolders: readonly string[];
  /** What the nodes have answered, once they were asked. */
  readonly found?: FoundGuests;
  /** What its programs have printed, by their paths. */
  readonly programs?: ReadonlyMap<string, ProgramAnswer>;
  /** Whether the run may add a host or group of this name: then group_vars/ and host_vars/ may speak of it. */
  readonly mayAdd?: (kind: "group" | "host", name: string) => boolean;
}
export interface LoadedInventory {
  readonly inventory: Inventory;
  /** Files that say where more hosts are to be asked for: answered in a second call, through `found`. */
  readonly sources: readonly ProxmoxSource[];
  /** Programs among its files: they are run by who loads it, and answered in a second call, through `programs`. */
  readonly programs: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Files → Inventory. */
export function loadInventory(files: SiteFiles, options: LoadInventoryOptions): LoadedInventory {
  const diagnostics: Diagnostic[] = [];
  const { mayAdd = () => false } = options;
  const report: Report = (diagnostic) => {
    diagnostics.push(diagnostic);
  };
  const yaml = (path: string): Node | null => {
    const { node, diagnostics: found } = readSiteYaml(files, path);
    for (const diagnostic of found) report(diagnostic);
    return node;
  };
  const read = readSources(options.sources, files, yaml, options.programs ?? new Map(), report);
  const { raw, folders, dynamic, programs } = read;
  checkSourceNodes(dynamic, raw.hosts, report);
  // Last, so that what the files say comes first: in the order of hosts, and of variables.
  const found: FoundGuests = options.found ?? new Map();
  const guestVars = addGuests(dynamic, found, raw, report);
  const unrun = [...programs.values()].includes(null);
  checkMentions(read, (name) => unrun || mayBringGroup(dynamic, name) || mayAdd("group", name), report);
  // Circles are cut here; everything below may walk down the groups without end.
  checkNames(raw, report);
  const depths = groupDepths(raw, report);
  const beside = [...new Set([...folders, ...options.playbookFolders])];
  const groupNames = new Set([...raw.groups.keys(), "all", "ungrouped"]);
  // The controller may have host_vars without being in the inventory.
  const hostNames = new Set([...raw.hosts.keys(), "localhost"]);
  const unasked = unrun || dynamic.some(({ file }) => !found.has(file));
  const groupVars = beside.map((folder) =>
    readVarsFolder(
      { folder, kind: "group_vars" },
      groupNames,
      files,
      yaml,
      report,
      (name) => unrun || mayBringGroup(dynamic, name) || mayAdd("group", name),
    ),
  );
  const hostVars = beside.map((folder) =>
    readVarsFolder(
      { folder, kind: "host_vars" },
      hostNames,
      files,
      yaml,
      report,
      (name) => unasked || mayAdd("host", name),
    ),
  );

  const layersOf = (name: string, kind: "group" | "host", own: ReadonlyMap<string, Variable>): readonly VarsLayer[] => {
    const origin = `${kind} vars of ${name}`;
    const inline: VarsLayer = { level: kind === "group" ? 2 : 3, origin, variables: own };
    const fromFiles = (kind === "group" ? groupVars : hostVars).flatMap((layers) => layers.get(name) ?? []);
    return own.size > 0 ? [inline, ...fromFiles] : fromFiles;
  };
  const outside = outsideOf(files, [files.root]);
  // Hosts share the layers of their groups: what is made of a layer is made once.
  const seen = new Map<VarsLayer, VarsLayer>();
  const seeing = (layers: readonly VarsLayer[]): readonly VarsLayer[] =>
    layers.map((layer) => {
      const made = seen.get(layer) ?? { ...layer, outside };
      seen.set(layer, made);
      return made;
    });
  const groups = flattenGroups(raw);
  const byPrecedence = [...groups.values()]
    .filter(({ name }) => name !== "all")
    .toSorted(
      (left, right) =>
        (depths.get(left.name) ?? 1) - (depths.get(right.name) ?? 1) || (left.name < right.name ? -1 : 1),
    );
  const groupsOf = new Map([...raw.hosts.keys()].map((name): [string, string[]] => [name, []]));
  for (const group of byPrecedence) for (const host of group.hosts) groupsOf.get(host)?.push(group.name);
  const ofGroups = new Map<string, readonly VarsLayer[]>();
  const ofGroup = (name: string): readonly VarsLayer[] => {
    const layers = ofGroups.get(name) ?? layersOf(name, "group", raw.groups.get(name)?.vars ?? new Map());
    ofGroups.set(name, layers);
    return layers;
  };
  const hosts = new Map(
    (groups.get("all")?.hosts ?? []).flatMap((host): [string, InventoryHost][] => {
      const written = raw.hosts.get(host);
      if (written === undefined) return [];
      const { name, place, vars } = written;
      const names = groupsOf.get(name) ?? [];
      const guest = guestVars.get(name);
      const layers = seeing([
        ...["all", ...names].flatMap(ofGroup),
        ...(guest ? [{ level: 3 as const, ...guest }] : []),
        ...layersOf(name, "host", vars),
      ]);
      return [[name, { name, place, groups: names, layers }]];
    }),
  );
  checkNodes(hosts, report);
  const sources: Inventory["sources"] = [
    ...dynamic.map(({ file, filter }) => ({
      file,
      guests: found.get(file)?.filter((guest) => passes(guest, filter)).length ?? null,
    })),
    // What a program has printed is an inventory like any other: only one that was not run leaves something open.
    ...[...programs].flatMap(([path, answer]) =>
      answer === null ? [{ file: files.show(path), guests: null, program: true as const }] : [],
    ),
  ];
  const varsOf: Inventory["varsOf"] = (kind, name) =>
    seeing(kind === "group" ? ofGroup(name) : layersOf(name, "host", raw.hosts.get(name)?.vars ?? new Map()));
  const awaited = new Set([
    ...namesAside(groupVars, (name) => groups.has(name)),
    ...namesAside(hostVars, (name) => hostNames.has(name)),
  ]);
  const inventory: Inventory = { hosts, groups, sources, awaited, varsOf };
  if (hosts.has("localhost")) return { inventory, sources: dynamic, programs: [...programs.keys()], diagnostics };
  const local: VarsLayer = {
    level: 3,
    origin: "implicit localhost",
    variables: new Map([["lab_connection", { place: implicitPlace, content: { kind: "data", value: "local" } }]]),
  };
  const layers = seeing([...ofGroup("all"), local, ...layersOf("localhost", "host", new Map())]);
  return {
    inventory: { ...inventory, implicitLocalhost: { name: "localhost", place: implicitPlace, groups: [], layers } },
    sources: dynamic,
    programs: [...programs.keys()],
    diagnostics,
  };
}

const implicitPlace: Place = { file: "(implicit localhost)", line: 1, column: 1 };

/** The variables that files set for names which nothing bears yet. */
function namesAside(
  folders: readonly ReadonlyMap<string, readonly VarsLayer[]>[],
  known: (name: string) => boolean,
): readonly string[] {
  return folders.flatMap((layers) =>
    [...layers].flatMap(([name, each]) => (known(name) ? [] : each.flatMap(({ variables }) => [...variables.keys()]))),
  );
}

/** A host of the inventory, or the implicit localhost. */
export function findHost(inventory: Inventory, name: string): InventoryHost | undefined {
  return inventory.hosts.get(name) ?? (name === "localhost" ? inventory.implicitLocalhost : undefined);
}

function checkNames(raw: RawInventory, report: Report): void {
  for (const [name, host] of raw.hosts) {
    const group = raw.groups.get(name);
    if (!group && name !== "all" && name !== "ungrouped") continue;
    const related = group ? [{ message: "the group", place: group.place }] : [];
    report({
      code: "ambiguous-name",
      message: `\`${name}\` is a host and a group: a pattern could mean either`,
      place: host.place,
      related,
      hint: "rename one of them",
    });
  }
}
