import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { createHtmlReporter } from "../../../engine/report/html-report.ts";
import { createJsonlReporter } from "../../../engine/report/jsonl.ts";
import { createJunitReporter } from "../../../engine/report/junit.ts";
import { createPlainReporter } from "../../../engine/report/plain.ts";
import { createRedactor } from "../../../engine/report/redact.ts";
import type { Reporter } from "../../../engine/report/reporter.ts";
import type { Secret } from "../../../engine/value/secret.ts";
import { type TestKey, testKey } from "../../support/age-keys.ts";
import { runSite, type SiteRun } from "../../support/run-site.ts";
import { tracesOf } from "../../support/traces-of-secrets.ts";
import { createWorld } from "../../support/world.ts";

let key: TestKey;
beforeAll(async () => {
  key = await testKey();
});

// Random plays over random secrets: whatever a play makes of them, nothing that is told of it holds one.

const expr = (source: string): string => `!expr ${JSON.stringify(source)}`;

/** What a template or an expression makes of a secret: texts that hold it, whole or in another form, and lists of it. */
const makings: readonly ((name: string) => string)[] = [
  (name) => `"{{ ${name} }}"`,
  (name) => `"user:{{ ${name} }}@host"`,
  (name) => `"{{ b64encode ${name} }}"`,
  (name) => `"{{ to_json ${name} }}"`,
  (name) => `"{{#if ${name}}}got {{ ${name} }}{{/if}}"`,
  (name) => `["{{ ${name} }}", plain]`,
  (name) => `{ pair: "a={{ ${name} }}", n: 1 }`,
  (name) => expr(`${name} + "-" + ${name}`),
  (name) => expr(`b64encode("x" + ${name})`),
  (name) => expr(`[${name}, "a"].map(each, each + "!")`),
  (name) => expr(`{"deep":{"er":${name}}}`),
  (name) => expr(`from_json(to_json({"a":[${name}]}))`),
];

/** What a task does with it. Some fail, and say why. */
const tasks: readonly ((value: string, index: number) => string)[] = [
  (value) => `debug: { msg: ${value} }`,
  (value, index) => `set_fact: { made_${index}: ${value} }`,
  (value) =>
    `copy: { dest: /etc/one.conf, content: ${expr("to_json(value)")}, mode: "0600" }\n      vars: { value: ${value} }`,
  (value, index) => `debug: { msg: "{{ to_json item }}" }\n      loop: [${value}, ${index}]`,
  (value) =>
    `line: { path: /etc/lines, line: ${expr("to_json(value)")}, create: true }\n      vars: { value: ${value} }`,
  (value) => `debug: { var: value }\n      vars: { value: ${value} }\n      register: seen`,
  (value) =>
    `assert: { that: 'to_json(value) == "x"', fail_msg: no }\n      vars: { value: ${value} }\n      ignore_errors: true`,
  (value) =>
    `debug: { msg: ${expr("int(to_json(value))")} }\n      vars: { value: ${value} }\n      ignore_errors: true`,
  (value) => `fail: { msg: ${value} }\n      ignore_errors: true`,
  (value) => `command: { argv: [echo, ${value}] }\n      ignore_errors: true`,
  (value) => `copy: { dest: ${value}, content: x }\n      ignore_errors: true`,
  (value) => `debug: { msg: hidden }\n      when: to_json(value) != "y"\n      vars: { value: ${value} }`,
];

const oddSecret = fc
  .array(fc.constantFrom(..."abcXYZ019$'\"\\ <&>%+/=ö€{}#:!`\t".split("")), { minLength: 12, maxLength: 70 })
  .map((letters) => letters.join("").trim())
  .filter((text) => text.length >= 12 && /[A-Za-z0-9]{3}/.test(text));

interface Random {
  readonly secrets: readonly string[];
  readonly steps: readonly { readonly making: number; readonly task: number; readonly secret: number }[];
  readonly check: boolean;
}
const random: fc.Arbitrary<Random> = fc.record({
  secrets: fc.array(oddSecret, { minLength: 1, maxLength: 3 }),
  steps: fc.array(
    fc.record({ making: fc.nat(makings.length - 1), task: fc.nat(tasks.length - 1), secret: fc.nat(2) }),
    { minLength: 1, maxLength: 6 },
  ),
  check: fc.boolean(),
});

async function told({ secrets, steps, check }: Random): Promise<{ readonly run: SiteRun; readonly text: string }> {
  const world = createWorld();
  const redactor = createRedactor();
  const hide = (secret: Secret | string): void => redactor.add(secret);
  const keyring = key.keyring({ hide });
  const lines = await Promise.all(secrets.map(async (secret, index) => `s${index}: ${await key.tagged(secret)}\n`));
  const body = steps.map(({ making, task, secret }, index) => {
    const value = makings[making]?.(`s${secret % secrets.length}`) ?? "";
    return `    - name: task ${index}\n      ${tasks[task]?.(value, index) ?? ""}\n`;
  });
  const files = {
    "site.yml": `- name: play\n  hosts: all\n  tasks:\n${body.join("")}    - name: last\n      debug: { msg: "{{ s0 }}" }\n      notify: told\n      changed_when: true\n  handlers:\n    - name: told\n      debug: { msg: "{{ to_json s0 }}" }\n`,
    "inventory/group_vars/all.yml": lines.join(""),
  };
  const run = await runSite({ files, unsealer: keyring, world, check, hide });
  const texts: string[] = [];
  const output = {
    columns: 100,
    write(text: string, done?: () => void) {
      texts.push(text);
      done?.();
      return true;
    },
  };
  const look = { colour: false, diff: true, profile: true, verbosity: 3, source: () => undefined };
  const now = () => new Date(0);
  const reporters: Reporter[] = [
    createPlainReporter(output, look),
    createJsonlReporter(output, { now, verbosity: 3 }),
    createJunitReporter({ now, write: (text) => void texts.push(text) }),
    createHtmlReporter({ now, version: "0", picture: () => null, write: (text) => void texts.push(text) }),
  ];
  for (const event of run.events) for (const reporter of reporters) reporter.on(redactor.redactEvent(event));
  for (const reporter of reporters) await reporter.end();
  const faults = [...run.faults, ...run.diagnostics.map((diagnostic) => JSON.stringify(diagnostic))];
  return { run, text: [...texts, ...faults.map(redactor.redact)].join("\n") };
}

test("nothing that is told of a play holds a secret, whatever the play makes of it", async () => {
  const ended = { ran: 0, refused: 0 };
  await fc.assert(
    fc.asyncProperty(random, async (each) => {
      const { run, text } = await told(each);
      ended[run.events.length > 0 ? "ran" : "refused"] += 1;
      expect(run.faults).toEqual([]);
      expect(tracesOf(each.secrets, text)).toEqual([]);
    }),
    { numRuns: 25, endOnFailure: true },
  );
  // What would show a secret is refused, most of it before the run; what is left must be enough to mean something.
  expect(ended.ran).toBeGreaterThan(12);
}, 120_000);
