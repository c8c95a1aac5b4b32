import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import type { Diagnostic } from "../../../engine/errors/diagnostic.ts";
import { formatDiagnostic } from "../../../engine/errors/format-diagnostic.ts";
import type { Module } from "../../../engine/module/define-module.ts";
import { parameterNames, shapeOf } from "../../../engine/plan/param-schema.ts";
import { renderResult } from "../../../engine/report/render-result.ts";
import type { ResultEvent } from "../../../engine/run/events.ts";
import { modules } from "../../support/all-modules.ts";
import { runSite, type SiteRun } from "../../support/run-site.ts";
import { createWorld, type Hosts } from "../../support/world.ts";

/**
 * Every module × every parameter × every value that nobody should write: what can be known is told before anything is
 * sent, with its place and in words; what is not becomes a result like any other. Never a fault of ours, never a host
 * that was changed by a task that was refused.
 */
const hostile: readonly (readonly [string, unknown])[] = [
  ["nothing", null],
  ["an empty text", ""],
  ["a blank", " "],
  ["a line break", "a\nb: c"],
  ["a NUL", "a\u0000b"],
  ["an option", "--help"],
  ["a substitution", "$(touch /pwned)"],
  ["quotes", `'"\`; touch /pwned #`],
  ["beyond ASCII", "ünï–😀\u202e"],
  ["a control sequence", "\u001b[2J\u0007"],
  ["half a character", "\ud800"],
  ["a way up", "../../etc/passwd"],
  ["a root", "/"],
  ["a name of JavaScript", "__proto__"],
  // More than an argument of a command may be (128 KiB), and of a line in many files.
  ["a long text", "x".repeat(Number(process.env.LAB_HOSTILE_LENGTH ?? 140_000))],
  ["a negative number", -1],
  ["zero", 0],
  ["a large number", 9_007_199_254_740_991],
  ["a fraction", 1.5],
  ["a boolean", true],
  ["an empty list", []],
  ["a list of odd things", [null, "", { a: [] }, -1, "--help"]],
  ["an empty map", {}],
  ["a map of odd things", { "": null, constructor: { "--help": ["$(id)"] }, "a\nb": 1 }],
];

const hosts: Hosts = { h1: { packages: ["curl", "git", "acl"] } };
const site = {
  "templates/motd.hbs": "welcome\n",
  "templates/example.conf.hbs": "answer = 42\n",
  "files/hello.tar": "no archive",
};

/** A task a line, from the fourth on. JSON is YAML, and says each character without doubt. */
const playOf = (module: Module, all: readonly unknown[]) =>
  `- name: play\n  hosts: all\n  tasks:\n${all.map((params) => `    - ${JSON.stringify({ name: "it", [module.name]: params })}\n`).join("")}`;

const play = (module: Module, params: unknown, check: boolean): Promise<SiteRun> =>
  runSite({ files: { ...site, "site.yml": playOf(module, [params]) }, world: createWorld(hosts), check });

/** Words of zod and of JavaScript, which say nothing to those who write playbooks. */
const jargon =
  /Invalid input|Too (small|big)|\bzod\b|ZodError|\[object |\bNaN\b|\bundefined\b(?!-variable)|expected (string|record|array|object)\b|Cannot read prop|is not a function|is not iterable|\.ts:\d|Unrecognized key/i;

/** A text as a user reads it in a terminal of 80 columns. */
function unclear(text: string): string[] {
  const shown = JSON.stringify(text.slice(0, 300));
  return [
    ...(jargon.test(text) ? [`speaks of the machinery: ${shown}`] : []),
    ...(text.length > 40_000 ? [`is ${text.length} characters long: ${shown}`] : []),
    ...(/[\u0000-\u0009\u000b-\u001f\u007f]/.test(text) ? [`has control characters: ${shown}`] : []),
  ];
}

function unclearDiagnostic(diagnostic: Diagnostic): string[] {
  return [
    ...unclear(formatDiagnostic(diagnostic, { source: () => undefined, colour: false, width: 80 })),
    ...(diagnostic.message.trim() === "" ? ["says nothing"] : []),
    ...(diagnostic.place?.file === "site.yml" ? [] : [`has no place: ${diagnostic.message}`]),
  ];
}

function unclearResult(result: ResultEvent, check: boolean): string[] {
  // What it says is what somebody wants to read, however long.
  if (result.module === "debug") return [];
  const look = { colour: false, diff: true, profile: false, verbosity: 0, source: () => undefined };
  const lines = renderResult(result, { look, paint: (_, text) => text, width: 80, check, taskName: (id) => id });
  return unclear(lines.join("\n"));
}

/** What is told of each before anything is sent; null of those about which nothing can be said yet. */
async function told(module: Module, all: readonly unknown[]): Promise<readonly (readonly string[] | null)[]> {
  // The last task is wrong in any case, so that nothing is run.
  const text = `${playOf(module, all)}    - no_such_module: {}\n`;
  const { diagnostics, results, exitCode } = await runSite({ files: { ...site, "site.yml": text } });
  expect([exitCode, results]).toEqual([1, []]);
  return all.map((_, index) => {
    const own = diagnostics.filter(({ place, severity }) => place?.line === index + 4 && severity !== "warning");
    return own.length === 0 ? null : own.flatMap(unclearDiagnostic);
  });
}

/** What is not as it shall be, with parameters that the schema takes. */
async function troubles(module: Module, params: unknown): Promise<readonly string[]> {
  const check = await play(module, params, true);
  if (check.after !== check.before) return ["a check has changed the host"];
  if (check.faults.length > 0 || check.exitCode === 70) return [`a fault in check mode: ${check.faults.join()}`];
  if (check.exitCode === 1) return ["nothing was told at first"];
  const run = await play(module, params, false);
  if (run.faults.length > 0 || run.exitCode === 70) return [`a fault: ${run.faults.join()}`];
  const sent = run.results.some(({ steps }) => steps !== undefined && steps.length > 0);
  const refused = run.results.some(({ status }) => status === "failed") && !sent;
  return [
    ...(refused && module.kind !== "controller" && run.after !== run.before ? ["was refused and has changed it"] : []),
    ...(Object.hasOwn(run.world.host("h1").files, "/pwned") ? ["was executed"] : []),
    ...check.results.flatMap((result) => unclearResult(result, true)),
    ...run.results.flatMap((result) => unclearResult(result, false)),
  ];
}

const only = process.env.LAB_HOSTILE_MODULE;

// `set_fact` takes any name.
const named = modules.filter(({ params }) => parameterNames(shapeOf(params)).length > 0);

describe.each(
  named
    .filter(({ name }) => only === undefined || only.split(",").includes(name))
    .map((module) => ({ name: module.name, module })),
)("$name", ({ module }) => {
  const example: unknown = Object.values(parse(module.examples[0]) ?? {})[0];
  const base =
    typeof example === "object" && example !== null && !Array.isArray(example)
      ? example
      : module.shorthand === undefined
        ? {}
        : { [module.shorthand]: example };
  const parameters = parameterNames(shapeOf(module.params));

  test.each(parameters)("%s", async (parameter) => {
    const all = hostile.map(([, value]) => ({ ...base, [parameter]: value }));
    const found: string[] = [];
    for (const [index, early] of (await told(module, all)).entries()) {
      const troubled = early ?? (await troubles(module, all[index]));
      found.push(...[...new Set(troubled)].map((each) => `${parameter} is ${hostile[index]?.[0]}: ${each}`));
    }
    expect(found).toEqual([]);
  });
});
