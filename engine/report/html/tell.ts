import { unreachable } from "../../errors/bug.ts";
import type { FieldDiff, ResultEvent } from "../../run/events.ts";
import { bounded } from "../../text/bounded.ts";
import { formatDuration } from "../../text/duration.ts";
import { unifiedDiff } from "../../text/unified-diff.ts";
import { Secret } from "../../value/secret.ts";
import type { Value } from "../../value/value.ts";
import { formatValue } from "../format-value.ts";
import { itemLabel, spokenText } from "../render-result.ts";
import { type DiffRow, splitDiff } from "../split-diff.ts";
import type { Telling } from "../story.ts";
import { type Html, html, shownPlace, someOf } from "./text.ts";

export interface TellContext {
  readonly check: boolean;
  /** Name and anchor of a task by its id. */
  task(id: string): { readonly name: string; readonly anchor: string } | undefined;
}

/** One result, or several that are alike: what became of it, why, what differs, what was done. */
export function tell({ result, hosts, count }: Telling, context: TellContext): Html {
  const { status, reason, hint, mismatch = [], warnings, diff = [], steps = [] } = result;
  const bad = status === "failed" || status === "unreachable";
  const spoken = spokenText(result);
  const dry = context.check || result.certainty !== undefined;
  return html`<div class="tell ${status}">
<div><span class="s s-${status}">${dry && status === "changed" ? "would change" : status}</span> <b>${someOf(hosts, count, 12)}</b>${
    result.item !== undefined && html` <span class="mono">(${bounded(itemLabel(result.item))})</span>`
  } <span class="where">${notes(result, count)}</span>${causes(result, context)}</div>
${reason !== undefined && html`<p class="${bad ? "bad" : ""}">${bounded(reason)}</p>`}
${spoken !== undefined && spoken !== reason && html`<p>${bounded(spoken)}</p>`}
${mismatch.map(({ path, wanted, got }) => html`<p class="bad">after the change “${path}” is ${bounded(formatValue(got))}, wanted ${bounded(formatValue(wanted))}</p>`)}
${bad && html`<p class="where">at ${shownPlace(result.position)}</p>`}
${hint !== undefined && html`<p class="hint">hint: ${bounded(hint)}</p>`}
${warnings.map((warning) => html`<p class="warn">warning: ${bounded(warning)}</p>`)}
${diff.map(fieldDiff)}
${steps.length > 0 && html`<details><summary class="where">${steps.length} ${dry ? "to send" : "sent"}</summary><ul class="steps mono">${steps.slice(0, 200).map((step) => html`<li>${bounded(step)}</li>`)}${steps.length > 200 && html`<li>… and ${steps.length - 200} more</li>`}</ul></details>`}
</div>`;
}

function notes(result: ResultEvent, count: number): string {
  const { attempt, ignored, rescued, certainty, durationMs, on } = result;
  return [
    on !== undefined && on !== result.host && `on ${on}`,
    attempt > 1 && `attempt ${attempt}`,
    ignored === true && "ignored",
    rescued === true && "rescued",
    certainty === "assumed" && "assumed",
    count > 1 ? `${count} alike` : formatDuration(durationMs),
  ]
    .filter((note) => note !== false)
    .join(" · ");
}

/** What an assumed or deferred result hangs on, as links. */
function causes({ because = [], taskId }: ResultEvent, context: TellContext): Html | false {
  const others = [...new Set(because)].filter((id) => id !== taskId).slice(0, 5);
  if (others.length === 0) return false;
  const links = others.map((id, index) => {
    const cause = context.task(id);
    return html`${index > 0 && ", "}${cause ? html`<a href="#${cause.anchor}">${cause.name}</a>` : id}`;
  });
  return html` <span class="where">· hangs on ${links}</span>`;
}

function fieldDiff(diff: FieldDiff): Html {
  const path = bounded(diff.path);
  if (diff.secret === true || hidden(diff.before) || hidden(diff.after)) {
    return html`<p><code>${path}</code>: *** (changed)</p>`;
  }
  const text = diff.text ?? textOf(diff);
  if (text === undefined) {
    return html`<p><code>${path}</code>: <del>${side(diff.before)}</del> → <ins>${side(diff.after)}</ins></p>`;
  }
  return html`<p><code>${path}</code></p><table class="diff mono"><tbody>${splitDiff(text).slice(0, 400).map(row)}</tbody></table>`;
}

function row({ kind, before, after }: DiffRow): Html {
  switch (kind) {
    case "hunk":
    case "note":
      return html`<tr><td class="h" colspan="2">${before}</td></tr>`;
    case "same":
      return html`<tr class="same"><td>${before}</td><td>${after}</td></tr>`;
    case "changed":
      return html`<tr><td${before !== undefined && html` class="d"`}>${before}</td><td${after !== undefined && html` class="i"`}>${after}</td></tr>`;
    default:
      return unreachable(kind);
  }
}

function side(value: Value | undefined): string {
  return value === undefined || value === null ? "(none)" : bounded(formatValue(value));
}

function hidden(value: Value | undefined): boolean {
  return value instanceof Secret || value === "***";
}

function textOf({ before, after }: FieldDiff): string | undefined {
  const [from, to] = [before ?? "", after ?? ""];
  if (typeof from !== "string" || typeof to !== "string" || !`${from}${to}`.includes("\n")) return undefined;
  return unifiedDiff(from, to);
}
