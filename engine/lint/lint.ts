import type { Diagnostic, Place } from "../errors/diagnostic.ts";
import type { Inventory } from "../inventory/inventory.ts";
import type { Module } from "../module/define-module.ts";
import type { CheckedPlay } from "../plan/check-site.ts";
import type { Task } from "../plan/task.ts";
import type { SiteFiles } from "../site/files.ts";
import type { Site } from "../site/site.ts";

/** One playbook with what it uses. */
export interface LintRun {
  readonly site: Site;
  readonly inventory: Inventory;
  readonly plays: readonly CheckedPlay[];
  /** Those that it uses, at least. */
  readonly modules: ReadonlyMap<string, Module>;
  readonly files: SiteFiles;
}
export interface LintRequest {
  /** All playbooks of the site are there, so that what none of them uses can be told. */
  readonly whole: boolean;
  readonly runs: readonly LintRun[];
  /** Of all modules that there are. */
  readonly moduleNames: readonly string[];
  /** For what is looked up beside playbooks and roles. */
  readonly files: SiteFiles;
  readonly rolesPath: readonly string[];
  /** Absolute paths of the files that were read. */
  readonly read: ReadonlySet<string>;
}

/** Looks for one kind of thing that is most likely not meant. */
export type Lint = (request: LintRequest) => Iterable<Diagnostic>;

/** Every task, handlers too. One that several plays come to is there several times. */
export function* tasksOf({ runs }: LintRequest): Iterable<Task> {
  for (const { plays } of runs)
    for (const { entries } of plays) for (const entry of entries) if (entry.kind === "task") yield entry;
}

/** Of the site itself: roles that come from elsewhere are not for its author to change. */
export function inSite({ file }: Place): boolean {
  return !file.startsWith("/") && !file.startsWith("..") && !/(^|\/)node_modules\//.test(file);
}
