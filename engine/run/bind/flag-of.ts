import type { Diagnostic } from "../../errors/diagnostic.ts";
import { evaluating } from "../../plan/bind-task.ts";
import type { Context } from "../../plan/task.ts";
import type { ValueSource } from "../../value/expression.ts";
import { typeName, type Value } from "../../value/value.ts";
import { evaluateValue } from "../../vars/compile-value.ts";
import type { HostRun } from "../context/host-run.ts";
import type { RunContext } from "../context/run-context.ts";
import { type PlayRun, scopeOf } from "../context/scope-of.ts";

/** Where a keyword stands that says how the run goes on. */
interface Standing {
  readonly context: Pick<Context, "layers" | "role">;
}

/** Whether a keyword of yes and no is set; unsaid is no. What is neither is told, and taken as no. */
export function flagOf(
  context: RunContext,
  play: PlayRun,
  host: HostRun,
  task: Standing,
  keyword: string,
  source: ValueSource | undefined,
): boolean {
  return keywordValue(context, play, host, task, keyword, source, false, "true or false", (value) =>
    typeof value === "boolean" ? value : undefined,
  );
}

/** `throttle`: how many hosts at a time; 0 is as many as there are forks. */
export function throttleOf(
  context: RunContext,
  play: PlayRun,
  host: HostRun,
  task: { readonly context: Context },
): number {
  return keywordValue(
    context,
    play,
    host,
    task,
    "throttle",
    task.context.throttle,
    0,
    "a whole number from 0",
    (value) => {
      const number = typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value;
      return typeof number === "number" && Number.isInteger(number) && number >= 0 ? number : undefined;
    },
  );
}

function keywordValue<T>(
  context: RunContext,
  play: PlayRun,
  host: HostRun,
  task: Standing,
  keyword: string,
  source: ValueSource | undefined,
  otherwise: T,
  wanted: string,
  read: (value: Value) => T | undefined,
): T {
  if (source === undefined) return otherwise;
  const complain = (diagnostic: Diagnostic): void =>
    context.emit({ type: "warning", diagnostic: { ...diagnostic, severity: "warning" } });
  const answer = evaluating(() =>
    evaluateValue(source, scopeOf(context, play, host, task.context.layers, task.context.role)),
  );
  if (answer.kind === "invalid") for (const diagnostic of answer.diagnostics) complain(diagnostic);
  if (answer.kind !== "value") return otherwise;
  const value = read(answer.value);
  if (value !== undefined) return value;
  const message = `\`${keyword}\`: expected ${wanted}, got ${typeName(answer.value)}; it does not count`;
  complain({ code: "wrong-type", message, place: source.place });
  return otherwise;
}
