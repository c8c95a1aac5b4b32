import { isDeepStrictEqual } from "node:util";
import type {
  Act,
  ActionModule,
  ControllerModule,
  ControllerOutcome,
  LookingModule,
  Module,
  Probes,
  StateModule,
  Verb,
} from "../../engine/module/define-module.ts";
import type { Change, Plan } from "../../engine/module/plan.ts";
import type { ExecAnswer, Stat, Step } from "../../engine/ops/ir.ts";
import { Secret } from "../../engine/value/secret.ts";
import type { ValueMap } from "../../engine/value/value.ts";

/** Answers by probe name, those of both looks together. */
export interface Answers {
  readonly [probe: string]: unknown;
}

/** What the schema has against these parameters, `path: message` a line each; empty if they are fine. */
export function problemsOf(module: Module, raw: unknown): readonly string[] {
  const parsed = module.params.safeParse(raw);
  if (parsed.success) return [];
  return parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
}

/** The plan of a state module for these raw parameters and answers. Throws where a law of plans is broken. */
export function planOf(module: StateModule, raw: unknown, answers: Answers): Plan {
  const { params, observed } = look(module, raw, answers);
  const seen = snapshot([params, observed]);
  const plan = module.plan(params, observed);
  const second = module.plan(params, observed);
  lawful(isDeepStrictEqual(snapshot(plan), snapshot(second)), module, "planning twice gives two plans");
  lawful(isDeepStrictEqual(seen, snapshot([params, observed])), module, "planning changed its inputs");
  if (plan.kind === "change") {
    const equal = isDeepStrictEqual(snapshot(plan.before), snapshot(plan.after));
    lawful(equal === (plan.steps.length === 0), module, "no steps exactly when before equals after");
    const lost = Object.keys(plan.before).filter((field) => !(field in plan.after));
    lawful(lost.length === 0, module, `after lacks ${lost.join(", ")}`);
  }
  return plan;
}

/** The same, for cases where anything but a change is a failure of the test. */
export function changeOf(module: StateModule, raw: unknown, answers: Answers): Change {
  const plan = planOf(module, raw, answers);
  if (plan.kind !== "change") throw new Error(`expected a change, got ${plan.kind}: ${plan.why}`);
  return plan;
}

export function actOf(module: ActionModule, raw: unknown, answers: Answers): Act {
  const { params, observed } = look(module, raw, answers);
  const act = module.act(params, observed);
  lawful(isDeepStrictEqual(snapshot(act), snapshot(module.act(params, observed))), module, "acting twice differs");
  return act;
}

export function runOf(module: ControllerModule, raw: unknown): ControllerOutcome {
  return module.run(paramsOf(module, raw));
}

export function resultOf(module: StateModule, raw: unknown, answers: Answers, now: Date): ValueMap | undefined {
  const { params, observed } = look(module, raw, answers);
  return module.result?.(params, observed, { now });
}

export function verbOf(module: StateModule, raw: unknown, answers: Answers): Verb | null | undefined {
  const { params, observed } = look(module, raw, answers);
  return module.verb?.(params, observed);
}

/** What a module looks at: both rounds, by name. */
export function looksOf(module: LookingModule, raw: unknown, answers: Answers): Probes {
  return look(module, raw, answers).probes;
}

/** A step as plain data: an operation without its `effect`. */
export function plain(step: Step | undefined): unknown {
  if (step === undefined) return undefined;
  const { effect: _, ...rest } = step as Step & { readonly effect?: string };
  return rest;
}
/** The argv of the steps that are commands, blanks between the words. */
export function commandsOf(steps: readonly Step[]): readonly string[] {
  return steps.flatMap((step) => (step.kind === "exec" ? [step.argv.map(String).join(" ")] : []));
}

export function exec(stdout: string, code = 0, stderr = ""): ExecAnswer {
  return { code, stdout, stderr, bytes: Buffer.from(stdout) };
}

export function stat(some: Partial<Stat> = {}): Stat {
  const type = some.type ?? "file";
  return {
    type,
    mode: type === "directory" ? "0755" : "0644",
    uid: 0,
    gid: 0,
    owner: "root",
    group: "root",
    size: 0,
    mtime: 1_700_000_000,
    ...some,
  };
}

function paramsOf(module: Module, raw: unknown): unknown {
  const problems = problemsOf(module, raw);
  if (problems.length > 0) throw new Error(`${module.name}: ${problems.join("; ")}`);
  return frozen(module.params.parse(raw));
}

function look(module: LookingModule, raw: unknown, answers: Answers) {
  const params = paramsOf(module, raw);
  const probes = module.probes(params);
  const first = answered(module, probes, answers);
  // The erased contract types both looks as one record of probes, which is what is handed in here.
  const probesAfter = module.probesAfter?.(params, first as never) ?? {};
  const second = { ...first, ...answered(module, probesAfter, answers) };
  const probesLast = module.probesLast?.(params, second as never) ?? {};
  const observed = frozen({ ...second, ...answered(module, probesLast, answers) }) as never;
  return { params, observed, probes: { ...probes, ...probesAfter, ...probesLast } };
}

function answered(module: LookingModule, probes: Probes, answers: Answers): Answers {
  const names = Object.keys(probes).filter((name) => probes[name] !== undefined);
  for (const name of names) {
    lawful(probes[name]?.effect === "read", module, `its probe ${name} is no look`);
    if (!(name in answers)) throw new Error(`${module.name} looks at "${name}", and the test gives no answer`);
  }
  return Object.fromEntries(names.map((name) => [name, answers[name]]));
}

function lawful(holds: boolean, module: Module, law: string): void {
  if (!holds) throw new Error(`${module.name} breaks a law: ${law}`);
}

function frozen<T>(value: T): T {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value) || Object.isFrozen(value)) return value;
  for (const part of Object.values(value)) frozen(part);
  return Object.freeze(value);
}

/** A copy to compare with: secrets by what they hold, functions by name. */
function snapshot(value: unknown): unknown {
  if (value instanceof Secret) return { secret: value.reveal() };
  if (typeof value === "function") return `function ${value.name}`;
  if (ArrayBuffer.isView(value)) return value;
  if (Array.isArray(value)) return value.map(snapshot);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, snapshot(part)]));
}
