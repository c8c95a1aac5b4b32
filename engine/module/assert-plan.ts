import { isDeepStrictEqual } from "node:util";
import { Bug } from "../errors/bug.ts";
import { equalValues } from "../value/equal.ts";
import type { StateModule } from "./define-module.ts";
import type { Change, Plan } from "./plan.ts";

/**
 * The laws of a plan, asserted on every one, in tests and in a user's run. A module that breaks one is named as the
 * culprit: what it says could not be trusted, so nothing of it is sent.
 */
export function lawfulPlan(module: StateModule, params: unknown, observed: Readonly<Record<string, unknown>>): Plan {
  const plan = planned(module, params, observed);
  if (plan.kind !== "change") return plan;
  const missing = Object.keys(plan.before).find((field) => !Object.hasOwn(plan.after, field));
  if (missing !== undefined) throw new Bug(`module "${module.name}" does not say what becomes of \`${missing}\``);
  const differs = changes(plan);
  if (differs && plan.steps.length === 0) {
    throw new Bug(`module "${module.name}" plans a change but has no step that makes it`);
  }
  if (!differs && plan.steps.length > 0) {
    throw new Bug(`module "${module.name}" has steps although before equals after`);
  }
  return plan;
}

/** Frozen before it is handed out: what a module changed there would be seen by other tasks, and by its own second plan. */
function planned(module: StateModule, params: unknown, observed: Readonly<Record<string, unknown>>): Plan {
  freeze(params);
  freeze(observed);
  try {
    return module.plan(params, observed as never);
  } catch (error) {
    if (error instanceof TypeError && /read only|not extensible|Cannot (assign|delete|define)/.test(error.message)) {
      throw new Bug(`module "${module.name}" changes what it was given to look at`, { cause: error });
    }
    throw error;
  }
}

/** Bytes cannot be frozen, and values with a class of their own guard themselves. */
function freeze(value: unknown): void {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return;
  if (!Array.isArray(value) && Object.getPrototypeOf(value) !== Object.prototype) return;
  Object.freeze(value);
  for (const child of Object.values(value)) freeze(child);
}

/** Planning is pure: a second time gives the same. Costs a second plan, so it is asserted before something is sent. */
export function assertRepeatable(
  module: StateModule,
  params: unknown,
  observed: Readonly<Record<string, unknown>>,
  plan: Plan,
): void {
  if (!isDeepStrictEqual(comparable(planned(module, params, observed)), comparable(plan))) {
    throw new Bug(`module "${module.name}" planned twice from the same observations and got two plans`);
  }
}

/** Whether anything is to change. */
export function changes(plan: Change): boolean {
  const fields = new Set([...Object.keys(plan.before), ...Object.keys(plan.after)]);
  return [...fields].some((field) => !equalValues(plan.before[field] ?? null, plan.after[field] ?? null));
}

/** Functions (of wait-until, of streamed contents) are made anew each time and say nothing about the plan. */
function comparable(value: unknown): unknown {
  if (typeof value === "function") return "function";
  if (Array.isArray(value)) return value.map(comparable);
  if (typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype) {
    return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, comparable(child)]));
  }
  return value;
}
