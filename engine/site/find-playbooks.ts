import { join } from "node:path";
import { entryOf } from "../value/node.ts";
import type { SiteFiles } from "./files.ts";
import { readSiteYaml } from "./read-site-yaml.ts";

/** Words that stand in plays and nowhere else in a list: a file of tasks or variables lies beside playbooks, too. */
const ofPlays = ["hosts", "import_playbook", "roles", "tasks", "pre_tasks", "post_tasks", "handlers", "vars_prompt"];

/** The playbooks of a site: what is one in `playbooks/`, and beside lab.yml. What cannot be read is taken for one, to be told. */
export function findPlaybooks(files: SiteFiles): readonly string[] {
  const folder = join(files.root, "playbooks");
  const inFolder = yamlIn(folder, files).filter((path) => isPlaybook(path, files, true));
  return [...inFolder, ...yamlIn(files.root, files).filter((path) => isPlaybook(path, files, false))];
}

function yamlIn(folder: string, files: SiteFiles): readonly string[] {
  return (files.list(folder) ?? [])
    .filter((name) => /^[^.].*\.ya?ml$/.test(name) && name !== "lab.yml")
    .map((name) => join(folder, name))
    .filter((path) => files.kind(path) === "file");
}

function isPlaybook(path: string, files: SiteFiles, unreadable: boolean): boolean {
  const { node } = readSiteYaml(files, path);
  if (node === null || (node.kind === "scalar" && node.value === null)) return unreadable;
  // A play without its dash is a map; what has `hosts` and tasks is no file of variables.
  if (node.kind === "map") {
    const has = (word: string): boolean => entryOf(node, word) !== undefined;
    return has("hosts") && ["tasks", "roles", "pre_tasks", "post_tasks"].some(has);
  }
  if (node.kind !== "list") return false;
  if (node.items.length === 0) return unreadable;
  return node.items.some((item) => item.kind === "map" && ofPlays.some((word) => entryOf(item, word) !== undefined));
}
