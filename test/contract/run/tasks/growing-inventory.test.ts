import { describe, expect, test } from "vitest";
import { runBothWays } from "../../../support/run-both-ways.ts";
import { inventoryOf, type RunRequest, resultOf, runSite, saidBy, storyOf } from "../../../support/run-site.ts";

const play = (hosts: string, ...tasks: readonly string[]) =>
  `- hosts: ${hosts}\n  tasks:\n${tasks.map((task) => `    - ${task}\n`).join("")}`;
const site = (...plays: readonly string[]) => ({
  "inventory/hosts.yml": inventoryOf("h1", "h2"),
  "site.yml": plays.join(""),
});
const hello = "{ name: hello, debug: '{{ inventory_hostname }}' }";
const codes = (run: Awaited<ReturnType<typeof runSite>>) => run.diagnostics.map(({ code }) => code);
const hosts = (run: Awaited<ReturnType<typeof runSite>>, name = "hello") =>
  run.results.filter((each) => each.name === name).map(({ host }) => host);

describe("add_host, as Ansible's page of the module has it", () => {
  test("later plays see it: in patterns, groups and hostvars; the play under way does not", async () => {
    const { run } = await runBothWays({
      files: site(
        play("h1", "add_host: { name: w1, groups: [just_created], foo: 42, lab_connection: lab }", hello),
        play("just_created", hello, "debug: '{{ foo }} {{ join group_names \",\" }}'"),
        play("h1", "debug: '{{ hostvars.w1.foo }} {{ join groups.just_created }}'"),
      ),
    });
    expect(hosts(run)).toEqual(["h1", "w1"]);
    expect(saidBy(run, "w1")).toEqual(["w1", "42 just_created"]);
    expect(saidBy(run)).toEqual(["h1", "42 w1"]);
    expect(run.events.filter((event) => event.type === "host")).toEqual([{ type: "host", name: "w1", event: "added" }]);
    expect(Object.keys(run.recap?.hosts ?? {})).toEqual(["h1", "w1"]);
  });
  test("it runs once, on the first host, and its result holds for all", async () => {
    const { run } = await runBothWays({
      files: site(
        play(
          "all",
          "{ name: add, add_host: { name: 'w-{{ inventory_hostname }}', groups: web, lab_connection: lab }, register: r }",
          "debug: '{{ r.host }}'",
        ),
        play("web", hello),
      ),
    });
    expect(hosts(run, "add")).toEqual(["h1"]);
    expect(saidBy(run, "h2")).toEqual(["w-h1"]);
    expect(hosts(run)).toEqual(["w-h1"]);
  });
  test("several are added by a loop; groups are a list or a text with commas", async () => {
    const { run } = await runBothWays({
      files: site(
        play(
          "all",
          "{ add_host: { hostname: 'w{{ item }}', group: 'web, staging', lab_connection: lab }, loop: [1, 2] }",
        ),
        play("web:&staging", hello),
        play("web[1]", "{ name: second, debug: x }"),
        play("~w[0-9]", "{ name: regex, debug: x }"),
        play("all:!web", "{ name: others, debug: x }"),
      ),
    });
    expect(hosts(run)).toEqual(["w1", "w2"]);
    expect(hosts(run, "second")).toEqual(["w2"]);
    expect(hosts(run, "regex")).toEqual(["w1", "w2"]);
    expect(hosts(run, "others")).toEqual(["h1", "h2"]);
  });
  test("group_vars and host_vars speak of groups and hosts that come", async () => {
    const { run } = await runBothWays({
      files: {
        ...site(
          play("h1", "add_host: { name: w1, groups: web, a: added, b: added, lab_connection: lab }"),
          play("web", "debug: '{{ a }} {{ b }} {{ c }} {{ d }}'"),
        ),
        "inventory/group_vars/web.yml": "a: group\nc: group\n",
        "inventory/host_vars/w1.yml": "b: host file\n",
        "inventory/group_vars/all.yml": "c: all\nd: all\n",
      },
    });
    expect(saidBy(run, "w1")).toEqual(["added host file group all"]);
  });
  test("a host that is there gets groups and variables in addition", async () => {
    const { run } = await runBothWays({
      files: site(
        play("h1", "add_host: { name: h2, groups: extra, color: red }"),
        play("extra", "debug: '{{ inventory_hostname }} {{ color }}'"),
      ),
    });
    expect(saidBy(run, "h2")).toEqual(["h2 red"]);
    expect(run.events.filter((event) => event.type === "host")).toEqual([]);
  });
  test("one that was added can be delegated to", async () => {
    const { run } = await runBothWays({
      files: site(
        play(
          "h1",
          "add_host: { name: w1, lab_connection: lab }",
          "{ name: there, command: touch /srv/x, delegate_to: w1 }",
        ),
      ),
    });
    expect(resultOf(run, "there")).toMatchObject({ status: "changed", on: "w1" });
    expect(Object.keys(run.recap?.hosts ?? {})).toEqual(["h1"]);
  });
  test("--limit holds for hosts that come, too", async () => {
    const files = site(play("h1", "add_host: { name: w1, groups: web, lab_connection: lab }"), play("web", hello));
    expect(hosts(await runSite({ files, limit: "h1" }))).toEqual([]);
    expect(hosts(await runSite({ files, limit: "h1,w1" }))).toEqual(["w1"]);
    expect(hosts(await runSite({ files, limit: "h1,web" }))).toEqual(["w1"]);
  });
  test("a pattern that nothing has come for is a warning when its turn comes", async () => {
    const files = site(
      play("h1", "{ add_host: { name: '{{ item }}', lab_connection: lab }, loop: [w1] }"),
      play("web", hello),
      play("h1", hello),
    );
    const run = await runSite({ files });
    expect(codes(run)).toEqual([]);
    const warnings = run.events.flatMap((event) => (event.type === "warning" ? [event.diagnostic] : []));
    expect(warnings.map(({ code, severity, place }) => [code, severity, place?.line])).toEqual([
      ["unknown-host", "warning", 4],
    ]);
    expect(hosts(run)).toEqual(["h1"]);
    expect(run.exitCode).toBe(0);
  });
  test("a name that no earlier task can bring about is an error before the run", async () => {
    const run = await runSite({
      files: site(
        play("wbe", hello),
        play("h1", "add_host: { name: w1, groups: web, lab_connection: lab }"),
        play("wbe", hello),
      ),
    });
    expect(run.diagnostics.map(({ code, place }) => [code, place?.line])).toEqual([
      ["unknown-host", 1],
      ["unknown-host", 7],
    ]);
  });
});

describe("group_by, as Ansible's page of the module has it", () => {
  test("each host joins its group, whose variables it has from then on", async () => {
    const { run } = await runBothWays({
      files: {
        ...site(
          play("all", "group_by: { key: 'n_{{ inventory_hostname }}' }", "debug: '{{ color }}'"),
          play("n_h2", hello),
          play("n_*", "{ name: star, debug: x }"),
        ),
        "inventory/group_vars/n_h1.yml": "color: red\n",
        "inventory/group_vars/n_h2.yml": "color: blue\n",
      },
    });
    expect([saidBy(run), saidBy(run, "h2")[0]]).toEqual([["red", "x"], "blue"]);
    expect(hosts(run)).toEqual(["h2"]);
    expect(hosts(run, "star")).toEqual(["h1", "h2"]);
  });
  test("from facts, with parents; spaces become dashes", async () => {
    const { run } = await runBothWays({
      files: site(
        play("all", "group_by: { key: 'os {{ facts.distribution.id }}', parents: [linux, machines] }"),
        play("os-debian", hello),
        play("linux:&machines", "{ name: both, debug: '{{ join group_names \",\" }}' }"),
      ),
    });
    expect(hosts(run)).toEqual(["h1", "h2"]);
    expect(run.results.find(({ name }) => name === "both")?.result).toMatchObject({
      msg: "linux,machines,os-debian",
    });
  });
  test("with when, only some join", async () => {
    const { run } = await runBothWays({
      files: site(
        play("all", "{ group_by: { key: some }, when: inventory_hostname == 'h2' }"),
        play("some", hello),
        play("all:!some", "{ name: rest, debug: x }"),
      ),
    });
    expect([hosts(run), hosts(run, "rest")]).toEqual([["h2"], ["h1"]]);
  });
});

describe("faults", () => {
  const told = async (task: string, more: Partial<RunRequest> = {}) => {
    const run = await runSite({ files: site(play("h1", task)), ...more });
    return [
      ...run.diagnostics.map(
        ({ code, place, message, hint }) => `${place?.line}:${place?.column} ${code}: ${message} (${hint})`,
      ),
      ...run.results.flatMap(({ status, reason, hint }) => (status === "failed" ? [`${reason} (${hint})`] : [])),
    ];
  };
  test.each([
    ["add_host: {}", /invalid-parameter: .*say which host: name/],
    ["add_host: { name: '' }", /expected the name of a host/],
    ["add_host: { name: 3 }", /expected the name of a host/],
    ["add_host: { name: 'web:2222' }", /3:25 bad-name: .*write `name: web` and `lab_port: 2222`/],
    ["add_host: { name: '../x' }", /3:25 bad-name: `\.\.\/x` cannot be the name of a host/],
    ["add_host: { name: w, groups: 'a b' }", /bad-name: `a b` cannot be the name of a group/],
    ["add_host: { name: w, groups: h1 }", /ambiguous-name: `h1` is a host/],
    ["add_host: { name: all }", /ambiguous-name: `all` is a group/],
    ["add_host: { name: w, groups: { a: b } }", /expected the name of a group, or a list of names/],
    ["add_host: { name: w, ansible_host: 1.2.3.4 }", /3:28 ansible-variable: .*write `lab_host`/],
    ["add_host: { name: w, lab_hots: x }", /3:28 unknown-connection-variable: .*did you mean `lab_host`/],
    ["add_host: { name: w, lab_port: ssh }", /3:38 wrong-type: `lab_port` must be a whole number/],
    ["add_host: { name: w, facts: 1 }", /magic-variable: "facts"/],
    ["add_host: { name: w, hostname: v }", /hostname and name are the same: give one/],
    ["add_host: { name: '{{ bad_name }}' }", /`a b` cannot be the name of a host/],
    ["add_host: { name: w, lab_port: '{{ bad_name }}' }", /`lab_port` must be a whole number, not a text/],
    ["group_by: {}", /missing-parameter: `group_by` needs the parameter `key`/],
    ["group_by: { key: '' }", /expected the name of a group, got an empty text/],
    ["group_by: { key: a, parents: a }", /`a` is below `a` and cannot hold it/],
    ["group_by: { key: h2 }", /`h2` is a host: a pattern could mean either/],
  ] as const)("%s", async (task, expected) => {
    const found = await told(task, { extraVars: ["bad_name=a b"] });
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(expected);
  });
});

test("an order to read the inventory again keeps what tasks have added", async () => {
  const run = await runSite({
    files: site(
      play("h1", "add_host: { name: w1, groups: web, lab_connection: lab }", "meta: refresh_inventory"),
      play("web", hello),
    ),
  });
  expect(storyOf(run).at(-1)).toBe("w1 hello: ok");
});
