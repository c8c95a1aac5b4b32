import type { ResultEvent, Status } from "../run/events.ts";
import { bounded } from "../text/bounded.ts";
import { commandLine } from "../text/command-line.ts";
import { displayWidth } from "../text/display-width.ts";
import { indent } from "../text/indent.ts";
import { printable } from "../text/printable.ts";
import { padTo, shorten } from "../text/shorten.ts";
import { wrap } from "../text/wrap.ts";
import { isMap, type Value } from "../value/value.ts";
import { formatValue } from "./format-value.ts";
import type { Look, Paint, Tone } from "./look.ts";
import { renderDiff } from "./render-diff.ts";

export const toneOf: Readonly<Record<Status, Tone>> = {
  ok: "green",
  changed: "yellow",
  failed: "red",
  skipped: "cyan",
  unreachable: "red",
  deferred: "magenta",
};

export interface ResultContext {
  readonly look: Look;
  readonly paint: Paint;
  readonly width: number;
  readonly check: boolean;
  /** The name of a task by its id. */
  taskName(id: string): string;
}

/** What became of a task on a host: a line, and under it what a reader needs to act on. */
export function renderResult(event: ResultEvent, context: ResultContext): string[] {
  const { look, paint, width } = context;
  const room = width - 4;
  const details: string[] = [];
  const say = (text: string, tone?: Tone) => {
    for (const line of wrap(printable(text), room)) details.push(tone === undefined ? line : paint(tone, line));
  };
  const bad = event.status === "failed" || event.status === "unreachable";
  if (event.reason !== undefined) say(bounded(event.reason), bad ? "red" : undefined);
  const spoken = spokenText(event);
  if (spoken !== undefined && spoken !== event.reason) say(spoken);
  for (const { path, wanted, got } of event.mismatch ?? []) {
    say(`after the change "${path}" is ${formatValue(got)}, wanted ${formatValue(wanted)}`, "red");
  }
  // A task of the command line stands in no file that could be opened there.
  if (bad && !event.position.file.endsWith(commandLine))
    say(`at ${event.position.file}:${event.position.line}:${event.position.column}`);
  if (event.hint !== undefined) say(`hint: ${bounded(event.hint)}`, "cyan");
  for (const warning of event.warnings) say(`warning: ${bounded(warning)}`, "yellow");
  const inFull = look.diff || event.showDiff === true;
  if (inFull) for (const diff of event.diff ?? []) details.push(...renderDiff(diff, room, paint));
  // In check mode the steps are half of the answer: what would be done, beside what would differ.
  if (look.verbosity > 0 || (inFull && context.check)) {
    for (const step of event.steps ?? []) say(`${context.check ? "would" : "did"}: ${bounded(step)}`, "dim");
  }
  if (look.verbosity > 0 && spoken === undefined && event.result !== undefined) {
    say(`result: ${formatValue(event.result)}`, "dim");
  }
  return [...renderHead(event, context), ...indent(details, 4)];
}

/** Status, host, item, and on what the answer hangs: one line, more only if it is too long for one. */
export function renderHead(event: ResultEvent, context: ResultContext): string[] {
  const { paint, width } = context;
  // Also a dry run of one task inside of a real one.
  const check = context.check || event.certainty !== undefined;
  const word = check && event.status === "changed" ? "would change" : event.status;
  const status = padTo(word, check ? 12 : 8);
  const label = event.item === undefined ? "" : `  ${inParentheses(itemLabel(event.item))}`;
  const host = shorten(printable(event.host), Math.max(8, width - displayWidth(status) - 4));
  const head = shorten(`  ${status}  ${host}${label}`, width);
  const painted = paint(toneOf[event.status], head.slice(0, status.length + 2)) + head.slice(status.length + 2);
  const notes = notesOf(event, context);
  if (notes.length === 0) return [painted];
  const note = notes.join(", ");
  if (displayWidth(head) + 2 + displayWidth(note) <= width) return [`${painted}  ${paint("dim", note)}`];
  return [painted, ...wrap(note, width - 4).map((line) => `    ${paint("dim", line)}`)];
}

function notesOf(event: ResultEvent, context: ResultContext): string[] {
  // What hangs on itself (its later rounds, how its command ends) needs no name.
  const others = (event.because ?? []).filter((id) => id !== event.taskId);
  const names = [...new Set(others.map((id) => `"${printable(context.taskName(id))}"`))];
  const cause = names.length > 2 ? `${names[0]} and ${names.length - 1} more` : names.join(" and ");
  const notes: string[] = [];
  if (event.on !== undefined && event.on !== event.host) notes.push(`on ${printable(event.on)}`);
  if (event.status === "deferred" && cause !== "") notes.push(`until ${cause}`);
  if (event.certainty === "assumed") notes.push(cause === "" ? "assumed" : `assumed after ${cause}`);
  if (event.attempt > 1) notes.push(`attempt ${event.attempt}`);
  if (event.ignored === true) notes.push("ignored");
  if (event.rescued === true) notes.push("rescued");
  return notes;
}

/** A loop's item in few words: what a list of maps calls its entries, before the whole map. */
/** What is kept out of logs says so in parentheses of its own. */
function inParentheses(label: string): string {
  return label.startsWith("(") && label.endsWith(")") ? label : `(${label})`;
}

export function itemLabel(item: Value): string {
  if (!isMap(item)) return formatValue(item).replaceAll("\n", "⏎");
  const named = [item.name, item.key, item.path, item.id].find((name) => typeof name === "string");
  return formatValue(named ?? item).replaceAll("\n", "⏎");
}

/** What a `debug` says is its whole point, so it is shown without being asked for. */
export function spokenText(event: ResultEvent): string | undefined {
  if (event.module !== "debug" || event.result === undefined || event.status === "skipped") return undefined;
  const said = isMap(event.result) && event.result.msg !== undefined ? event.result.msg : event.result;
  return typeof said === "string" ? said : formatValue(said);
}
