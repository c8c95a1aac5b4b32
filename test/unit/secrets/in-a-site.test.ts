import { beforeAll, describe, expect, test } from "vitest";
import { createRedactor } from "../../../engine/report/redact.ts";
import type { Unsealer } from "../../../engine/value/sealed.ts";
import { type TestKey, testKey } from "../../support/age-keys.ts";
import { resultOf, runSite, type SiteRun, saidBy, tasksSite } from "../../support/run-site.ts";

let key: TestKey;
beforeAll(async () => {
  key = await testKey();
});

const password = "hunter22-hunter22";

function run(
  files: Readonly<Record<string, string>>,
  unsealer: Unsealer = key.keyring(),
  more: object = {},
): Promise<SiteRun> {
  return runSite({ files, unsealer, ...more });
}

function codesOf({ diagnostics }: SiteRun): readonly string[] {
  return diagnostics.map(
    ({ code, place, severity }) => `${severity ?? "error"} ${code} ${place?.file}:${place?.line}:${place?.column}`,
  );
}

/** Whatever was told: the events as they leave the redactor. */
function shown({ events }: SiteRun, hidden: readonly string[]): string {
  const redactor = createRedactor();
  for (const text of hidden) redactor.add(text);
  return events.map((event) => JSON.stringify(redactor.redactEvent(event))).join("\n");
}

const show = `- { name: show, debug: { msg: "{{ db_password }}" } }
- { name: put, copy: { dest: /etc/db.conf, content: "pw={{ db_password }}\\n", mode: "0600" } }`;

async function whereItStands(): Promise<readonly [string, Record<string, string>, object][]> {
  const value = await key.tagged(password);
  const file = await key.seal(`db_password: ${password}\n`);
  const site = tasksSite(show);
  return [
    ["vars of a play", tasksSite(show, `  vars: { db_password: ${value} }\n`), {}],
    ["vars of a task", tasksSite(show.replace(/ }$/gm, `, vars: { db_password: ${value} } }`)), {}],
    ["group_vars", { ...site, "inventory/group_vars/all.yml": `db_password: ${value}\n` }, {}],
    ["vars_files", { ...tasksSite(show, "  vars_files: s.yml\n"), "s.yml": `db_password: ${value}\n` }, {}],
    ["an encrypted file of group_vars", { ...site, "inventory/group_vars/all.yml.age": file }, {}],
    ["an encrypted file of host_vars, in a folder", { ...site, "inventory/host_vars/h1/x.yml.age": file }, {}],
    ["an encrypted file of vars_files", { ...tasksSite(show, "  vars_files: [s.yml.age]\n"), "s.yml.age": file }, {}],
    ["-e", site, { extraVars: [`{ db_password: ${value} }`] }],
    ["-e @file", { ...site, "s.yml": `db_password: ${value}\n` }, { extraVars: ["@/site/s.yml"] }],
    [
      "a map that is merged",
      {
        ...tasksSite(show.replaceAll("db_password", "db.password"), `  vars: { db: !merge { password: ${value} } }\n`),
        "inventory/group_vars/all.yml": "db: { user: u }\n",
      },
      {},
    ],
  ];
}

test("an encrypted value is a secret wherever variables can stand", async () => {
  for (const [where, files, more] of await whereItStands()) {
    const hidden: string[] = [];
    const done = await run(files, key.keyring({ hidden }), more);
    expect(done.exitCode, `${where}: ${JSON.stringify(done.diagnostics)}`).toBe(0);
    expect(JSON.stringify(saidBy(done)), where).toBe('["***"]');
    expect(done.world.host("h1").files["/etc/db.conf"], where).toMatchObject({ content: `pw=${password}\n` });
    expect(resultOf(done, "put").diff?.[0], where).toEqual({ path: "content", secret: true });
    expect(hidden, where).toContain(password);
    expect(shown(done, hidden), where).not.toContain(password);
  }
});

test("nothing is opened that nobody reads, and nothing twice", async () => {
  const hidden: string[] = [];
  const vars = `  vars: { db_password: ${await key.tagged(password)}, other: ${await key.tagged("never-read")} }\n`;
  await run(tasksSite(`${show}\n- { debug: { msg: "{{ other }}" }, when: false }`, vars), key.keyring({ hidden }));
  expect(hidden).toEqual([password]);
});

test("in an encrypted file templates are rendered, keys stay, and numbers and booleans keep their types", async () => {
  const text = `user: app\nurl: "https://{{ user }}:{{ pw }}@h"\npw: ${password}\nport: 8080\nflag: true\nlist: [{ name: n }]\nraw: !raw "{{ x }}"\nsum: !expr port + 1\n`;
  const tasks = `- { debug: { msg: { url: "{{ url }}", port: "{{ port }}", flag: "{{ flag }}", list: "{{ list }}", raw: "{{ raw }}", sum: "{{ sum }}" } } }
- name: test
  assert:
    that:
      - url == "https://app:${password}@h"
      - port == 8080 && flag && sum == 8081
      - size(raw) == 7
`;
  const done = await run({ ...tasksSite(tasks), "inventory/group_vars/all.yml.age": await key.seal(text) });
  expect(done.exitCode, JSON.stringify([done.diagnostics, done.results.map(({ reason }) => reason)])).toBe(0);
  expect(JSON.parse(JSON.stringify(saidBy(done)[0]))).toEqual({
    url: "***",
    port: 8080,
    flag: true,
    list: [{ name: "***" }],
    raw: "***",
    sum: 8081,
  });
});

describe("what is wrong is told where it stands, before anything is sent", () => {
  test.each<[string, (value: string) => string, string[]]>([
    ["a text that is not encrypted", () => "x: !secret hunter22\n", ["error not-encrypted site.yml:4:8"]],
    ["nothing at all", () => "x: !secret\n", ["error not-encrypted site.yml:4:8"]],
    ["a list", (value) => `x: !secret [${value}]\n`, ["error wrong-tag site.yml:4:16"]],
    ["a damaged one", (value) => `x: ${value.replace("YWdl", "YWdm")}\n`, ["error damaged-secret site.yml:4:8"]],
    [
      "Ansible Vault's",
      () => 'x: !vault "$ANSIBLE_VAULT;1.1;AES256\\n6162\\n"\n',
      ["error ansible-vault site.yml:4:8"],
    ],
  ])("%s", async (_, line, codes) => {
    const value = await key.tagged(password);
    const done = await run(tasksSite("- { debug: { msg: a } }", `  vars:\n    ${line(value)}`));
    expect(codesOf(done).filter((code) => !code.includes("warning"))).toEqual(codes);
    expect(done.events).toEqual([]);
    expect(JSON.stringify(done.diagnostics)).not.toContain("hunter22");
  });

  test("a file of Ansible Vault", async () => {
    const done = await run({
      ...tasksSite("- { debug: { msg: a } }"),
      "inventory/group_vars/all.yml": "$ANSIBLE_VAULT;1.1;AES256\n6162\n",
    });
    expect(codesOf(done)).toEqual(["error ansible-vault inventory/group_vars/all.yml:1:1"]);
    expect(done.diagnostics[0]?.hint).toContain("ansible-vault view");
  });

  test("an encrypted file without YAML in it, and none of its text", async () => {
    const files = {
      ...tasksSite("- { debug: { msg: a } }"),
      "inventory/group_vars/all.yml.age": await key.seal(`a: [${password}\n`),
    };
    const done = await run(files);
    expect(codesOf(done)).toEqual(["error yaml-syntax inventory/group_vars/all.yml.age:1:4"]);
    expect(JSON.stringify(done.diagnostics)).not.toContain(password);
  });

  test("a key that is missing", async () => {
    const other = await testKey();
    const files = {
      ...tasksSite(show),
      "inventory/group_vars/all.yml.age": await key.seal(`db_password: ${password}\n`),
    };
    expect(codesOf(await run(files, other.keyring()))).toContain(
      "error wrong-identity inventory/group_vars/all.yml.age:1:1",
    );
  });
});

describe("a check without a key", () => {
  test("takes an encrypted value for a text of which nothing is known", async () => {
    const files = tasksSite(
      `${show}\n- { debug: { msg: "{{ misspelt }}" } }`,
      `  vars: { db_password: ${await key.tagged(password)} }\n`,
    );
    const done = await run(files, (await testKey()).keyring({ checkOnly: true }));
    expect(codesOf(done)).toEqual(["error undefined-variable site.yml:7:27"]);
  });

  test("takes every variable for defined where an encrypted file may define it", async () => {
    const files: Readonly<Record<string, string>> = {
      ...tasksSite(show, "  vars_files: [s.yml.age]\n"),
      "s.yml.age": await key.seal(`db_password: ${password}\n`),
    };
    const without = await run(files, (await testKey()).keyring({ checkOnly: true }));
    expect(codesOf(without)).toEqual([]);
    // With the key at hand it is looked into.
    const misspelt = {
      ...files,
      "site.yml": (files["site.yml"] ?? "").replaceAll("{{ db_password }}", "{{ db_pasword }}"),
    };
    expect(codesOf(await run(misspelt, key.keyring({ checkOnly: true })))).toEqual([
      "error undefined-variable site.yml:5:39",
      "error undefined-variable site.yml:6:64",
    ]);
  });
});
