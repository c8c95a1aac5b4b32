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
  const looked = structuredClone(observed);
  const plan = module.plan(params, observed as never);
  if (!isDeepStrictEqual(looked, structuredClone(observed))) {
    throw new Bug(`module "${module.name}" changed what it was given to look at`);
  }
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

/** Planning is pure: a second time gives the same. Costs a second plan, so it is asserted before something is sent. */
export function assertRepeatable(
  module: StateModule,
  params: unknown,
  observed: Readonly<Record<string, unknown>>,
  plan: Plan,
): void {
  if (!isDeepStrictEqual(comparable(module.plan(params, observed as never)), comparable(plan))) {
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
