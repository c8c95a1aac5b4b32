import { join } from "node:path";
import type { Argument, Arguments } from "../arguments/argument.ts";
import { refinersOf } from "../arguments/refine.ts";
import type { Diagnostic, Place } from "../errors/diagnostic.ts";
import { nearest } from "../text/nearest.ts";
import type { Variable, VarsLayer } from "../vars/layer.ts";
import { reportAnsibleArguments } from "./ansible-arguments.ts";
import { expectMap } from "./expect.ts";
import { yamlFile } from "./files.ts";
import { loadArgument } from "./load-argument.ts";
import type { LoadContext } from "./load-context.ts";
import { checkVariableName } from "./read-vars.ts";
import type { RoleArguments } from "./site.ts";

/** The role as far as its arguments must fit it. */
interface Surroundings {
  readonly name: string;
  readonly folder: string;
  readonly defaults: VarsLayer;
  /** The names of its lists of tasks. */
  readonly taskFiles: Iterable<string>;
}

/** meta/arguments.yml: what the role takes, for each list of tasks. Undefined: it takes anything. */
export function loadArguments(role: Surroundings, context: LoadContext): RoleArguments | undefined {
  const { files, report } = context;
  const path = yamlFile(files, join(role.folder, "meta", "arguments"));
  const foreign = yamlFile(files, join(role.folder, "meta", "argument_specs"));
  if (foreign !== undefined) reportAnsibleArguments(foreign, context);
  if (path === undefined) return undefined;
  const file = files.show(path);
  const place = { file, line: 1, column: 1 };
  const node = context.yaml(path);
  const entries = new Map<string, { readonly declared: Arguments; readonly layer: VarsLayer }>();
  const map = node === null ? undefined : expectMap(node, file, report);
  const lists = [...new Set(["main", ...role.taskFiles])];
  for (const { key, keyPlace, value } of map?.entries ?? []) {
    if (!lists.includes(key)) {
      report(notATaskFile(role.name, key, keyPlace, lists));
      continue;
    }
    if (value.kind === "scalar" && value.value === null) {
      entries.set(key, { declared: new Map(), layer: layerOf(role.name, new Map(), new Map()) });
      continue;
    }
    const declared = new Map<string, Argument>();
    const defaults = new Map<string, Variable>();
    for (const entry of expectMap(value, key, report)?.entries ?? []) {
      if (!checkVariableName(entry.key, entry.keyPlace, report)) continue;
      const argument = loadArgument(entry, false, role.defaults, defaults, report);
      declared.set(entry.key, argument);
    }
    entries.set(key, { declared, layer: layerOf(role.name, defaults, declared) });
  }
  // A file that is empty or broken says nothing about the role; that it is broken has been told.
  return entries.size === 0 && node !== null && map === undefined ? undefined : { place, entries };
}

function layerOf(role: string, variables: ReadonlyMap<string, Variable>, declared: Arguments): VarsLayer {
  return { level: 1, origin: `arguments of role ${role}`, variables, refine: refinersOf(declared) };
}

function notATaskFile(role: string, key: string, place: Place, lists: readonly string[]): Diagnostic {
  const near = nearest(key, lists);
  const hint =
    near === undefined || near === "main"
      ? `arguments stand below the list of tasks that takes them: \`main:\`, and below it \`${key}:\``
      : `did you mean \`${near}\`?`;
  return { code: "unknown-entry", message: `role ${role} has no file tasks/${key}.yml`, place, hint };
}
