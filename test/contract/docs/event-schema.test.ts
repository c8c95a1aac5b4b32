import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { createJsonlReporter } from "../../../engine/report/jsonl.ts";
import type { RunEvent } from "../../../engine/run/events.ts";
import { eventJsonSchema, eventSchema, schemaIsThatOfTheSources } from "../../support/event-schema.ts";
import { inventoryOf, type RunRequest, runSite, tasksSite } from "../../support/run-site.ts";
import { changedRun, checkRun, failedRun, utf8Run } from "../../unit/report/recorded-runs.ts";

const path = resolve(import.meta.dirname, "../../../docs/events.schema.json");

async function linesOf(events: readonly RunEvent[]): Promise<readonly unknown[]> {
  const lines: string[] = [];
  const output = {
    write(text: string, done?: () => void) {
      done?.();
      return lines.push(text) > 0;
    },
  };
  const reporter = createJsonlReporter(output, { now: () => new Date("2026-01-02T03:04:05Z"), verbosity: 3 });
  for (const event of events) reporter.on(event);
  await reporter.end();
  return lines
    .join("")
    .trimEnd()
    .split("\n")
    .map((line): unknown => JSON.parse(line));
}

function faults(lines: readonly unknown[]): readonly string[] {
  return lines.flatMap((line) => {
    const { success, error } = eventSchema.safeParse(line);
    return success ? [] : [`${JSON.stringify(line).slice(0, 200)}: ${JSON.stringify(error.issues)}`];
  });
}

const tasks = `
- name: A loop
  file: { path: "/srv/{{ item }}", state: directory }
  loop: [a, b]
  notify: told
- command: cat /nothing
  reads: true
  ignore_errors: true
- block:
    - fail: { msg: now }
  rescue:
    - debug: { msg: rescued }
- copy: { dest: /etc/motd, content: "one\\ntwo\\n" }
- service: { name: nothing, state: started }
`;
const play = "  serial: 1\n  handlers:\n    - name: told\n      debug: { msg: told }\n";

describe("docs/events.schema.json", () => {
  it("is what the sources say", async () => {
    expect(schemaIsThatOfTheSources).toBe(true);
    await expect(`${JSON.stringify(eventJsonSchema(), null, 2)}\n`).toMatchFileSnapshot(path);
  });

  it.each([
    ["changed", changedRun],
    ["check", checkRun],
    ["failed", failedRun],
    ["utf8", utf8Run],
  ])("knows every line of the recorded %s run", async (_, events) => {
    expect(faults(await linesOf(events))).toEqual([]);
  });

  it.each([false, true])("knows every line of a run (check: %s)", async (check) => {
    const request: RunRequest = {
      check,
      files: { ...tasksSite(tasks, play), "inventory/hosts.yml": inventoryOf("h1", "h2") },
    };
    const { events, diagnostics } = await runSite(request);
    expect(diagnostics.filter(({ severity }) => severity !== "warning")).toEqual([]);
    const lines = await linesOf(events);
    expect(lines.length).toBeGreaterThan(15);
    expect(faults(lines)).toEqual([]);
  });

  it("refuses a line with a field that nobody knows, or without one that it must have", async () => {
    const [line] = await linesOf(changedRun);
    expect(faults([{ ...(line as object), more: 1 }])).toHaveLength(1);
    const { hosts, ...less } = line as { hosts: unknown };
    expect(hosts).toBeDefined();
    expect(faults([less])).toHaveLength(1);
  });
});
