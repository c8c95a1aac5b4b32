import { longestSeconds } from "../site/read-amount.ts";
import { parseDuration } from "../text/duration.ts";
import type { ValueSource } from "../value/expression.ts";
import type { Scope } from "../value/scope.ts";
import { typeName, type Value } from "../value/value.ts";
import { evaluateValue } from "../vars/compile-value.ts";
import { BindError } from "./bind-error.ts";
import type { BoundTask } from "./bound-task.ts";
import type { Context, Task } from "./task.ts";

/** `timeout`: unsaid and 0 are no limit. */
export function timeoutOf({ timeout }: Context, scope: Scope): Pick<BoundTask, "timeoutMs"> {
  const ms = timeout ? lengthMs(timeout, "timeout", scope) : 0;
  return ms > 0 ? { timeoutMs: ms } : {};
}

/** How often a task is tried at most, and how long the pause between two tries is. */
export interface Tries {
  readonly most: number;
  readonly delayMs: number;
}

/** Null: it is carried out once. `until` alone asks for three more tries; `retries` alone, for as many until it does not fail. */
export function triesOf({ source }: Task, scope: Scope): Tries | null {
  const { until, retries, delay } = source.keywords;
  if (until === undefined && retries === undefined) return null;
  const again = retries ? countOf(retries, "retries", scope) : defaultRetries;
  return { most: 1 + again, delayMs: delay ? lengthMs(delay, "delay", scope) : defaultDelayMs };
}

const defaultRetries = 3;
const defaultDelayMs = 5_000;

/** The keyword's length of time. */
function lengthMs(source: ValueSource, what: string, scope: Scope): number {
  const value = evaluateValue(source, scope);
  const seconds = typeof value === "number" || typeof value === "string" ? parseDuration(value) : undefined;
  if (seconds !== undefined && seconds <= longestSeconds) return 1000 * seconds;
  throw wrongAmount(source, what, `whole seconds from 0 to ${longestSeconds}, or a text such as 30s or 5m`, value);
}

const mostTimes = 1_000_000;

function countOf(source: ValueSource, what: string, scope: Scope): number {
  const value = evaluateValue(source, scope);
  const count = typeof value === "string" && /^\d{1,7}$/.test(value) ? Number(value) : value;
  if (typeof count === "number" && Number.isInteger(count) && count >= 0 && count <= mostTimes) return count;
  throw wrongAmount(source, what, `a whole number from 0 to ${mostTimes}`, value);
}

function wrongAmount(source: ValueSource, what: string, wanted: string, value: Value): BindError {
  const got = typeof value === "number" || typeof value === "string" ? JSON.stringify(value) : typeName(value);
  return new BindError([
    { code: "wrong-type", message: `\`${what}\`: expected ${wanted}, got ${got}`, place: source.place },
  ]);
}

export function detachedOf({ source }: Task, scope: Scope): Pick<BoundTask, "detached"> {
  const { async: limit, poll } = source.keywords;
  if (limit === undefined) return {};
  const limitMs = 1000 * wholeSeconds(limit, "async", 1, scope);
  if (poll === undefined) return { detached: { limitMs, leave: false } };
  const pollMs = 1000 * wholeSeconds(poll, "poll", 0, scope);
  return { detached: pollMs === 0 ? { limitMs, leave: true } : { limitMs, pollMs, leave: false } };
}

/** The keyword's seconds. A template may have made a text of a number. */
function wholeSeconds(source: ValueSource, what: string, least: number, scope: Scope): number {
  const value = evaluateValue(source, scope);
  const seconds = typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value;
  if (typeof seconds === "number" && Number.isInteger(seconds) && seconds >= least && seconds <= longestSeconds) {
    return seconds;
  }
  throw wrongAmount(source, what, `whole seconds from ${least} to ${longestSeconds}`, value);
}
