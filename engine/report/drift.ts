import { formatDiagnostic } from "../errors/format-diagnostic.ts";
import type { ResultEvent, RunEvent, TaskStarted } from "../run/events.ts";
import { indent } from "../text/indent.ts";
import { plural } from "../text/plural.ts";
import { printable } from "../text/printable.ts";
import { shorten } from "../text/shorten.ts";
import { wrap } from "../text/wrap.ts";
import { createPaint, type Look, type Tone } from "./look.ts";
import { flush, type Output } from "./output.ts";
import { renderDiff } from "./render-diff.ts";
import { itemLabel } from "./render-result.ts";
import type { Reporter } from "./reporter.ts";

/** What differs from what playbooks say, host by host, and nothing else. It is told at the end: a host's tasks belong together. */
export function createDriftReporter(output: Output, look: Look): Reporter {
  const paint = createPaint(look.colour);
  const byHost = new Map<string, ResultEvent[]>();
  const names = new Map<string, string>();
  const looked = new Set<string>();
  const width = (): number => Math.max(output.columns ?? 80, 20);

  return {
    on(event: RunEvent) {
      if (event.type === "task") names.set(event.id, nameOf(event));
      else if (event.type === "warning")
        output.write(`${formatDiagnostic(event.diagnostic, { ...look, width: width() })}\n\n`);
      else if (event.type === "result") note(event);
      else if (event.type === "recap") output.write(`${report().join("\n")}\n`);
    },
    end: () => flush(output),
  };

  function note(event: ResultEvent): void {
    looked.add(event.host);
    // What a rescue has mended, or nobody minds, is no failure: the exit status says so, too.
    if (event.status === "ok" || event.status === "skipped" || event.ignored === true || event.rescued === true) return;
    const events = byHost.get(event.host) ?? [];
    // The sum of a loop says nothing after its items.
    const told = event.kind !== "item" && events.some((each) => each.kind === "item" && each.taskId === event.taskId);
    if (!told) byHost.set(event.host, [...events, event]);
  }

  function report(): readonly string[] {
    const hosts = [...byHost].flatMap(([host, events]) => [
      paint("bold", printable(host)),
      ...events.flatMap((event) => indent(lines(event), 2)),
      "",
    ]);
    const count = (...wanted: readonly string[]): number =>
      [...byHost.values()].flat().filter(({ status }) => wanted.includes(status)).length;
    const changed = count("changed");
    const parts: readonly (readonly [Tone, string])[] = [
      ...(changed > 0 ? [["yellow", `${plural(changed, "task")} drifted`] as const] : []),
      ...(count("deferred") > 0 ? [["magenta", `${count("deferred")} not decided`] as const] : []),
      ...(count("failed") > 0 ? [["red", `${count("failed")} failed`] as const] : []),
      ...(count("unreachable") > 0 ? [["red", `${count("unreachable")} unreachable`] as const] : []),
    ];
    const what =
      parts.length === 0
        ? paint("green", "nothing has drifted")
        : parts.map(([tone, text]) => paint(tone, text)).join(", ");
    return [...hosts, `${plural(looked.size, "host")}: ${what}`];
  }

  function lines(event: ResultEvent): string[] {
    const item = event.item === undefined ? "" : ` (${itemLabel(event.item)})`;
    const place = `${event.position.file}:${event.position.line}`;
    const room = width() - 4;
    const head = shorten(
      printable(`${names.get(event.taskId) ?? event.name}${item}`),
      Math.max(20, room - place.length - 2),
    );
    const out = [`${head}  ${paint("dim", place)}`];
    if (event.status !== "changed") {
      const tone = event.status === "deferred" ? "magenta" : "red";
      const said = event.reason === undefined ? event.status : `${event.status}: ${event.reason}`;
      return [...out, ...wrap(printable(said), room - 2).map((line) => `  ${paint(tone, line)}`)];
    }
    const diffs = (event.diff ?? []).flatMap((diff) => renderDiff(diff, room - 2, paint));
    // What is done each time has no before and after: its steps say what it is.
    const shown =
      diffs.length > 0 ? diffs : (event.steps ?? []).flatMap((step) => wrap(printable(`would: ${step}`), room - 2));
    return [...out, ...indent(shown, 2)];
  }
}

function nameOf({ name, role }: TaskStarted): string {
  return role === undefined ? name : `[${role}] ${name}`;
}
