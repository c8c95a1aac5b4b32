import { formatDiagnostic } from "../errors/format-diagnostic.ts";
import type { HostEvent, ResultEvent, RunEvent } from "../run/events.ts";
import { indent } from "../text/indent.ts";
import { plural } from "../text/plural.ts";
import { printable } from "../text/printable.ts";
import { isMap, type Value, type ValueMap } from "../value/value.ts";
import { formatValue } from "./format-value.ts";
import { createPaint, type Look } from "./look.ts";
import { flush, type Output } from "./output.ts";
import { renderResult, toneOf } from "./render-result.ts";
import type { Reporter } from "./reporter.ts";

/** For one task on many hosts: host after host with what it answered, as soon as it has. */
export function createAdHocReporter(output: Output, look: Look): Reporter {
  const paint = createPaint(look.colour);
  const counts = new Map<string, number>();
  let check = false;
  let first = true;
  const width = (): number => Math.max(output.columns ?? 80, 20);

  /** Blocks are parted by an empty line. */
  const print = (lines: readonly string[]): void => {
    if (lines.length === 0) return;
    output.write(`${first ? "" : "\n"}${lines.join("\n")}\n`);
    first = false;
  };

  return {
    on(event: RunEvent) {
      if (event.type === "run") {
        check = event.check;
        if (check) print([paint("bold", "CHECK: nothing is written")]);
      } else if (event.type === "warning") {
        print(formatDiagnostic(event.diagnostic, { ...look, width: width() }).split("\n"));
      } else if (event.type === "host" && event.event === "unreachable") {
        print(lost(event));
      } else if (event.type === "progress" && look.verbosity > 0) {
        print([`  ${printable(event.host)}  ${printable(event.text)}`]);
      } else if (event.type === "result" && event.kind !== "item") {
        const word = check && event.status === "changed" ? "would change" : event.status;
        counts.set(word, (counts.get(word) ?? 0) + 1);
        // The host's own event tells why.
        if (event.status !== "unreachable") print(result(event));
      } else if (event.type === "recap" && Object.keys(event.hosts).length > 1) {
        const parts = [...counts].map(([status, count]) => `${count} ${status}`);
        print([
          paint("dim", `${plural(Object.keys(event.hosts).length, "host")}: ${parts.join(", ") || "nothing done"}`),
        ]);
      }
    },
    end: () => flush(output),
  };

  function result(event: ResultEvent): readonly string[] {
    const answer = commandAnswer(event.result);
    if (answer && !check && (event.status === "changed" || event.status === "ok" || event.status === "failed")) {
      const { rc, stdout, stderr } = answer;
      const bad = event.status === "failed";
      const head = `${paint("bold", printable(event.host))}  ${paint(toneOf[event.status], `rc ${rc}`)}`;
      // What the command printed is told as it is, without a margin: it is what was asked for.
      const told = bad && stdout === "" && stderr === "" ? [event.reason ?? "failed"] : [];
      return [
        head,
        ...linesOf(stdout),
        ...linesOf(stderr).map((line) => paint("red", line)),
        ...told.map((line) => printable(line)),
      ];
    }
    const context = { look, paint, width: width(), check, taskName: (id: string) => id };
    return [...renderResult(event, context), ...indent(resultLines(event), 4)];
  }

  /** A look's answer is what it was asked for; a change has told what it did. */
  function resultLines({ status, result: value, module, steps }: ResultEvent): string[] {
    if (status !== "ok" || module === "debug" || look.verbosity > 0 || !isMap(value)) return [];
    if ((steps?.length ?? 0) > 0) return [];
    return Object.entries(value).map(([key, each]) => `${printable(key)}: ${formatValue(each)}`);
  }

  function lost({ name, reason, hint }: HostEvent): readonly string[] {
    return [
      `${paint("bold", printable(name))}  ${paint("red", "unreachable")}`,
      ...(reason === undefined ? [] : [`  ${printable(reason)}`]),
      ...(hint === undefined ? [] : [`  ${paint("cyan", "hint:")} ${printable(hint)}`]),
    ];
  }
}

function commandAnswer(
  value: Value | undefined,
): { readonly rc: number; readonly stdout: string; readonly stderr: string } | undefined {
  if (!isMap(value)) return undefined;
  const { rc, stdout, stderr }: ValueMap = value;
  const texts = typeof stdout === "string" && typeof stderr === "string";
  return typeof rc === "number" && texts ? { rc, stdout, stderr } : undefined;
}

function linesOf(text: string): readonly string[] {
  return text === "" ? [] : printable(text).split("\n");
}
