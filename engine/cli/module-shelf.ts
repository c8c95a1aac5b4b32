import { loadModules, moduleNames } from "../../modules/index.ts";
import type { Module } from "../module/define-module.ts";

/** The modules that a site may use, of which only those are loaded that it does. */
export interface ModuleShelf {
  readonly names: readonly string[];
  /** Those of these names. */
  load(names: Iterable<string>): Promise<readonly Module[]>;
}

/** What ships with lab. */
export const libraryModules: ModuleShelf = { names: moduleNames, load: loadModules };
