import { join } from "node:path";
import type { Diagnostic, Place } from "../errors/diagnostic.ts";
import type { Report } from "../site/expect.ts";
import type { SiteFiles } from "../site/files.ts";
import { readVars } from "../site/read-vars.ts";
import { nearest } from "../text/nearest.ts";
import type { Node } from "../value/node.ts";
import type { VarsLayer } from "../vars/layer.ts";
import { checkConnectionVars } from "./connection-vars.ts";

export interface VarsFolder {
  /** The folder with group_vars and host_vars in it, absolute. */
  readonly folder: string;
  readonly kind: "group_vars" | "host_vars";
}

/** `group_vars/NAME.yml` and `group_vars/NAME/*.yml`, by NAME: a layer for each file. A NAME that nothing bears is most likely mistyped. */
export function readVarsFolder(
  { folder, kind }: VarsFolder,
  names: ReadonlySet<string>,
  files: SiteFiles,
  yaml: (path: string) => Node | null,
  report: Report,
  /** Names that are right although nothing bears them at the moment. */
  mayCome: (name: string) => boolean = () => false,
): ReadonlyMap<string, readonly VarsLayer[]> {
  const layers = new Map<string, VarsLayer[]>();
  const base = join(folder, kind);
  const what = kind === "group_vars" ? "group" : "host";
  for (const entry of files.list(base) ?? []) {
    if (entry.startsWith(".") || entry.endsWith("~")) continue;
    const path = join(base, entry);
    const isFolder = files.kind(path) === "folder";
    const name = isFolder ? entry : entry.replace(/\.ya?ml(\.age)?$/, "");
    if (!isFolder && name === entry) {
      report({
        ...warning("unread-file", `${files.show(path)} is not read: it does not end in .yml`, startOf(files, path)),
        hint: `rename it to ${entry}.yml`,
      });
      continue;
    }
    // A warning only: one folder of variables may serve several inventories.
    if (!names.has(name) && !mayCome(name)) {
      const guess = nearest(name, names);
      const hint = guess === undefined ? `the inventory has no ${what} of this name` : `did you mean ${guess}?`;
      report({
        ...warning(`unknown-${what}`, `${files.show(path)} belongs to no ${what}`, startOf(files, path)),
        hint,
      });
      continue;
    }
    const paths = isFolder
      ? (files.list(path) ?? []).filter((file) => /\.ya?ml(\.age)?$/.test(file)).map((file) => join(path, file))
      : [path];
    const at = layers.get(name) ?? [];
    layers.set(name, at);
    for (const file of paths) {
      const origin = kind === "group_vars" ? `group vars of ${name}` : `host vars of ${name}`;
      const layer = readVars(yaml(file), { level: kind === "group_vars" ? 2 : 3, origin }, report);
      checkConnectionVars(layer.variables, report);
      at.push(layer);
    }
  }
  return layers;
}

function warning(code: string, message: string, place: Place): Diagnostic {
  return { code, message, place, severity: "warning" };
}

function startOf(files: SiteFiles, path: string): Place {
  return { file: files.show(path), line: 1, column: 1 };
}
