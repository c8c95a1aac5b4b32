import { basename, dirname, extname, join } from "node:path";
import type { Diagnostic, Place } from "../errors/diagnostic.ts";
import type { Report } from "../site/expect.ts";
import type { SiteFiles } from "../site/files.ts";
import { readYaml } from "../site/read-yaml.ts";
import { nearest } from "../text/nearest.ts";
import type { Node } from "../value/node.ts";
import type { Variable, VarsLayer } from "../vars/layer.ts";
import type { Inventory, InventoryGroup, InventoryHost } from "./inventory.ts";
import { groupDepths, hostsBelow } from "./order-groups.ts";
import { type RawInventory, readInventoryFile } from "./read-inventory-file.ts";
import { readVarsFolder } from "./read-vars-folder.ts";

export interface LoadInventoryOptions {
  /** Files and folders, absolute, in the order given: later ones win. */
  readonly sources: readonly string[];
  /** Folders of the playbooks, absolute: their group_vars and host_vars win over those beside the inventory. */
  readonly playbookFolders: readonly string[];
}
export interface LoadedInventory {
  readonly inventory: Inventory;
  readonly diagnostics: readonly Diagnostic[];
}

/** Files → Inventory. */
export function loadInventory(files: SiteFiles, options: LoadInventoryOptions): LoadedInventory {
  const diagnostics: Diagnostic[] = [];
  const report: Report = (diagnostic) => {
    diagnostics.push(diagnostic);
  };
  const yaml = (path: string): Node | null => {
    const { node, diagnostics: found } = readYaml(files.show(path), files.read(path) ?? "");
    for (const diagnostic of found) report(diagnostic);
    return node;
  };
  const raw: RawInventory = { hosts: new Map(), groups: new Map() };
  const folders = new Set<string>();
  for (const source of options.sources) {
    for (const path of inventoryFiles(source, files, report)) {
      folders.add(dirname(path));
      if (looksLikeIni(files.read(path) ?? "")) reportIni(path, files, report);
      else {
        const node = yaml(path);
        if (node) readInventoryFile(node, raw, report);
      }
    }
    // A folder of nothing but group_vars still counts.
    if (files.kind(source) === "folder") folders.add(source);
  }
  checkNames(raw, report);
  const depths = groupDepths(raw, report);
  const beside = [...new Set([...folders, ...options.playbookFolders])];
  const groupNames = new Set([...raw.groups.keys(), "all", "ungrouped"]);
  const hostNames = new Set([...raw.hosts.keys(), "localhost"]);
  const groupVars = beside.map((folder) =>
    readVarsFolder({ folder, kind: "group_vars" }, groupNames, files, yaml, report),
  );
  const hostVars = beside.map((folder) =>
    readVarsFolder({ folder, kind: "host_vars" }, hostNames, files, yaml, report),
  );

  const layersOf = (name: string, kind: "group" | "host", own: ReadonlyMap<string, Variable>): readonly VarsLayer[] => {
    const origin = `${kind} vars of ${name}`;
    const inline: VarsLayer = { level: kind === "group" ? 2 : 3, origin, variables: own };
    const fromFiles = (kind === "group" ? groupVars : hostVars).flatMap((layers) => layers.get(name) ?? []);
    return own.size > 0 ? [inline, ...fromFiles] : fromFiles;
  };
  const groups = flattenGroups(raw);
  const groupsOf = (host: string): readonly string[] =>
    [...groups.values()]
      .filter((group) => group.name !== "all" && group.hosts.includes(host))
      .map((group) => group.name)
      .toSorted((left, right) => (depths.get(left) ?? 1) - (depths.get(right) ?? 1) || (left < right ? -1 : 1));
  const ofGroup = (name: string): readonly VarsLayer[] =>
    layersOf(name, "group", raw.groups.get(name)?.vars ?? new Map());
  const hosts = new Map(
    [...raw.hosts.values()].map(({ name, place, vars }): [string, InventoryHost] => {
      const names = groupsOf(name);
      const layers = [...["all", ...names].flatMap(ofGroup), ...layersOf(name, "host", vars)];
      return [name, { name, place, groups: names, layers }];
    }),
  );
  const inventory: Inventory = { hosts, groups };
  if (hosts.has("localhost")) return { inventory, diagnostics };
  const local: VarsLayer = {
    level: 3,
    origin: "implicit localhost",
    variables: new Map([["lab_connection", { place: implicitPlace, content: { kind: "data", value: "local" } }]]),
  };
  const layers = [...ofGroup("all"), local, ...layersOf("localhost", "host", new Map())];
  return {
    inventory: { hosts, groups, implicitLocalhost: { name: "localhost", place: implicitPlace, groups: [], layers } },
    diagnostics,
  };
}

const implicitPlace: Place = { file: "(implicit localhost)", line: 1, column: 1 };

/** A host of the inventory, or the implicit localhost. */
export function findHost(inventory: Inventory, name: string): InventoryHost | undefined {
  return inventory.hosts.get(name) ?? (name === "localhost" ? inventory.implicitLocalhost : undefined);
}

function flattenGroups(raw: RawInventory): ReadonlyMap<string, InventoryGroup> {
  const all = [...raw.hosts.keys()];
  const nowhere: Place = { file: "(inventory)", line: 1, column: 1 };
  const inSome = new Set(
    [...raw.groups.keys()]
      .filter((name) => name !== "all" && name !== "ungrouped")
      .flatMap((name) => [...hostsBelow(name, raw)]),
  );
  const groups = new Map<string, InventoryGroup>();
  const top = [...raw.groups.keys()].filter((name) => name !== "all");
  const children = new Set(
    [...raw.groups.values()].filter(({ name }) => name !== "all").flatMap((group) => [...group.children.keys()]),
  );
  groups.set("all", {
    name: "all",
    place: raw.groups.get("all")?.place ?? nowhere,
    hosts: all,
    children: top.filter((name) => !children.has(name)),
  });
  for (const name of top) {
    const group = raw.groups.get(name);
    const below = hostsBelow(name, raw);
    groups.set(name, {
      name,
      place: group?.place ?? nowhere,
      hosts: all.filter((host) => below.has(host)),
      children: [...(group?.children.keys() ?? [])],
    });
  }
  const loose = all.filter((host) => !inSome.has(host));
  if (loose.length > 0)
    groups.set("ungrouped", {
      name: "ungrouped",
      place: raw.groups.get("ungrouped")?.place ?? nowhere,
      hosts: loose,
      children: [],
    });
  return groups;
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

/** The files of a source, those of a folder in name order. */
function inventoryFiles(source: string, files: SiteFiles, report: Report): readonly string[] {
  const kind = files.kind(source);
  if (kind === undefined) {
    const guess = nearest(basename(source), files.list(dirname(source)) ?? []);
    const hint = guess === undefined ? undefined : `did you mean ${files.show(join(dirname(source), guess))}?`;
    report({
      code: "missing-inventory",
      message: `there is no inventory ${files.show(source)}`,
      ...(hint === undefined ? {} : { hint }),
    });
    return [];
  }
  const names = kind === "folder" ? (files.list(source) ?? []) : [basename(source)];
  const folder = kind === "folder" ? source : dirname(source);
  return names.flatMap((name) => {
    const path = join(folder, name);
    if (kind === "folder" && (name.startsWith(".") || name.endsWith("~") || /\.(md|txt|orig|bak|swp)$/.test(name)))
      return [];
    if (files.kind(path) === "folder") {
      if (name !== "group_vars" && name !== "host_vars") {
        const message = `the folder ${files.show(path)} is not read: an inventory's files lie side by side`;
        report({
          code: "unread-folder",
          severity: "warning",
          message,
          place: { file: files.show(path), line: 1, column: 1 },
        });
      }
      return [];
    }
    if (/^\.ya?ml$/.test(extname(name))) return [path];
    reportIni(path, files, report);
    return [];
  });
}

function looksLikeIni(text: string): boolean {
  const first = text.split("\n").find((line) => line.trim() !== "" && !/^\s*[#;]/.test(line));
  return first !== undefined && /^\[[\w.:-]+\]\s*$/.test(first);
}

function reportIni(path: string, files: SiteFiles, report: Report): void {
  report({
    code: "not-supported",
    message: `${files.show(path)} is no YAML file: inventories in INI form and programs that print one are not supported in version 0.1`,
    place: { file: files.show(path), line: 1, column: 1 },
    hint: "write it in YAML, in a file that ends in .yml: `all: { hosts: { NAME: } }`",
  });
}
