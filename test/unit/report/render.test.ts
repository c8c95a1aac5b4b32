import { describe, expect, test } from "vitest";
import { formatValue } from "../../../engine/report/format-value.ts";
import { createPaint, wantsColour } from "../../../engine/report/look.ts";
import { createPlainReporter } from "../../../engine/report/plain.ts";
import { renderDiff } from "../../../engine/report/render-diff.ts";
import type { FieldDiff, ResultEvent, RunEvent } from "../../../engine/run/events.ts";
import { Secret } from "../../../engine/value/secret.ts";
import { Unknown } from "../../../engine/value/unknown.ts";
import type { Value } from "../../../engine/value/value.ts";
import { changedRun } from "./recorded-runs.ts";
import { look, report } from "./reporter-suite.ts";

const values: [Value, string][] = [
  ["plain text: yes, [really]", "plain text: yes, [really]"],
  ["", '""'],
  ["1", '"1"'],
  ["0644", "0644"],
  ["1.5e3", '"1.5e3"'],
  ["true", '"true"'],
  ["(none)", '"(none)"'],
  ["known after apply", '"known after apply"'],
  ["two\nlines", '"two\\nlines"'],
  ["\u001b[2J", "␛[2J"],
  [" \u009b2J", '" �2J"'],
  [1, "1"],
  [null, "null"],
  [[], "[]"],
  [{}, "{}"],
  [["a", "b, c", { d: [1, null] }], '[a, "b, c", { d: [1, null] }]'],
  [new Secret("hunter22"), "***"],
  [{ token: new Secret("hunter22") }, "{ token: *** }"],
  [new Unknown(""), "known after apply"],
  [[new Unknown("the id")], "[known after apply (the id)]"],
];
test.each(values)("a value on one line: %j", (value, text) => {
  expect(formatValue(value)).toBe(text);
});

describe("a field that changes", () => {
  const cases: [string, FieldDiff, string[]][] = [
    ["short", { path: "mode", before: "0644", after: "0600" }, ["mode: 0644 → 0600"]],
    ["new", { path: "size", after: 5 }, ["size: (none) → 5"]],
    ["gone", { path: "size", before: 5, after: null }, ["size: 5 → (none)"]],
    ["a word and a number", { path: "id", before: 1, after: "1" }, ['id: 1 → "1"']],
    ["secret", { path: "key", secret: true }, ["key: *** (changed)"]],
    ["secret on one side", { path: "key", before: "old", after: new Secret("x") }, ["key: *** (changed)"]],
    ["redacted on one side", { path: "key", before: "***", after: "new" }, ["key: *** (changed)"]],
    ["unknown", { path: "v", before: "1.0.2", after: new Unknown("") }, ["v: 1.0.2 → known after apply"]],
    [
      "long",
      { path: "list", before: ["one", "two", "three"], after: ["one", "two", "three", "four", "five"] },
      ["list:", "  - [one, two, three]", "  + [one, two, three, four,", "    five]"],
    ],
    [
      "a text of several lines",
      { path: "text", before: "a\nb\n", after: "a\nc\n" },
      ["text:", "  --- before", "  +++ after", "  @@ -1,2 +1,2 @@", "   a", "  -b", "  +c"],
    ],
    ["a diff with control characters", { path: "text", text: "+\u001b[2J" }, ["text:", "  +␛[2J"]],
  ];
  test.each(cases)("%s", (_, diff, lines) => {
    expect(renderDiff(diff, 30, createPaint(false))).toEqual(lines);
  });
});

test.each([
  [{}, true, true],
  [{}, false, false],
  [{ NO_COLOR: "1" }, true, false],
  [{ NO_COLOR: "" }, true, true],
  [{ FORCE_COLOR: "1" }, false, true],
  [{ FORCE_COLOR: "", NO_COLOR: "1" }, false, true],
  [{ FORCE_COLOR: "0" }, true, false],
  [{ TERM: "dumb" }, true, false],
])("with %j and a terminal: %j, colours: %j", (env, terminal, colours) => {
  expect(wantsColour(env, terminal)).toBe(colours);
});

test("the sum of a loop is left out, unless it forgives what an item could not", async () => {
  const started = changedRun.slice(0, 3);
  const template = changedRun.find((event): event is ResultEvent => event.type === "result");
  if (template === undefined) throw new Error("no result in the recorded run");
  const results: ResultEvent[] = [
    { ...template, kind: "item", item: "a", index: 0, status: "failed", reason: "no space left" },
    { ...template, status: "failed", reason: "1 of 1 items failed", ignored: true },
    { ...template, host: "pve2", kind: "item", item: "a", index: 0, status: "ok" },
    { ...template, host: "pve2", status: "ok" },
  ];
  const events: RunEvent[] = [...started, ...results];
  const lines = (await report((output) => createPlainReporter(output, look), events)).lines();
  expect(lines.slice(3)).toEqual([
    "  failed    pve1  (a)",
    "    no space left",
    "    at playbooks/site.yml:9:7",
    "  failed    pve1  ignored",
    "  ok        pve2  (a)",
  ]);
});
