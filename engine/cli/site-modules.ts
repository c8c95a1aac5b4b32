import { join } from "node:path";
import type { Diagnostic } from "../errors/diagnostic.ts";
import type { Module } from "../module/define-module.ts";
import { diskFiles } from "./disk-files.ts";
import { importFile } from "./import-file.ts";
import { isModuleFile } from "./is-module-file.ts";
import { libraryModules, type ModuleShelf } from "./module-shelf.ts";

export interface SiteModules {
  /** Those that ship with lab, and after them the site's own, by the name of their files. */
  readonly modules: ModuleShelf;
  /** What is wrong with files there. */
  readonly ofModules: readonly Diagnostic[];
}

/**
 * The modules of a site: `modules/NAME.js` beside lab.yml, each of which exports a function from the kit to the module.
 * A file that cannot be read as one is told, and the others are taken.
 */
export async function loadSiteModules(root: string): Promise<SiteModules> {
  const folder = join(root, "modules");
  const found: Module[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const file of (diskFiles.list(folder) ?? []).filter(isModuleFile).sort()) {
    const place = { file: `modules/${file}`, line: 1, column: 1 };
    const loaded = await loadModule(join(folder, file));
    const problem = "problem" in loaded ? loaded : await problemOf(loaded.module, file);
    if (problem)
      diagnostics.push({
        code: "bad-module",
        message: `modules/${file}: ${problem.problem}`,
        place,
        hint: problem.hint,
      });
    else if ("module" in loaded) found.push(loaded.module as Module);
  }
  const modules: ModuleShelf = {
    names: [...libraryModules.names, ...found.map(({ name }) => name)],
    async load(names) {
      const wanted = new Set(names);
      return [...(await libraryModules.load(wanted)), ...found.filter(({ name }) => wanted.has(name))];
    },
  };
  return { modules, ofModules: diagnostics };
}

interface Problem {
  readonly problem: string;
  readonly hint: string;
}
const seeDocs = "docs/writing-modules.md has one to begin with";

async function loadModule(path: string): Promise<{ readonly module: unknown } | Problem> {
  try {
    const { default: made } = await importFile(path);
    if (made === undefined) return { problem: "it has no default export", hint: seeDocs };
    const { moduleKit } = await import("./module-kit.ts");
    return { module: typeof made === "function" ? (made as (kit: typeof moduleKit) => unknown)(moduleKit) : made };
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    return {
      problem: said,
      hint: "the file is run as JavaScript when the site is loaded, and this is what came of it",
    };
  }
}

const functionsOf: Readonly<Record<Module["kind"], readonly string[]>> = {
  state: ["probes", "plan"],
  reading: ["probes", "read"],
  action: ["probes", "act"],
  controller: ["run"],
};

/** What keeps it from being a module; null: it is one. */
async function problemOf(made: unknown, file: string): Promise<Problem | null> {
  const isMap = typeof made === "object" && made !== null;
  const given: Readonly<Record<string, unknown>> = isMap ? (made as Record<string, unknown>) : {};
  const { name, kind, params, summary, examples } = given;
  const wanted = file.replace(/\.\w+$/, "").replaceAll("-", "_");
  if (typeof kind !== "string" || !Object.hasOwn(functionsOf, kind))
    return {
      problem: "what it exports is no module",
      hint: "return what defineModule, defineReading, defineAction or defineControllerAction makes",
    };
  if (typeof name !== "string" || !/^[a-z][a-z0-9_]*$/.test(name))
    return { problem: "its `name` is no name of a module", hint: "small letters, digits and _, a letter first" };
  if (name !== wanted)
    return {
      problem: `it calls its module \`${name}\``,
      hint: `call the module \`${wanted}\`, or the file ${name}.js`,
    };
  if (libraryModules.names.includes(name))
    return { problem: `there is a module \`${name}\` already, which ships with lab`, hint: "give it another name" };
  const { z } = (await import("./module-kit.ts")).moduleKit;
  if (!(params instanceof z.ZodType))
    return {
      problem: "its `params` are no schema of the kit's zod",
      hint: "write `z.strictObject({ … })` with the z that it is given",
    };
  if (typeof summary !== "string" || summary.trim() === "")
    return { problem: "it has no `summary`", hint: "one sentence that says what it does" };
  if (!Array.isArray(examples) || examples.length === 0 || !examples.every((each) => typeof each === "string"))
    return { problem: "it has no `examples`", hint: "a task as it stands in a playbook, as a text" };
  const missing = functionsOf[kind as Module["kind"]].find((each) => typeof given[each] !== "function");
  return missing === undefined ? null : { problem: `it has no \`${missing}\``, hint: seeDocs };
}
