import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { createJsonlReporter } from "../../../engine/report/jsonl.ts";
import { runSite, tasksSite } from "../../support/run-site.ts";

const repository = resolve(import.meta.dirname, "../../..");
const page = readFileSync(join(repository, "docs/events.md"), "utf8");
const source = readFileSync(join(repository, "engine/run/events.ts"), "utf8");

/** Heading → fields, `?` included. */
const documented = new Map(
  page
    .split(/^## /m)
    .slice(1)
    .map((section) => [
      section.split("\n")[0] ?? "",
      [...section.matchAll(/^\| `(\w+\??)` \|/gm)].map(([, field = ""]) => field),
    ]),
);
/** Type of event → fields of its interface. */
const declared = new Map(
  [...source.matchAll(/export interface \w+ \{\n {2}readonly type: "(\w+)";\n([\s\S]*?)\n\}/g)].map(
    ([, type = "", body = ""]) => [
      type,
      [...body.matchAll(/^ {2}readonly (\w+\??):/gm)].map(([, field = ""]) => field),
    ],
  ),
);

describe("docs/events.md", () => {
  it("has every type and field of the sources, and no other", () => {
    expect(declared.size).toBeGreaterThan(9);
    const types = new Map([...documented].filter(([type]) => type !== "Every line"));
    expect(Object.fromEntries(types)).toEqual(Object.fromEntries(declared));
    const recap = [
      ...(/export interface HostRecap \{\n([\s\S]*?)\n\}/.exec(source)?.[1] ?? "").matchAll(/readonly (\w+):/g),
    ];
    expect(recap.length).toBeGreaterThan(10);
    for (const [, field] of recap) expect(page).toContain(`\`${field}\``);
  });

  it.each([false, true])("knows every field that a run tells (check: %s)", async (check) => {
    const { events, diagnostics } = await runSite({
      check,
      files: tasksSite(
        `- name: A loop
  file: { path: "/srv/{{ item }}", state: directory }
  loop: [a, b]
  notify: told
- command: cat /nothing
  reads: true
  ignore_errors: true
- include_tasks: "{{ which }}.yml"
  vars: { which: more }
- service: { name: nothing, state: started }
`,
        "  handlers:\n    - name: told\n      debug: { msg: told }\n",
      ),
    });
    expect(diagnostics).toEqual([]);
    const lines: string[] = [];
    const output = {
      write(text: string, done?: () => void) {
        lines.push(text);
        done?.();
        return true;
      },
    };
    const reporter = createJsonlReporter(output, { now: () => new Date("2026-01-02T03:04:05Z"), verbosity: 3 });
    for (const event of events) reporter.on(event);
    await reporter.end();
    const told = lines
      .join("")
      .trimEnd()
      .split("\n")
      .map((line): Record<string, unknown> => JSON.parse(line));
    expect(told.length).toBeGreaterThan(8);
    for (const line of told) {
      const fields = [...(documented.get("Every line") ?? []), ...(documented.get(String(line.type)) ?? [])];
      const optional = fields.map((field) => field.replace("?", ""));
      expect(
        Object.keys(line).filter((field) => !optional.includes(field)),
        String(line.type),
      ).toEqual([]);
      const missing = fields.filter((field) => !field.endsWith("?") && !(field in line));
      expect(missing, String(line.type)).toEqual([]);
    }
  });
});
