import type { Diagnostic, Place } from "../errors/diagnostic.ts";
import { growthProblems } from "../inventory/grow-inventory.ts";
import type { Inventory } from "../inventory/inventory.ts";
import { findHost } from "../inventory/load-inventory.ts";
import type { Module } from "../module/define-module.ts";
import { ansibleModule } from "../site/ansible-modules.ts";
import type { ModuleDefaults, Site } from "../site/site.ts";
import { nearest } from "../text/nearest.ts";
import type { ValueSource } from "../value/expression.ts";
import { grownBy, growthsInSite, growthsOf } from "./growths.ts";
import { parameterNames, shapeOf } from "./param-schema.ts";
import type { PlainEntry } from "./task.ts";
import { unknownDelegate } from "./unknown-delegate.ts";

interface World {
  readonly site: Site;
  readonly inventory: Inventory;
  readonly modules: ReadonlyMap<string, Module>;
}

/** What a single task or include says that cannot be, or that has no effect: found before the run. */
export function keywordProblems(entry: PlainEntry, world: World): readonly Diagnostic[] {
  return [
    ...delegation(entry, world),
    ...repetition(entry),
    ...environment(entry),
    ...hiddenItem(entry),
    ...addition(entry, world.inventory),
    ...entry.context.moduleDefaults.flatMap((defaults) => defaultsProblems(defaults, world.modules)),
  ];
}

function delegation({ context, source }: PlainEntry, { site, inventory }: World): readonly Diagnostic[] {
  const { delegateTo } = context;
  if (delegateTo === undefined) {
    const { delegateFacts } = source.keywords;
    if (delegateFacts === undefined || isFalse(delegateFacts)) return [];
    return [
      {
        code: "delegate-facts-alone",
        message: "`delegate_facts` says whose the variables are, and without `delegate_to` there is nobody else",
        place: delegateFacts.place,
        hint: "add `delegate_to: HOST`",
      },
    ];
  }
  const name = literal(delegateTo);
  if (name?.trim() === "") {
    const message = "`delegate_to`: expected the name of a host, got an empty text";
    return [
      { code: "wrong-type", message, place: delegateTo.place, hint: "leave it out to act on the task's own host" },
    ];
  }
  if (name === null || name === "localhost" || findHost(inventory, name)) return [];
  const unasked = inventory.sources.some(({ guests }) => guests === null);
  const growths = growthsInSite(site);
  if (unasked || growths.open || grownBy(inventory, [growths]).hosts.has(name)) return [];
  return [unknownDelegate(inventory, delegateTo.place, name)];
}

function repetition({ kind, source, context }: PlainEntry): readonly Diagnostic[] {
  if (kind !== "task") return [];
  const { until, retries, delay, async } = source.keywords;
  const found: Diagnostic[] = [];
  if (delay !== undefined && until === undefined && retries === undefined) {
    found.push({
      code: "delay-alone",
      message: "`delay` is the pause between two tries, and the task is tried once",
      place: delay.place,
      hint: "add `until: CONDITION` or `retries: NUMBER`; for a pause between the items of a loop write `loop_control: { pause: … }`",
    });
  }
  if (until !== undefined && retries?.kind === "literal" && retries.value === 0) {
    found.push({
      code: "retries-zero",
      severity: "warning",
      message: "with `retries: 0` the task is tried once, and fails where `until` does not hold",
      place: retries.place,
      hint: "if that is meant, write `failed_when`",
    });
  }
  if (async !== undefined && context.timeout !== undefined && !isZero(context.timeout)) {
    found.push({
      code: "timeout-with-async",
      message: "`timeout` and `async` both say how long the command may take",
      place: context.timeout.place,
      hint: "keep `async`: the job is ended after so many seconds, wherever the controller is",
    });
  }
  return found;
}

/** The names that a shell and its like can have; a value with NUL no process can have. */
function environment({ context }: PlainEntry): readonly Diagnostic[] {
  return context.environment.flatMap((source) => {
    if (source.kind !== "map") return [];
    return source.entries.flatMap(({ key, keyPlace }): readonly Diagnostic[] => {
      if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(key)) return [];
      const better = key.replace(/[^A-Za-z0-9_]/g, "_").replace(/^(?=\d)/, "_");
      return [
        {
          code: "bad-environment-name",
          message: `\`${key}\` cannot be the name of an environment variable`,
          place: keyPlace,
          hint:
            better === ""
              ? "letters, digits and _, no digit first"
              : `write \`${better}\`; names have letters, digits and _`,
        },
      ];
    });
  });
}

/** A loop inside of an include that loops itself: the same name for both items. */
function hiddenItem({ source, context }: PlainEntry): readonly Diagnostic[] {
  const { loop, loopControl } = source.keywords;
  if (loop === undefined) return [];
  const names = [loopControl.loopVar, ...(loopControl.indexVar === undefined ? [] : [loopControl.indexVar])];
  const around = context.layers.filter(
    ({ origin }) => origin === "loop of the include" || origin === "loop of the block",
  );
  return names.flatMap((name): readonly Diagnostic[] => {
    const outer = around.findLast(({ variables }) => variables.has(name))?.variables.get(name);
    if (outer === undefined) return [];
    return [
      {
        code: "hidden-item",
        severity: "warning",
        message: `\`${name}\` of this loop hides \`${name}\` of the loop around it`,
        place: loop.place,
        related: [{ message: "the loop around it", place: outer.place }],
        hint: `give one of them another name: \`loop_control: { loop_var: ${name === "item" ? "outer_item" : `inner_${name}`} }\``,
      },
    ];
  });
}

/** `add_host` with a name that no host can have, or connection variables that do not exist. */
function addition({ source }: PlainEntry, inventory: Inventory): readonly Diagnostic[] {
  const known = source.kind === "task" ? (growthsOf(source)?.known ?? []) : [];
  return known.flatMap((growth) => {
    // Of a computed name nothing is said but of what stands beside it.
    const computed = growth.host === "";
    const problems = growthProblems(computed ? { ...growth, host: "computed" } : growth, inventory);
    return problems;
  });
}

/** Modules and parameters that `module_defaults` names. What a value is worth is judged with the task that gets it. */
export function defaultsProblems(
  defaults: ModuleDefaults,
  modules: ReadonlyMap<string, Module>,
): readonly Diagnostic[] {
  return defaults.flatMap(({ module: name, place, params }): readonly Diagnostic[] => {
    const module = modules.get(name);
    if (!module) {
      const near = nearest(name, modules.keys());
      const hint = ansibleModule(name) ?? (near === undefined ? undefined : `did you mean \`${near}\`?`);
      return [{ code: "unknown-module", message: `there is no module \`${name}\``, place, ...(hint && { hint }) }];
    }
    const names = parameterNames(shapeOf(module.params));
    if (params.kind !== "map" || names.length === 0) return [];
    return params.entries.flatMap(({ key, keyPlace }) =>
      names.includes(key) ? [] : [unknown(name, key, names, keyPlace)],
    );
  });
}

function unknown(module: string, key: string, names: readonly string[], place: Place): Diagnostic {
  const near = nearest(key, names);
  return {
    code: "unknown-parameter",
    message: `\`${module}\` has no parameter \`${key}\``,
    place,
    hint: near ? `did you mean \`${near}\`?` : `it takes ${names.map((each) => `\`${each}\``).join(", ")}`,
  };
}

function literal(source: ValueSource): string | null {
  return source.kind === "literal" && typeof source.value === "string" ? source.value : null;
}

function isFalse(source: ValueSource): boolean {
  return source.kind === "literal" && source.value === false;
}

function isZero(source: ValueSource): boolean {
  return source.kind === "literal" && (source.value === 0 || source.value === "0");
}
