import { join } from "node:path";
import { loadInventory } from "../inventory/load-inventory.ts";
import { findRoot, openSiteFiles } from "../site/files.ts";
import { loadSite } from "../site/load-site.ts";
import type { Candidate, Suggest } from "./complete.ts";
import { diskFiles } from "./disk-files.ts";
import { errorPages } from "./error-pages.ts";
import { libraryRoles } from "./library-roles.ts";
import { loadCall } from "./load-call.ts";
import { loadSiteModules } from "./site-modules.ts";

/** What can be said of a call's words from the files of the site. Nothing is connected to, and what is wrong with it is silent. */
export const suggest: Suggest = async (placeholder, given) => {
  switch (placeholder) {
    case "playbook":
      return names(join(root(), "playbooks"), /\.ya?ml$/);
    case "pattern":
    case "host":
    case "group":
      return hosts();
    case "tags":
      return tags(given);
    case "role":
      return [...names(join(root(), "roles"), /^\w/), ...names(libraryRoles, /^\w/)];
    case "module":
      return (await modules()).map(({ name, summary }) => ({ word: name, about: summary }));
    case "topic":
      return [
        ...(await modules()).map(({ name, summary }) => ({ word: name, about: summary })),
        ...names(libraryRoles, /^\w/),
      ];
    case "code":
      return names(errorPages, /^(?!README).*\.md$/).map(({ word }) => ({ word: word.replace(/\.md$/, "") }));
    case "file":
    case "files":
    case "path":
    case "dir":
    case "folder":
      return undefined;
    default:
      return [];
  }
};

async function modules() {
  const { modules } = await loadSiteModules(root());
  return modules.load(modules.names);
}

function root(): string {
  return findRoot(diskFiles, process.cwd());
}

function names(folder: string, pattern: RegExp): readonly Candidate[] {
  return (diskFiles.list(folder) ?? []).filter((name) => pattern.test(name)).map((word) => ({ word }));
}

function hosts(): readonly Candidate[] {
  const files = openSiteFiles(diskFiles, root());
  const { site } = loadSite(diskFiles, {
    root: files.root,
    folder: process.cwd(),
    playbooks: [],
    libraryRoles,
    moduleNames: [],
  });
  const sources = site?.settings.inventory ?? [join(files.root, "inventory")];
  const { inventory } = loadInventory(files, { sources, playbookFolders: [] });
  return [
    ...[...inventory.hosts.keys()].map((word) => ({ word, about: "host" })),
    ...[...inventory.groups.keys()].map((word) => ({ word, about: "group" })),
  ];
}

async function tags(playbooks: readonly string[]): Promise<readonly Candidate[]> {
  const { call } = await loadCall({
    source: diskFiles,
    folder: process.cwd(),
    playbooks,
    modules: (await loadSiteModules(root())).modules,
    libraryRoles,
    options: {},
  });
  return [...new Set(call?.plays.flatMap(({ tags: ofPlay }) => [...ofPlay]) ?? [])].sort().map((word) => ({ word }));
}
