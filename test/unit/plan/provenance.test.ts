import { describe, expect, it } from "vitest";
import { runSite } from "../../support/run-site.ts";

const files = {
  "inventory/hosts.yml":
    'all:\n  hosts:\n    h1: { lab_connection: lab, port: 99999, lab_password: hunter2 }\n  vars: { users: [ada], pin: !expr secret("1234") }\n',
  "inventory/group_vars/all.yml": "port: 1\nmode: 12\n",
};

async function wrong(task: string, vars = ""): Promise<string[]> {
  const play = `- hosts: all\n  vars: { dest: /etc/x${vars} }\n  tasks:\n    - ${task}\n`;
  const run = await runSite({ files: { ...files, "site.yml": play } });
  expect(run.results).toEqual([]);
  return run.diagnostics.flatMap(({ code, related = [] }) => [
    code,
    ...related.map(({ message, place }) => `${message} @ ${place.file}:${place.line}:${place.column}`),
  ]);
}

describe("what is wrong with a variable's value", () => {
  it.each<[string, string, readonly string[]]>([
    [
      "of the wrong type for a parameter",
      'copy: { dest: "{{ mode }}", content: x }',
      ["invalid-parameter", "`mode` is set here, by group vars of all @ inventory/group_vars/all.yml:2:1"],
    ],
    [
      "that overrides another",
      'copy: { dest: "{{ port }}", content: x }',
      [
        "invalid-parameter",
        "`port` is set here, by host vars of h1, and overrides inventory/group_vars/all.yml:1 @ inventory/hosts.yml:3:32",
      ],
    ],
    [
      "that lacks a key",
      'debug: { msg: "{{ users.name }}" }',
      ["undefined-key", "`users` is set here, by group vars of all @ inventory/hosts.yml:4:11"],
    ],
    [
      "that a function cannot take",
      'debug: { msg: "{{ upper port }}" }',
      [
        "wrong-argument",
        "`port` is set here, by host vars of h1, and overrides inventory/group_vars/all.yml:1 @ inventory/hosts.yml:3:32",
      ],
    ],
    [
      "in a condition",
      'debug: { msg: x }\n      when: "port == mode + dest"',
      [
        "wrong-type",
        "`mode` is set here, by group vars of all @ inventory/group_vars/all.yml:2:1",
        "`dest` is set here, by vars of the play @ site.yml:2:11",
      ],
    ],
    [
      "in !expr, of two variables",
      "debug: { msg: !expr users + dest }",
      [
        "wrong-type",
        "`users` is set here, by group vars of all @ inventory/hosts.yml:4:11",
        "`dest` is set here, by vars of the play @ site.yml:2:11",
      ],
    ],
  ])("%s names the place where it is set", async (_, task, says) => {
    expect(await wrong(task)).toEqual(says);
  });

  it("names no line with a secret in it", async () => {
    expect(await wrong('debug: { msg: "{{ int pin.x }}" }')).toEqual(["no-keys-here"]);
    expect(await wrong('debug: { msg: "{{ upper lab_password.x }}" }')).toEqual(["no-keys-here"]);
  });
});
