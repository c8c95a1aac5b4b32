import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { runCommand } from "../../support/cli-site.ts";

// A new site, as its author comes to it: nothing but the command, its help and its errors.
let folder: string;
let site: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "lab-new-"));
  site = join(folder, "homelab");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const bin = () => join(inject("lab"), "bin/lab.js");
const lab = (...args: readonly string[]) => runCommand(bin(), site, args);
const put = (path: string, text: string): void => {
  mkdirSync(dirname(join(site, path)), { recursive: true });
  writeFileSync(join(site, path), text);
};
const recap = (text: string): string => text.trimEnd().split("\n").at(-1) ?? "";

describe("lab init", () => {
  it("makes a site that runs at once", async () => {
    const made = await runCommand(bin(), folder, ["init", "homelab"]);
    expect({ code: made.code, stderr: made.stderr }).toEqual({ code: 0, stderr: "" });
    const next = made.stdout
      .slice(made.stdout.indexOf("Next:\n") + 6)
      .trim()
      .split(/\n\s*/);
    expect(next).toEqual(["cd homelab", "lab play site.yml --check --diff", "lab play site.yml"]);
    expect(existsSync(join(site, ".lab/schema"))).toBe(true);
    const settings = JSON.parse(readFileSync(join(site, ".vscode/settings.json"), "utf8"));
    for (const schema of Object.keys(settings["yaml.schemas"]))
      expect(existsSync(join(site, schema)), schema).toBe(true);
    expect(settings["yaml.customTags"].join()).toContain("!secret");
  });

  it("is without a fault, and without anything to warn of", async () => {
    const { code, stdout } = await lab("check", "--strict");
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/: nothing is wrong\n$/) });
  });

  it("tells what it would do, does it, and then has nothing left to do", async () => {
    const check = await lab("play", "site.yml", "--check", "--diff");
    expect({ code: check.code, stderr: check.stderr }).toEqual({ code: 0, stderr: "" });
    expect(recap(check.stdout)).toContain("3 would change");
    const first = await lab("play", "site.yml");
    expect({ code: first.code, stderr: first.stderr }).toEqual({ code: 0, stderr: "" });
    expect(recap(first.stdout)).toContain("3 changed");
    expect(recap((await lab("play", "site.yml")).stdout)).toContain("0 changed");
  });

  it("shows in its README.md commands that work", async () => {
    const text = readFileSync(join(site, "README.md"), "utf8");
    const commands = [...text.matchAll(/^lab (.*?)\s*(#.*)?$/gm)].map(([, args = ""]) => args.trim().split(" "));
    expect(commands).toHaveLength(3);
    for (const args of commands) expect((await lab(...args)).code, args.join(" ")).toBe(0);
  });

  it("touches nothing in a folder that is not empty, and adds what is missing with --force", async () => {
    const refused = await runCommand(bin(), folder, ["init", "homelab"]);
    expect(refused).toMatchObject({ code: 1, stdout: "" });
    expect(refused.stderr).toMatch(/^error\[folder-not-empty\]: homelab is not empty: .*\n {2}hint: .*--force/);
    put("playbooks/site.yml", "- { name: Mine, hosts: all, tasks: [{ debug: mine }] }\n");
    rmSync(join(site, "lab.yml"));
    const forced = await runCommand(bin(), folder, ["init", "homelab", "--force"]);
    expect(forced.code).toBe(0);
    expect(forced.stdout).toMatch(/^ {2}lab\.yml\n\n1 file written to homelab; 15 files that were there left alone\./);
    expect(readFileSync(join(site, "playbooks/site.yml"), "utf8")).toContain("Mine");
    rmSync(join(site, "playbooks/site.yml"));
    await runCommand(bin(), folder, ["init", "homelab", "--force"]);
  });

  it.each([
    [["init"], "usage", "missing required argument 'dir'"],
    [["init", ""], "wrong-option", "the folder's name is empty"],
    [["init", "file"], "not-a-folder", "file is a file"],
    [["init", "file/below"], "unwritable-file", "cannot write"],
    [["init", "--forc", "x"], "usage", "unknown option '--forc'"],
  ])("%j is told like every error", async (args, code, message) => {
    writeFileSync(join(folder, "file"), "");
    const { code: status, stderr, stdout } = await runCommand(bin(), folder, args);
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toContain(`error[${code}]: `);
    expect(stderr).toContain(message);
  });
});

describe("lab run", () => {
  it("runs a command and shows what each host says", async () => {
    const { code, stdout, stderr } = await lab("run", "all", "--", "hostname");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const [last, ...blocks] = stdout.trimEnd().split("\n\n").toReversed();
    expect(last).toBe("2 hosts: 2 changed");
    expect(blocks.sort()).toEqual(["nas1  rc 0\nnas1", "pve1  rc 0\npve1"]);
  });

  it("leaves braces, quotes and dollars of a command as they are", async () => {
    const words = ["echo", "{{json .}}", "a b", "$HOME", "'\"", "back\\slash", "#x", "a: b"];
    const { code, stdout, stderr } = await lab("run", "pve1", "--", ...words);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toBe(`pve1  rc 0\n${words.slice(1).join(" ")}\n`);
  });

  it.each([
    ["name=value words", "path=/srv/one state=directory mode=0750"],
    ["a map", "{ path: /srv/one, state: directory, mode: '0750' }"],
    ["JSON", '{"path":"/srv/one","state":"directory","mode":"0750"}'],
    ["a map of several lines", "path: /srv/one\nstate: directory\nmode: '0750'"],
  ])("takes parameters as %s", async (_, args) => {
    const { code, stdout, stderr } = await lab("run", "pve1", "-m", "file", "-a", args, "-CD", "--exit-code");
    expect({ code, stderr }).toEqual({ code: 3, stderr: "" });
    expect(stdout).toContain("would change  pve1");
    expect(stdout).toContain("mkdir /srv/one (0750)");
  });

  it("shows what a look finds, a template of the host, and a failure with its exit code", async () => {
    const looked = await lab("run", "pve1", "-m", "stat", "-a", "path=/etc/hostname");
    expect(looked.stdout).toContain("    exists: true\n");
    const said = await lab("run", "pve1", "-m", "debug", "-a", "{{ inventory_hostname }} is one");
    expect(said.stdout).toContain("pve1 is one");
    const failed = await lab("run", "pve1", "--", "cat", "/nothing");
    expect(failed.code).toBe(2);
    expect(failed.stdout).toContain("pve1  rc 1\n");
    expect(failed.stdout).toContain("/nothing");
    const none = await lab("run", "pve1", "--", "uname", "--format", "jsonl");
    expect(none.stdout).not.toContain('"type":"run"');
  });

  it("needs no more than an inventory", async () => {
    const bare = join(folder, "bare");
    mkdirSync(bare, { recursive: true });
    writeFileSync(join(bare, "hosts.yml"), "all: { hosts: { h1: { lab_connection: lab } } }\n");
    const { code, stdout } = await runCommand(bin(), bare, ["run", "h1", "-i", "hosts.yml", "--", "hostname"]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "h1  rc 0\nh1\n" });
  });

  it("is told to programs as events", async () => {
    const { stdout } = await lab("run", "pve1", "--format", "jsonl", "--", "hostname");
    const types = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line).type);
    expect([types[0], types.at(-1)]).toEqual(["run", "recap"]);
  });

  it.each<[readonly string[], string, string]>([
    [["run", "all"], "usage", "there is nothing to run"],
    [["run", "all", "-a", "x=1"], "usage", "--args needs --module MODULE"],
    [["run", "all", "-m", "stat", "--", "ls"], "usage", "do not go together"],
    [["run", "all", "-m", "stta", "-a", "path=/"], "unknown-module", "did you mean `stat`?"],
    [["run", "all", "-m", "stat", "-a", "paht=/"], "unknown-parameter", "did you mean `path`?"],
    [["run", "all", "-m", "file", "-a", "path=/a b state=absent"], "wrong-option", '"b" is no key=value'],
    [["run", "all", "-m", "file", "-a", "path='/a"], "wrong-option", "is not closed"],
    [["run", "all", "-m", "file", "-a", "{ path: /a"], "yaml-syntax", "(command line):3:"],
    [["run", "nosuch", "--", "ls"], "unknown-host", "nosuch"],
    [["run", " ", "--", "ls"], "empty-pattern", "`all` is every host"],
    [["run"], "usage", "missing required argument 'pattern'"],
  ])("%j is refused before anything is sent", async (args, code, message) => {
    const done = await lab(...args);
    expect({ code: done.code, stdout: done.stdout }).toEqual({ code: 1, stdout: "" });
    expect(done.stderr).toContain(`error[${code}]: `);
    expect(done.stderr).toContain(message);
  });
});

describe("lab drift", () => {
  it("finds nothing where nothing has drifted, and what somebody has changed", async () => {
    await lab("play", "site.yml");
    const clean = await lab("drift");
    expect(clean).toMatchObject({ code: 0, stdout: "2 hosts: nothing has drifted\n", stderr: "" });
    await lab("sandbox", "break", "--seed", "2");
    const drifted = await lab("drift");
    expect(drifted.code).toBe(3);
    expect(drifted.stdout).toMatch(/^(nas1|pve1)\n {2}\S.* {2}(roles|playbooks)\/\S+:\d+\n/);
    expect(drifted.stdout).toMatch(/\n2 hosts: \d tasks? drifted\n$/);
    expect(drifted.stdout).not.toMatch(/\bok\b|skipped|RECAP/);
    // It has looked, and no more: the next one finds the same.
    expect((await lab("drift")).stdout).toBe(drifted.stdout);
    const events = (await lab("drift", "site.yml", "--format", "jsonl")).stdout.trimEnd().split("\n");
    expect(JSON.parse(events[0] ?? "")).toMatchObject({ type: "run", check: true });
    await lab("play", "site.yml");
    expect((await lab("drift")).code).toBe(0);
  });

  it("counts what cannot be decided before something has run", async () => {
    put(
      "playbooks/deferred.yml",
      "- name: D\n  hosts: pve1\n  tasks:\n    - name: make\n      command: { argv: [touch, /x], creates: /x }\n      register: made\n    - name: read\n      debug: { msg: '{{ made.stdout }}' }\n",
    );
    const { code, stdout } = await lab("drift", "deferred.yml");
    expect(code).toBe(3);
    expect(stdout).toMatch(/1 task drifted, 1 not decided\n$/);
    rmSync(join(site, "playbooks/deferred.yml"));
  });

  it("says which playbooks there are where there is no site.yml", async () => {
    const bare = join(folder, "other");
    mkdirSync(join(bare, "playbooks"), { recursive: true });
    writeFileSync(join(bare, "playbooks/web.yml"), "- { hosts: all }\n");
    const { code, stderr } = await runCommand(bin(), bare, ["drift"]);
    expect(code).toBe(1);
    expect(stderr).toContain("hint: name what is to be looked at: lab drift web.yml");
  });
});

describe("lab role", () => {
  it("makes a role that passes its own test, and can be used", async () => {
    const made = await lab("role", "init", "web");
    expect(made).toMatchObject({ code: 0, stderr: "" });
    expect(made.stdout).toContain("Next:\n  lab role test web\n  lab doc web\n");
    const tested = await lab("role", "test", "web");
    expect(tested).toMatchObject({ code: 0, stderr: "" });
    const stages = ["syntax", "check", "run", "foretold", "again", "settled", "verify"];
    expect([...tested.stdout.matchAll(/^ {2}(\w+) +ok /gm)].map(([, stage]) => stage)).toEqual(stages);
    put("playbooks/web.yml", "- name: Web\n  hosts: servers\n  roles:\n    - { role: web, greeting: Hi }\n");
    expect((await lab("check", "--strict")).stdout).toMatch(/: nothing is wrong\n$/);
    expect((await lab("play", "web.yml")).code).toBe(0);
  });

  it("tests all roles of the site, for programs too", async () => {
    const { code, stdout } = await lab("role", "test", "--json");
    const report = JSON.parse(stdout);
    expect({ code, passed: report.passed }).toEqual({ code: 0, passed: true });
    expect([...new Set(report.stages.map(({ role }: { role: string }) => role))]).toEqual(["motd", "web"]);
  });

  it("ends with 2 and shows why where a stage fails", async () => {
    put("roles/bad/tasks/main.yml", "- name: Each time anew\n  command: { argv: [touch, /x] }\n");
    const { code, stdout } = await lab("role", "test", "bad");
    expect(code).toBe(2);
    expect(stdout).toContain("again     failed  1 changed once more\n");
    expect(stdout).toContain("Each time anew");
    put("roles/bad/tasks/main.yml", "- name: Wrong\n  comand: { argv: [touch, /x] }\n");
    const wrong = await lab("role", "test", "bad");
    expect(wrong.code).toBe(1);
    expect(wrong.stderr).toContain("did you mean `command`?");
    rmSync(join(site, "roles/bad"), { recursive: true });
  });

  it("lists roles by where they come from, those of npm packages too", async () => {
    put("node_modules/@scope/kit/roles/dns/tasks/main.yml", "- name: Says\n  debug: { msg: from a package }\n");
    put("node_modules/@scope/kit/roles/dns/meta/main.yml", "description: Names and addresses.\n");
    const listed = await lab("role", "list");
    expect(listed.stdout).toMatch(
      /^Of this site\n {2}motd .*\n {2}web .*\n\nOf installed packages\n {2}@scope\/kit\/dns +Names and addresses\.\n\nOf lab\n/,
    );
    const { roles } = JSON.parse((await lab("role", "list", "--json")).stdout);
    expect(roles.map(({ name }: { name: string }) => name)).toEqual(
      expect.arrayContaining(["motd", "@scope/kit/dns", "das_keepalive"]),
    );
    put("playbooks/dns.yml", '- name: Names\n  hosts: pve1\n  roles: ["@scope/kit/dns"]\n');
    expect((await lab("play", "dns.yml")).stdout).toContain("from a package");
    expect((await lab("role", "test", "@scope/kit/dns")).code).toBe(0);
    expect((await lab("doc", "@scope/kit/dns")).stdout).toContain("A role of an installed package");
  });

  it.each<[readonly string[], string, string]>([
    [["role", "init", "web"], "role-exists", "there is a role web"],
    [["role", "init", "My-Role"], "bad-name", "name it my_role"],
    [["role", "init", "../x"], "bad-name", "cannot be the name"],
    [["role", "init", ""], "bad-name", "cannot be the name"],
    [["role", "init"], "usage", "missing required argument 'name'"],
    [["role", "test", "wbe"], "unknown-role", "did you mean web?"],
    [["role", "tset"], "usage", "did you mean test?"],
  ])("%j is told like every error", async (args, code, message) => {
    const done = await lab(...args);
    expect(done.code).toBe(1);
    expect(done.stderr).toContain(`error[${code}]: `);
    expect(done.stderr).toContain(message);
  });
});

describe("lab doc", () => {
  const titles = (text: string) => [...text.matchAll(/^([A-Z][A-Z_ ]+)$/gm)].map(([title]) => title);

  it("reads like a manual page, in 80 columns and without colours on a pipe", async () => {
    const { code, stdout, stderr } = await lab("doc", "command");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const all = [
      "NAME",
      "SYNOPSIS",
      "DESCRIPTION",
      "PARAMETERS",
      "EXAMPLES",
      "RETURN VALUES",
      "CHECK MODE",
      "SEE ALSO",
    ];
    expect(titles(stdout)).toEqual(all);
    expect(stdout.includes("\u001b")).toBe(false);
    const prose = stdout.slice(0, stdout.indexOf("\nEXAMPLES\n"));
    expect(prose.split("\n").filter((line) => line.length > 80)).toEqual([]);
    expect(stdout).toMatch(/RETURN VALUES\n[\s\S]*`rc`, `stdout`, `stderr`/);
  });

  it.each([
    ["web", ["NAME", "SYNOPSIS", "WHERE", "ARGUMENTS", "TASKS_FROM", "HANDLERS", "SEE ALSO"]],
    ["when", ["NAME", "MEANING", "SEE ALSO"]],
    ["combine", ["NAME", "SYNOPSIS", "ARGUMENTS", "RETURN VALUE", "EXAMPLES", "SEE ALSO"]],
    ["argument", ["NAME", "KEYWORDS", "TYPES", "SEE ALSO"]],
    ["lab_host", ["NAME", "DESCRIPTION", "VALUE", "IN ANSIBLE", "SEE ALSO"]],
  ])("has a page on %s", async (topic, expected) => {
    const { code, stdout } = await lab("doc", topic);
    expect({ code, titles: titles(stdout) }).toEqual({ code: 0, titles: expected });
  });

  it("lists what there is, and guesses what was meant", async () => {
    expect((await lab("doc")).stdout).toMatch(/^Modules\n {2}\w[\s\S]*\nRoles\n[\s\S]* {2}web +Keeps/);
    const { code, stderr } = await lab("doc", "templat");
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error\[unknown-topic\]: .*\n {2}hint: did you mean `lab doc template`\?/);
    const { pages } = JSON.parse((await lab("doc", "cron", "--json")).stdout);
    expect(pages[0]).toMatchObject({ name: "cron", kind: "module" });
    expect(pages[0].parameters.find(({ name }: { name: string }) => name === "name")).toMatchObject({ required: true });
  });
});

describe("help", () => {
  it("of every command has examples, fits 80 columns and says a default once", async () => {
    const commandsIn = (text: string) => [...text.matchAll(/^ {2}(\w+)(?:\|\w+)?[ \n]/gm)].map(([, name = ""]) => name);
    const listed = (text: string) => commandsIn(/\nCommands:\n([\s\S]*?)\n\n/.exec(text)?.[1] ?? "");
    const words = [[] as string[]];
    const wrong: string[] = [];
    for (let call = words.shift(); call !== undefined; call = words.shift()) {
      const { code, stdout } = await lab(...call, "--help");
      const told = (what: string): void => void wrong.push(`lab ${call?.join(" ")}: ${what}`);
      if (code !== 0) told(`ends with ${code}`);
      if (!/\nExamples:\n {2}\S/.test(stdout)) told("no examples");
      for (const line of stdout.split("\n").filter(({ length }) => length > 80)) told(`too long: ${line}`);
      for (const option of stdout.split(/\n {2}(?=\S)/)) if (/default:[\s\S]*default:/.test(option)) told(option);
      if (/\[\w+s\.\.\.\]/.test(stdout)) told("what may be repeated has the name of one");
      words.push(...listed(stdout).flatMap((name) => (name === "help" ? [] : [[...(call ?? []), name]])));
    }
    expect(wrong).toEqual([]);
  });

  it("leaves nothing behind in the site but what commands say", () => {
    // A package was installed above.
    const there = readdirSync(site)
      .filter((name) => name !== "node_modules")
      .sort();
    expect(there).toEqual([".gitignore", ".lab", ".vscode", "README.md", "inventory", "lab.yml", "playbooks", "roles"]);
  });
});
