import { stripVTControlCharacters } from "node:util";
import type { ResultEvent, RunEvent } from "../run/events.ts";
import { escapeXml } from "../text/escape-xml.ts";
import { plural } from "../text/plural.ts";
import { unifiedDiff } from "../text/unified-diff.ts";
import { formatValue } from "./format-value.ts";
import { itemLabel, spokenText } from "./render-result.ts";
import type { Reporter } from "./reporter.ts";

export interface JunitOptions {
  now(): Date;
  /** Takes the document, once, when the run ends, however it ends. */
  write(text: string): void;
}

interface Suite {
  readonly host: string;
  readonly cases: string[];
  readonly names: Map<string, number>;
  failures: number;
  errors: number;
  skipped: number;
  ms: number;
  /** What is told of the items of the loop that is under way, by task. */
  readonly items: Map<string, string[]>;
}

// Servers of CI keep such files in memory and show them in a browser.
const most = { body: 64_000, all: 30_000_000 } as const;

/**
 * JUnit's XML, as Jenkins and GitLab read it: a suite for each host, a case for each task on it. The class is the play and
 * the role, so that they stand together; the name has the host in front, since both servers tell cases apart by class and
 * name alone.
 */
export function createJunitReporter({ now, write }: JunitOptions): Reporter {
  const suites = new Map<string, Suite>();
  let play = "";
  let title = "lab";
  let check = false;
  let started: Date | undefined;
  let total = 0;
  let ended = false;

  const suiteOf = (host: string): Suite => {
    const suite: Suite = suites.get(host) ?? {
      host,
      cases: [],
      names: new Map(),
      failures: 0,
      errors: 0,
      skipped: 0,
      ms: 0,
      items: new Map(),
    };
    suites.set(host, suite);
    return suite;
  };

  const onResult = (event: ResultEvent): void => {
    const suite = suiteOf(event.host);
    if (event.kind === "item") {
      const told = suite.items.get(event.taskId) ?? [];
      const details = detailsOf(event, check);
      const label = event.item === undefined ? "" : ` (${itemLabel(event.item)})`;
      if (event.status !== "ok" && event.status !== "skipped") told.push(`${event.status}${label}`, ...details);
      suite.items.set(event.taskId, told.slice(0, 2000));
      return;
    }
    const items = suite.items.get(event.taskId) ?? [];
    suite.items.delete(event.taskId);
    suite.ms += event.durationMs;
    suite.cases.push(caseOf(event, suite, [...detailsOf(event, check), ...items]));
  };

  const caseOf = (event: ResultEvent, suite: Suite, details: readonly string[]): string => {
    const { status, position, ignored, rescued } = event;
    const name = nameOf(event, suite);
    const classname = [play, event.role]
      .flatMap((each) => (each === undefined ? [] : each.replaceAll(".", "_")))
      .join(".");
    const attributes = [
      ["name", `[${event.host}] ${name}`],
      ["classname", classname],
      ["time", seconds(event.durationMs)],
    ] as const;
    const open = `    <testcase${attributes.map(([key, value]) => ` ${key}="${attribute(value)}"`).join("")}`;
    const where = `at ${position.file}:${position.line}:${position.column}`;
    const reason = event.reason ?? status;
    const forgiven = ignored === true || rescued === true;
    if (status === "failed" && !forgiven) {
      suite.failures += 1;
      return `${open}>\n      <failure message="${attribute(reason)}" type="failed">${body([where, ...details])}</failure>\n    </testcase>`;
    }
    if (status === "unreachable" && !forgiven) {
      suite.errors += 1;
      return `${open}>\n      <error message="${attribute(reason)}" type="unreachable">${body([where, ...details])}</error>\n    </testcase>`;
    }
    if (status === "skipped" || status === "deferred") {
      suite.skipped += 1;
      const message = status === "deferred" ? `deferred: ${event.reason ?? "known when the play runs"}` : reason;
      return `${open}>\n      <skipped message="${attribute(message)}">${body([where])}</skipped>\n    </testcase>`;
    }
    const said = forgiven ? [`failed, ${ignored ? "ignored" : "rescued"}`, where, ...details] : [where, ...details];
    return `${open}>\n      <system-out>${body(said)}</system-out>\n    </testcase>`;
  };

  /** All that is written together has a limit, too: a thousand hosts may each have much to say. */
  const body = (lines: readonly string[]): string => {
    const text = plain(lines.join("\n"));
    const room = Math.max(200, Math.min(most.body, most.all - total));
    const cut = text.length <= room ? text : `${text.slice(0, room)}\n… (${text.length} characters in all)`;
    total += cut.length;
    return escapeXml(cut);
  };

  return {
    on(event: RunEvent) {
      started ??= now();
      switch (event.type) {
        case "run":
          title = event.playbooks.join(", ");
          check = event.check;
          for (const host of event.hosts) suiteOf(host);
          return;
        case "play":
          play = event.name;
          return;
        case "result":
          onResult(event);
          return;
        case "recap":
          // Interrupted, or ended by a fault of ours.
          ended = event.exitCode !== 130 && event.exitCode !== 70;
          return;
        default:
          return;
      }
    },
    async end() {
      const all = [...suites.values()];
      const sum = (field: "failures" | "errors" | "skipped" | "ms"): number =>
        all.reduce((count, suite) => count + suite[field], 0);
      const cases = all.reduce((count, suite) => count + suite.cases.length, 0);
      const time = (started ?? now()).toISOString().slice(0, 19);
      const counts = (tests: number, failures: number, errors: number, skipped: number, ms: number): string =>
        `tests="${tests}" failures="${failures}" errors="${errors}" skipped="${skipped}" time="${seconds(ms)}"`;
      // A run that was cut off has no failure to show, and must not look like one that went well.
      const cut = ended ? 0 : 1;
      const cutOff = ended
        ? []
        : [
            `  <testsuite name="run" ${counts(1, 0, 1, 0, 0)} timestamp="${time}">`,
            `    <testcase name="the run was cut off" classname="${attribute(title)}" time="0.000">`,
            `      <error message="the run was cut off: what came after is not known" type="cut-off"/>`,
            "    </testcase>",
            "  </testsuite>",
          ];
      const lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        `<testsuites name="${attribute(title)}" tests="${cases + cut}" failures="${sum("failures")}" errors="${sum("errors") + cut}" time="${seconds(sum("ms"))}">`,
        ...all.flatMap((suite) => [
          `  <testsuite name="${attribute(suite.host)}" ${counts(suite.cases.length, suite.failures, suite.errors, suite.skipped, suite.ms)} timestamp="${time}" hostname="${attribute(suite.host)}">`,
          ...suite.cases,
          "  </testsuite>",
        ]),
        ...cutOff,
        "</testsuites>",
        "",
      ];
      write(lines.join("\n"));
    },
  };
}

/** The same name twice in a suite would be one case to most servers. */
function nameOf({ name, kind, role }: ResultEvent, { names }: Suite): string {
  const full = kind === "handler" ? `handler: ${name}` : name;
  const key = `${role ?? ""}\0${full}`;
  const count = (names.get(key) ?? 0) + 1;
  names.set(key, count);
  return count === 1 ? full : `${full} (${count})`;
}

/** What a reader of a red test needs: the reason, what differs, what was sent. */
function detailsOf(event: ResultEvent, check: boolean): readonly string[] {
  const { status, reason, hint, warnings, diff = [], mismatch = [], steps = [] } = event;
  const spoken = spokenText(event);
  const bad = status === "failed" || status === "unreachable";
  return [
    ...(bad && reason !== undefined ? [reason] : []),
    ...(spoken === undefined || spoken === reason ? [] : [spoken]),
    ...(status === "changed" ? [check ? "would change" : "changed"] : []),
    ...mismatch.map(
      ({ path, wanted, got }) => `after the change "${path}" is ${formatValue(got)}, wanted ${formatValue(wanted)}`,
    ),
    ...(hint === undefined ? [] : [`hint: ${hint}`]),
    ...warnings.map((warning) => `warning: ${warning}`),
    ...diff.map((each) => {
      if (each.secret === true || each.before === "***" || each.after === "***") return `${each.path}: *** (changed)`;
      const [before, after] = [each.before ?? null, each.after ?? null];
      const longer = [before, after].some((side) => typeof side === "string" && side.includes("\n"));
      const text = each.text ?? (longer ? unifiedDiff(String(before ?? ""), String(after ?? "")) : undefined);
      if (text !== undefined) return `${each.path}:\n${text}`;
      return `${each.path}: ${before === null ? "(none)" : formatValue(before)} → ${after === null ? "(none)" : formatValue(after)}`;
    }),
    ...(bad && steps.length > 0 ? [`${plural(steps.length, "step")}:`, ...steps.slice(0, 100)] : []),
  ];
}

function attribute(text: string): string {
  const line = plain(text).replace(/\s+/g, " ").trim();
  return escapeXml(line.length > 1000 ? `${line.slice(0, 1000)}…` : line);
}

/** Colours and cursor movements of a terminal say nothing in a file. */
function plain(text: string): string {
  return stripVTControlCharacters(text);
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}
