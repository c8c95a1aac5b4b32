import { dirname } from "node:path";
import type { Report } from "../site/expect.ts";
import type { SiteFiles } from "../site/files.ts";
import { nearest } from "../text/nearest.ts";
import type { Node } from "../value/node.ts";
import { findInventoryFiles } from "./find-inventory-files.ts";
import { isSourceFile, type ProxmoxSource, readProxmoxSource } from "./proxmox-source.ts";
import { emptyInventory, type Mention, type RawInventory } from "./raw-inventory.ts";
import { readIniFile } from "./read-ini-file.ts";
import { readInventoryFile } from "./read-inventory-file.ts";
import { type ProgramAnswer, readProgram } from "./read-program.ts";

export interface ReadSources {
  readonly raw: RawInventory;
  /** Folders in which the files lie: their group_vars and host_vars count. */
  readonly folders: ReadonlySet<string>;
  readonly dynamic: readonly ProxmoxSource[];
  /** Programs, by their paths, with what they have printed; null for one that was not run. */
  readonly programs: ReadonlyMap<string, ProgramAnswer | null>;
  readonly mentions: readonly Mention[];
}

/** All files of an inventory, in the order given, those of a folder in the order of their names. */
export function readSources(
  sources: readonly string[],
  files: SiteFiles,
  yaml: (path: string) => Node | null,
  answers: ReadonlyMap<string, ProgramAnswer>,
  report: Report,
): ReadSources {
  const raw = emptyInventory();
  const folders = new Set<string>();
  const dynamic: ProxmoxSource[] = [];
  const programs = new Map<string, ProgramAnswer | null>();
  const mentions: Mention[] = [];
  for (const source of sources) {
    for (const { path, kind } of findInventoryFiles(source, files, report)) {
      folders.add(dirname(path));
      if (kind === "program") {
        const answer = answers.get(path) ?? null;
        programs.set(path, answer);
        if (answer !== null) readProgram(files.show(path), answer, raw, report);
      } else if (kind === "ini") {
        mentions.push(...readIniFile(files.show(path), files.read(path) ?? "", raw, report));
      } else {
        const node = yaml(path);
        const asked = node && isSourceFile(node) ? readProxmoxSource(node, report) : undefined;
        if (asked) dynamic.push(asked);
        else if (node && !isSourceFile(node)) readInventoryFile(node, raw, report);
      }
    }
    // A folder of nothing but group_vars still counts.
    if (files.kind(source) === "folder") folders.add(source);
  }
  return { raw, folders, dynamic, programs, mentions };
}

/** Groups that an INI file speaks of and that no file has: most likely mistyped. `mayCome`: those that were not asked for yet. */
export function checkMentions(
  { raw, mentions }: Pick<ReadSources, "raw" | "mentions">,
  mayCome: (name: string) => boolean,
  report: Report,
): void {
  for (const { name, place, as } of mentions) {
    if (raw.groups.has(name) || name === "all" || name === "ungrouped" || mayCome(name)) continue;
    const guess = nearest(name, raw.groups.keys());
    const here =
      as === "vars" ? `variables are given to a group \`${name}\` that is not there` : `there is no group \`${name}\``;
    report({
      code: "unknown-group",
      message: here,
      place,
      hint: guess === undefined ? `write \`[${name}]\`, and its hosts below it` : `did you mean \`${guess}\`?`,
    });
  }
}
