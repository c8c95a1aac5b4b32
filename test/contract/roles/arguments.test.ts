import { describe, expect, it } from "vitest";
import type { Diagnostic } from "../../../engine/errors/diagnostic.ts";
import { dedent, inventoryOf, type RunRequest, resultOf, runSite, saidBy, storyOf } from "../../support/run-site.ts";

const declared = `
main:
  port: { type: port, required: true, description: Where it listens. }
  backend: { choices: [cron.d, crontab], default: cron.d }
  folder: path
  password: { type: string, secret: true }
  shares:
    type: list
    items:
      type: map
      keys:
        name: { type: string, required: true }
        quota: { type: size, default: 1G }
  old: { type: string, deprecated: "write \`folder\`" }
verify:
  strict: { type: boolean, default: true }
`;
const tasks = `
- name: told
  debug: { msg: "{{ port }} {{ backend }}" }
`;
const web: Readonly<Record<string, string>> = {
  "roles/web/meta/arguments.yml": declared,
  "roles/web/tasks/main.yml": tasks,
  "roles/web/tasks/verify.yml": '- name: verified\n  debug: { msg: "{{ strict }}" }\n',
  "roles/web/tasks/other.yml": '- name: other\n  debug: { msg: "{{ port }}" }\n',
};
const run = (play: string, more: Partial<RunRequest> = {}) =>
  runSite({ ...more, files: { ...web, "site.yml": dedent(play), ...more.files } });
const told = (diagnostics: readonly Diagnostic[]): readonly string[] =>
  unique(
    diagnostics.map(({ place, severity, code, message, hint }) =>
      [
        `${place?.file}:${place?.line}:${place?.column}`,
        ...(severity === "warning" ? ["warning"] : []),
        `${code}: ${message}`,
        ...(hint === undefined ? [] : [`→ ${hint}`]),
      ].join(" "),
    ),
  );
// As all that print them do.
const unique = (lines: readonly string[]): readonly string[] => [...new Set(lines)];

describe("arguments, where a role is used", () => {
  it("are all checked before anything is sent", async () => {
    const { diagnostics, exitCode, events } = await run(`
      - hosts: all
        roles:
          - role: web
            port: "8080"
            backend: crond
            fodler: /srv
            old: x
            shares:
              - { name: a, qouta: 2G }
              - quota: much
    `);
    expect({ exitCode, events }).toEqual({ exitCode: 1, events: [] });
    expect(told(diagnostics)).toEqual([
      "site.yml:6:7 unknown-argument: role web has no argument `fodler` → did you mean `folder`?",
      'site.yml:4:13 invalid-argument: `port` of role web: expected a port from 1 to 65535, got the text "8080" → it is a text: write 8080 without quotes',
      'site.yml:5:16 invalid-argument: `backend` of role web: expected `cron.d` or `crontab`, got the text "crond" → did you mean cron.d?',
      "site.yml:7:7 warning deprecated-argument: `old` of role web is deprecated: write `folder`",
      "site.yml:9:22 invalid-argument: `shares.0.qouta` of role web: there is no such key → did you mean `quota`?",
      "site.yml:10:11 invalid-argument: `shares.1` of role web: it needs the key `name`, a text",
      'site.yml:10:18 invalid-argument: `shares.1.quota` of role web: expected a size, such as 500G or 10M, got the text "much"',
    ]);
    expect(diagnostics[1]?.related).toEqual([
      { message: "declared here", place: expect.objectContaining({ file: "roles/web/meta/arguments.yml", line: 3 }) },
    ]);
  });

  it.each([
    [
      "a dependency",
      {
        "roles/app/meta/main.yml": "dependencies:\n  - { role: web, port: 0 }\n",
        "roles/app/tasks/main.yml": tasks.replace("port", "'x'").replace("backend", "'y'"),
      },
      "roles: [app]",
      "roles/app/meta/main.yml:2:24",
    ],
    ["an include", {}, "tasks:\n    - include_role: { name: web }\n      vars: { port: 0 }", "site.yml:5:21"],
    [
      "an include in a loop",
      {},
      "tasks:\n    - include_role: { name: web }\n      vars: { port: 0 }\n      loop: [1, 2]",
      "site.yml:5:21",
    ],
    ["the play", {}, "vars: { port: 0 }\n  roles: [web]", "site.yml:3:17"],
    [
      "the inventory",
      { "inventory/group_vars/all.yml": "port: 0\n" },
      "roles: [web]",
      "inventory/group_vars/all.yml:1:7",
    ],
  ])("are checked in %s", async (_, files, rest, at) => {
    const { diagnostics } = await runSite({
      files: { ...web, ...files, "site.yml": `- hosts: all\n  name: p\n  ${rest}\n` },
    });
    expect(told(diagnostics)).toEqual([
      `${at} invalid-argument: \`port\` of role web: expected a port from 1 to 65535, got the number 0`,
    ]);
  });

  it("are checked with -e, which wins", async () => {
    const { diagnostics } = await run("- { hosts: all, roles: [{ role: web, port: 80 }] }", { extraVars: ["port=0"] });
    expect(diagnostics.map(({ code }) => code)).toEqual(["invalid-argument"]);
  });

  it("that are required must come from somewhere, for every host", async () => {
    const files = {
      "inventory/hosts.yml": inventoryOf("h1", "h2"),
      "inventory/host_vars/h1.yml": "port: 80\n",
    };
    const { diagnostics } = await run("- { hosts: all, roles: [web] }", { files });
    expect(told(diagnostics)).toEqual([
      "site.yml:1:25 missing-argument: role web needs the argument `port`, a port, 1 to 65535, for h2 → add `port:` where the role is used, or set it for the host",
    ]);
    const set = await run(
      `
      - hosts: all
        tasks:
          - set_fact: { port: 81 }
          - include_role: { name: web }
      `,
      { files },
    );
    expect(told(set.diagnostics)).toEqual([]);
    expect(saidBy(set, "h2")).toEqual(["81 cron.d"]);
  });

  it("that only some hosts lack do not matter where the role does not run on them", async () => {
    const { diagnostics, exitCode } = await run(`
      - hosts: all
        roles:
          - { role: web, when: has(vars.port) }
    `);
    expect({ diagnostics, exitCode }).toEqual({ diagnostics: [], exitCode: 0 });
  });

  it("of an include may be those of the roles that the role depends on", async () => {
    const files = {
      "roles/app/meta/main.yml": "dependencies: [web]\n",
      "roles/app/meta/arguments.yml": "main:\n  name: string\n",
      "roles/app/tasks/main.yml": '- debug: { msg: "{{ name }}" }\n',
    };
    const good = await run("- { hosts: all, tasks: [{ include_role: { name: app }, vars: { name: a, port: 80 } }] }", {
      files,
    });
    expect(told(good.diagnostics)).toEqual([]);
    expect(saidBy(good)).toEqual(["80 cron.d", "a"]);
    const bad = await run("- { hosts: all, tasks: [{ include_role: { name: app }, vars: { name: a, prot: 80 } }] }", {
      files,
    });
    expect(bad.diagnostics.map(({ code }) => code)).toContain("unknown-argument");
  });

  it("are those of the file that tasks_from names, or of main", async () => {
    const play = (from: string, vars: string) =>
      `- { hosts: all, tasks: [{ include_role: { name: web, tasks_from: ${from} }, vars: ${vars} }] }`;
    expect(saidBy(await run(play("verify", "{}")))).toEqual([true]);
    expect(told((await run(play("verify", "{ port: 80 }"))).diagnostics)).toEqual([
      "site.yml:1:84 unknown-argument: role web has no argument `port` → it takes `strict`",
    ]);
    expect(saidBy(await run(play("other", "{ port: 80 }")))).toEqual([80]);
    expect((await run(play("other", "{}"))).diagnostics.map(({ code }) => code)).toContain("missing-argument");
  });
});

describe("arguments, when the play runs", () => {
  const templated = `
    - hosts: all
      tasks:
        - set_fact: { given: "http" }
        - name: before
          debug: { msg: 1 }
        - include_role: { name: web }
          vars: { port: "{{ given }}" }
        - name: after
          debug: { msg: 2 }
  `;
  it.each([false, true])("fail the first task of the role with the same words (check: %s)", async (check) => {
    for (const lookAhead of [0, 400]) {
      const done = await run(templated, { check, lookAhead });
      expect(told(done.diagnostics)).toEqual([]);
      expect(storyOf(done)).toEqual(["h1 set_fact: ok", "h1 before: ok", "h1 told: failed"]);
      const { reason } = resultOf(done, "told");
      expect(reason).toBe('site.yml:7:15: `port` of role web: expected a port from 1 to 65535, got the text "http"');
    }
  });

  it("are judged after the conditions of the role, and tell all their faults", async () => {
    const done = await run(
      `
      - hosts: all
        vars: { on: false }
        tasks:
          - set_fact: { given: "http", n: 1 }
          - include_role: { name: web }
            vars: { port: "{{ given }}", folder: "{{ n }}" }
            when: on
          - include_role: { name: "{{ 'web' }}" }
            vars: { port: "{{ given }}", folder: "{{ n }}", prot: 1 }
    `.replace(`"{{ 'web' }}"`, '!expr \'"we" + "b"\''),
    );
    expect(told(done.diagnostics)).toEqual([]);
    expect(storyOf(done)).toEqual(["h1 set_fact: ok", "h1 told: skipped", "h1 told: failed"]);
    const last = done.results.at(-1);
    expect(last?.reason).toBe(
      [
        "site.yml:9:55: role web has no argument `prot` (did you mean `port`?)",
        '`port` of role web: expected a port from 1 to 65535, got the text "http"',
        '`folder` of role web: expected an absolute path, such as /srv/data, got the number 1 (put it in quotes: "1" (with -e: as JSON))',
      ].join("\n"),
    );
  });

  it("are judged once: what the role makes of them is its own affair", async () => {
    const done = await run("- { hosts: all, roles: [{ role: web, port: 80 }] }", {
      files: { "roles/web/tasks/main.yml": '- set_fact: { port: eighty }\n- debug: { msg: "{{ port }}" }\n' },
    });
    expect(saidBy(done)).toEqual(["eighty"]);
  });

  it("that are not known yet in a check are not judged", async () => {
    const done = await run(
      `
      - hosts: all
        tasks:
          - command: "echo 80"
            register: made
          - include_role: { name: web }
            vars: { port: "{{ made.stdout }}" }
      `,
      { check: true },
    );
    expect(done.results.map(({ status }) => status)).toEqual(["changed", "deferred"]);
  });

  it("have their defaults, those of keys too, and the inventory wins over them", async () => {
    const files = {
      "roles/web/tasks/main.yml": '- debug: { msg: "{{ backend }} {{ to_json shares }}" }\n',
      "inventory/host_vars/h1.yml": "backend: crontab\n",
    };
    const done = await run("- { hosts: all, roles: [{ role: web, port: 80, shares: [{ name: a }] }] }", { files });
    expect(saidBy(done)).toEqual(['crontab [{"name":"a","quota":"1G"}]']);
  });

  it("that are declared secret are secrets inside, and what is made of them is, too", async () => {
    const files = {
      "roles/web/vars/main.yml": 'login: "admin:{{ password }}"\n',
      "roles/web/tasks/main.yml":
        '- debug: { msg: "{{ login }}" }\n- copy: { dest: /etc/x, content: "{{ password }}" }\n',
    };
    const done = await run("- { hosts: all, roles: [{ role: web, port: 80, password: hunter2-is-long }] }", { files });
    expect(told(done.diagnostics)).toEqual([]);
    expect(done.exitCode).toBe(0);
    expect(JSON.stringify(done.events)).not.toContain("hunter2");
    expect(done.hidden).toContain("hunter2-is-long");
    expect(done.world.host("h1").files["/etc/x"]).toMatchObject({ content: "hunter2-is-long" });
  });
});

describe("meta/arguments.yml", () => {
  const wrong = async (text: string, more: Readonly<Record<string, string>> = {}) =>
    told(
      (
        await runSite({
          files: {
            "roles/r/meta/arguments.yml": dedent(text),
            "roles/r/tasks/main.yml": "- debug: { msg: 1 }\n",
            ...more,
            "site.yml": "- { hosts: all, roles: [r] }\n",
          },
        })
      ).diagnostics,
    ).map((line) => line.replaceAll("roles/r/", ""));

  it.each<[string, string, readonly string[]]>([
    ["an empty file", "", []],
    ["no arguments", "main:\n", []],
    ["a list", "- a", ["meta/arguments.yml:1:1 wrong-type: `meta/arguments.yml` must be a map, not a list"]],
    [
      "no list of tasks",
      "port: { type: port }",
      [
        "meta/arguments.yml:1:1 unknown-entry: role r has no file tasks/port.yml → arguments stand below the list of tasks that takes them: `main:`, and below it `port:`",
      ],
    ],
    [
      "a type of Ansible's",
      "main:\n  a: { type: str }",
      ["meta/arguments.yml:2:14 unknown-type: there is no type `str` → write `string`"],
    ],
    [
      "a mistyped type",
      "main:\n  a: integr",
      ["meta/arguments.yml:2:6 unknown-type: there is no type `integr` → write `integer`"],
    ],
    [
      "a template as type",
      'main:\n  a: "{{ x }}"',
      [
        "meta/arguments.yml:2:6 no-template-here: `type` cannot be a template: it must be known before any host is → write it out",
      ],
    ],
    [
      "nothing",
      "main:\n  a:",
      [
        "meta/arguments.yml:2:5 wrong-type: `a` must be a type, or a map, not nothing → write its type, such as `string`, or a map with `type` and `description`",
      ],
    ],
    [
      "a mistyped word",
      "main:\n  a: { type: string, requird: true }",
      ["meta/arguments.yml:2:22 unknown-keyword: the argument `a` has no keyword `requird` → did you mean `required`?"],
    ],
    [
      "a word of Ansible's",
      "main:\n  a: { type: list, elements: str }",
      [
        "meta/arguments.yml:2:20 unknown-keyword: the argument `a` has no keyword `elements` → write `items`: the type of each item",
      ],
    ],
    [
      "required with a default",
      "main:\n  a: { type: string, required: true, default: x }",
      [
        "meta/arguments.yml:2:32 required-with-default: `a` is required and has a default → what has a default is never missing: take one of the two out",
      ],
    ],
    [
      "a default that does not fit",
      "main:\n  a: { type: integer, default: x }",
      ['meta/arguments.yml:2:32 invalid-default: the default of `a`: expected a whole number, got the text "x"'],
    ],
    [
      "an example that does not fit",
      "main:\n  a: { type: integer, examples: [1, x] }",
      ['meta/arguments.yml:2:37 invalid-example: an example of `a`: expected a whole number, got the text "x"'],
    ],
    [
      "bounds the wrong way round",
      "main:\n  a: { type: integer, min: 5, max: 1 }",
      ["meta/arguments.yml:2:28 contradictory-argument: `min` is above `max`: nothing fits between them"],
    ],
    [
      "bounds without a measure",
      "main:\n  a: { type: boolean, min: 5 }",
      ["meta/arguments.yml:2:28 contradictory-argument: `min` means nothing for boolean"],
    ],
    [
      "a bound of another type",
      "main:\n  a: { type: size, min: much }",
      ["meta/arguments.yml:2:25 wrong-type: `min` must be a size, such as 500G or 10M, not a text"],
    ],
    [
      "items of a map",
      "main:\n  a: { type: map, items: string }",
      ["meta/arguments.yml:2:19 contradictory-argument: `items` goes with `type: list`, and this is map"],
    ],
    [
      "a pattern that is none",
      "main:\n  a: { type: string, pattern: '(' }",
      ["meta/arguments.yml:2:31 wrong-value: `pattern` is no regular expression: Unterminated group"],
    ],
    [
      "a pattern of a number",
      "main:\n  a: { type: integer, pattern: x }",
      ["meta/arguments.yml:2:32 contradictory-argument: `pattern` is about texts, and this is integer"],
    ],
    [
      "choices of another type",
      "main:\n  a: { type: integer, choices: [1, x] }",
      ["meta/arguments.yml:2:36 wrong-type: a choice does not fit: expected a whole number"],
    ],
    [
      "no choices",
      "main:\n  a: { choices: [] }",
      ["meta/arguments.yml:2:17 wrong-type: `choices` is empty: nothing could be given"],
    ],
    [
      "a default in a template below a list",
      "main:\n  a: { type: map, keys: { b: { type: string, default: '{{ c }}' } } }",
      ["meta/arguments.yml:2:55 no-template-here: the default of a key cannot be a template → write it out"],
    ],
    [
      "a name that no variable can bear",
      "main:\n  a-b: string",
      [
        'meta/arguments.yml:2:3 invalid-variable-name: "a-b" cannot name a variable: letters, digits and _ alone, no digit first → name it a_b',
      ],
    ],
  ])("%s", async (_, text, expected) => {
    expect(await wrong(text)).toEqual(expected);
  });

  it("says where else a default stands", async () => {
    expect(
      await wrong("main:\n  a: { type: string, default: x }\n  b: integer\n", {
        "roles/r/defaults/main.yml": "a: y\nb: x\n",
      }),
    ).toEqual([
      'defaults/main.yml:2:4 invalid-default: the default of `b`: expected a whole number, got the text "x"',
      "meta/arguments.yml:2:22 two-defaults: `a` has a default here and another in defaults/ → keep one of the two",
    ]);
  });

  it("is the place for arguments, not meta/main.yml", async () => {
    expect(await wrong("main:\n", { "roles/r/meta/main.yml": "arguments: { a: string }\n" })).toEqual([
      "meta/main.yml:1:1 unknown-keyword: a role's meta/main.yml has no `arguments` → write them into meta/arguments.yml, below `main:`",
    ]);
  });

  it("is written out of Ansible's file", async () => {
    const specs = `argument_specs:
  main:
    short_description: x
    options:
      port: { type: int, default: 80, description: [Where, it listens.] }
      users: { type: list, elements: dict, required: true, options: { name: {}, key: { no_log: true } } }
`;
    const { diagnostics } = await runSite({
      files: {
        "roles/r/meta/argument_specs.yml": specs,
        "roles/r/tasks/main.yml": "- debug: { msg: 1 }\n",
        "site.yml": "- { hosts: all, roles: [r] }\n",
      },
    });
    expect(diagnostics).toHaveLength(1);
    const [, ...lines] = (diagnostics[0]?.hint ?? "").split("\n");
    expect(lines).toEqual([
      "main:",
      '  port: { type: integer, default: 80, description: "Where it listens." }',
      "  users: { type: list, items: map, required: true, keys: { name: { type: string }, key: { type: string, secret: true } } }",
    ]);
  });
});
