import type { Diagnostic } from "../../errors/diagnostic.ts";
import { evaluating } from "../../plan/bind-task.ts";
import type { Context } from "../../plan/task.ts";
import type { ValueSource } from "../../value/expression.ts";
import { typeName, type Value } from "../../value/value.ts";
import { evaluateValue } from "../../vars/compile-value.ts";
import type { HostRun } from "../context/host-run.ts";
import type { RunContext } from "../context/run-context.ts";
import { type PlayRun, scopeOf } from "../context/scope-of.ts";

const flags = {
  any_errors_fatal: "anyErrorsFatal",
  ignore_errors: "ignoreErrors",
  ignore_unreachable: "ignoreUnreachable",
  run_once: "runOnce",
} as const satisfies Readonly<Record<string, keyof Context>>;

/** Where a keyword stands that says how the run goes on. */
interface Standing<K extends keyof Context> {
  readonly context: Pick<Context, "layers" | "role" | K>;
}

/** Whether a keyword of yes and no is set; unsaid is no. What is neither is told, and taken as no. */
export function flagOf<W extends keyof typeof flags>(
  context: RunContext,
  play: PlayRun,
  host: HostRun,
  entry: Standing<(typeof flags)[W]>,
  word: W,
): boolean {
  const found = keywordValue(context, play, host, entry, {
    word,
    source: entry.context[flags[word]],
    wanted: "true or false",
    read: (value) => (typeof value === "boolean" ? value : undefined),
  });
  return found ?? false;
}

/** `throttle`: how many hosts at a time; 0 is as many as there are forks. */
export function throttleOf(context: RunContext, play: PlayRun, host: HostRun, task: Standing<"throttle">): number {
  const found = keywordValue(context, play, host, task, {
    word: "throttle",
    source: task.context.throttle,
    wanted: "a whole number from 0",
    read(value) {
      const number = typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value;
      return typeof number === "number" && Number.isInteger(number) && number >= 0 ? number : undefined;
    },
  });
  return found ?? 0;
}

interface Keyword<T> {
  readonly word: string;
  readonly source: ValueSource | undefined;
  /** What it may be, for the message. */
  readonly wanted: string;
  readonly read: (value: Value) => T | undefined;
}

/** Undefined: unsaid, or it does not count. */
function keywordValue<T>(
  context: RunContext,
  play: PlayRun,
  host: HostRun,
  { context: { layers, role } }: Standing<never>,
  { word, source, wanted, read }: Keyword<T>,
): T | undefined {
  if (source === undefined) return undefined;
  const complain = (diagnostic: Diagnostic): void =>
    context.emit({ type: "warning", diagnostic: { ...diagnostic, severity: "warning" } });
  const answer = evaluating(() => evaluateValue(source, scopeOf(context, play, host, layers, role)));
  if (answer.kind === "invalid") for (const diagnostic of answer.diagnostics) complain(diagnostic);
  if (answer.kind !== "value") return undefined;
  const value = read(answer.value);
  if (value === undefined) {
    const message = `\`${word}\`: expected ${wanted}, got ${typeName(answer.value)}; it does not count`;
    complain({ code: "wrong-type", message, place: source.place });
  }
  return value;
}
