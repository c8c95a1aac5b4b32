import { unreachable } from "../errors/bug.ts";
import { formatDiagnostic } from "../errors/format-diagnostic.ts";
import type {
  HostEvent,
  IncludeExpanded,
  PlayStarted,
  ProgressEvent,
  ResultEvent,
  RunEvent,
  TaskStarted,
} from "../run/events.ts";
import { plural } from "../text/plural.ts";
import { printable } from "../text/printable.ts";
import { shorten } from "../text/shorten.ts";
import { wrap } from "../text/wrap.ts";
import { createPaint, type Look } from "./look.ts";
import { renderRecap } from "./render-recap.ts";
import { renderHead, renderResult, spokenText } from "./render-result.ts";
import { renderTrip } from "./render-trip.ts";
import { createTaskTimes } from "./task-times.ts";

/** A table that fits on a screen. */
const mostTasks = 10;

export interface Transcript {
  /** The lines that this event adds to the report, for a terminal of so many columns. */
  lines(event: RunEvent, width: number): string[];
}

/**
 * The report as lines that stay. `onlyNews` leaves out what is as it should be, and the headers above it: for a
 * terminal, where the live part shows that.
 */
export function createTranscript(look: Look, onlyNews: boolean): Transcript {
  const paint = createPaint(look.colour);
  const tasks = new Map<string, TaskStarted | IncludeExpanded>();
  /** Per task and host: the statuses of the loop's items so far. */
  const items = new Map<string, Set<string>>();
  const lost = new Set<string>();
  /** Per task and host: how many tenths of a job have been told of. */
  const tenths = new Map<string, number>();
  const times = createTaskTimes();
  let headed: string | undefined;
  let check = false;

  const context = (width: number) => ({
    look,
    paint,
    width,
    check,
    taskName: (id: string) => tasks.get(id)?.name ?? id,
  });

  return {
    lines(event, width) {
      switch (event.type) {
        case "run":
          check = event.check;
          return check ? [paint("bold", "CHECK: nothing is written")] : [];
        case "play":
          headed = undefined;
          items.clear();
          return playLines(event, width);
        case "task":
          tasks.set(event.id, event);
          return onlyNews ? [] : taskHeader(event, width);
        case "include":
          tasks.set(event.id, event);
          return look.verbosity > 0 ? wrap(`  included  ${onHost(event.host)}${printable(event.name)}`, width) : [];
        case "block":
          return look.verbosity > 0 ? wrap(`  block  ${onHost(event.host)}${printable(event.name)}`, width) : [];
        case "host":
          return hostLines(event, width);
        case "result":
          times.on(event);
          return resultLines(event, width);
        case "step":
          if (look.verbosity === 0) return [];
          return wrap(`    ${event.state}  ${printable(event.host)}  ${printable(event.step)}`, width);
        case "trip":
          return look.verbosity > 1 ? renderTrip(event, { look, paint, width }) : [];
        case "progress":
          return onlyNews ? [] : progressLines(event, width);
        case "notify":
          if (look.verbosity === 0) return [];
          return wrap(`    notification ${event.state}  ${printable(event.host)}  ${printable(event.handler)}`, width);
        case "warning":
          return ["", ...formatDiagnostic(event.diagnostic, { ...look, width }).split("\n")];
        case "recap":
          return renderRecap(event, context(width), times.longest(mostTasks));
        default:
          return unreachable(event);
      }
    },
  };

  /** Each further tenth, or all there is with `-v`: a log of a night's work stays short. */
  function progressLines(event: ProgressEvent, width: number): string[] {
    // Tries are told one by one, and of very many each tenth.
    if (event.attempt !== undefined) {
      const { number, of } = event.attempt;
      const worth = look.verbosity > 0 || number <= 10 || number % Math.ceil(of / 10) === 0;
      return worth ? wrap(`  retrying  ${printable(event.host)}  ${printable(event.text)}`, width) : [];
    }
    const key = `${event.taskId} ${event.host}`;
    const tenth = event.fraction === undefined ? -1 : Math.floor(event.fraction * 10);
    if (look.verbosity === 0 && tenth <= (tenths.get(key) ?? -1)) return [];
    tenths.set(key, tenth);
    const share = event.fraction === undefined ? "" : `${Math.floor(event.fraction * 100)} %  `;
    return wrap(`  progress  ${printable(event.host)}  ${share}${printable(event.text)}`, width);
  }

  function playLines(event: PlayStarted, width: number): string[] {
    const batch = event.batch === undefined ? "" : `batch ${event.batch.number} of ${event.batch.of} · `;
    const hosts = batch + plural(event.hosts.length, "host");
    const name = shorten(`PLAY ${printable(event.name)}`, width - hosts.length - 3);
    return ["", `${paint("bold", name)} · ${hosts}`];
  }

  function taskHeader(event: TaskStarted | ResultEvent, width: number): string[] {
    headed = event.type === "task" ? event.id : event.taskId;
    const kind = event.kind === "handler" ? "HANDLER" : "TASK";
    const role = event.role === undefined ? "" : `[${printable(event.role)}] `;
    return ["", paint("bold", shorten(`${kind} ${role}${printable(event.name)}`, width))];
  }

  /** Strategies let hosts run ahead of one another, so a result may belong to another task than the last header. */
  function headerFor(event: ResultEvent, width: number): string[] {
    if (headed === event.taskId) return [];
    const started = tasks.get(event.taskId);
    return taskHeader(started?.type === "task" ? started : event, width);
  }

  /** Without what was said before. */
  function headLine(event: ResultEvent, width: number): string[] {
    return [...headerFor(event, width), ...renderHead(event, context(width))];
  }

  function resultLines(event: ResultEvent, width: number): string[] {
    const loop = `${event.taskId} ${event.host}`;
    if (event.kind === "item") {
      items.set(loop, (items.get(loop) ?? new Set()).add(event.status));
    } else {
      const told = items.get(loop)?.has(event.status) ?? false;
      items.delete(loop);
      // The sum of a loop says nothing new after an item with the same status was shown; unless the failure was forgiven.
      if (told) return event.ignored === true || event.rescued === true ? headLine(event, width) : [];
    }
    if (onlyNews && asItShouldBe(event)) return [];
    if (event.status === "unreachable") {
      if (lost.has(event.host)) {
        return onlyNews ? [] : headLine(event, width);
      }
      lost.add(event.host);
    }
    return [...headerFor(event, width), ...renderResult(event, context(width))];
  }

  function hostLines(event: HostEvent, width: number): string[] {
    if (event.event !== "unreachable") {
      return look.verbosity > 0 ? wrap(`  ${event.event}  ${printable(event.name)}`, width) : [];
    }
    if (lost.has(event.name)) return [];
    lost.add(event.name);
    const lines = [paint("red", shorten(`  unreachable  ${printable(event.name)}`, width))];
    const detail = (text: string, tone: "red" | "cyan") => {
      for (const line of wrap(printable(text), width - 4)) lines.push(`    ${paint(tone, line)}`);
    };
    if (event.reason !== undefined) detail(event.reason, "red");
    if (event.hint !== undefined) detail(`hint: ${event.hint}`, "cyan");
    return lines;
  }
}

function asItShouldBe(event: ResultEvent): boolean {
  if (event.status !== "ok" && event.status !== "skipped") return false;
  return event.warnings.length === 0 && spokenText(event) === undefined;
}

function onHost(host: string | undefined): string {
  return host === undefined ? "" : `${printable(host)}  `;
}
