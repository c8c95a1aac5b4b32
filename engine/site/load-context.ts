import type { Diagnostic, Place } from "../errors/diagnostic.ts";
import type { Node } from "../value/node.ts";
import type { Report } from "./expect.ts";
import type { SiteFiles } from "./files.ts";
import { readSiteYaml } from "./read-site-yaml.ts";
import type { Entry } from "./site.ts";

/** A role that something names literally. */
export interface RoleRequest {
  readonly name: string;
  readonly place: Place;
  /** Absolute folder of the playbook through which the role is reached. */
  readonly playbookFolder: string;
}

/** What one loading of a site shares. */
export interface LoadContext {
  readonly files: SiteFiles;
  readonly moduleNames: ReadonlySet<string>;
  readonly report: Report;
  /** Null for an empty or broken file. Each file is parsed, and its faults told, once. */
  yaml(path: string): Node | null;
  /** Roles still to be loaded. A queue, because roles name roles: loading them at once would make the loaders call each other in a circle. */
  readonly wantedRoles: RoleRequest[];
  /** Lists of tasks by path and scope. */
  readonly taskLists: Map<string, readonly Entry[]>;
}

export function openLoadContext(
  files: SiteFiles,
  moduleNames: ReadonlySet<string>,
  diagnostics: Diagnostic[],
): LoadContext {
  const parsed = new Map<string, Node | null>();
  const report: Report = (diagnostic) => {
    diagnostics.push(diagnostic);
  };
  return {
    files,
    moduleNames,
    report,
    yaml(path) {
      let node = parsed.get(path);
      if (node === undefined) {
        const yaml = readSiteYaml(files, path);
        for (const diagnostic of yaml.diagnostics) report(diagnostic);
        node = yaml.node;
        parsed.set(path, node);
      }
      return node;
    },
    wantedRoles: [],
    taskLists: new Map(),
  };
}
