import { describe, expect, test } from "vitest";
import { alpineTemplate, guestInventory, insideOf, putTemplates } from "../../support/guests.ts";
import { guest } from "../../support/modules/guest.ts";
import { dedent, indent, type RunRequest, resultOf, runSite, saidBy, storyOf } from "../../support/run-site.ts";
import { createWorld, type TestWorld } from "../../support/world.ts";

const node = (): TestWorld => putTemplates(createWorld({ pve1: { kind: "proxmox" } }));
const inventory = guestInventory({ ct1: 101 });
const run = (plays: string, more: Partial<RunRequest> = {}) =>
  runSite({
    modules: [guest],
    world: node(),
    ...more,
    files: { "site.yml": dedent(plays), "inventory/hosts.yml": inventory, ...more.files },
  });
/** One play on each: what is done on the node, then what is done in the container. */
const both = (onNode: string, inside: string): string =>
  `- { name: node, hosts: pve1, tasks: [${onNode}] }\n- name: inside\n  hosts: guests\n  tasks:\n${indent(dedent(inside), 4)}`;
/** A node on which this has been run. */
const nodeAfter = async (...tasks: readonly string[]): Promise<TestWorld> => {
  const world = node();
  const done = await run(`- { name: before, hosts: pve1, tasks: [${tasks.join(", ")}] }`, { world });
  expect(done.results.map(({ reason }) => reason)).toEqual(tasks.map(() => undefined));
  return world;
};
const reasonOf = (ended: Awaited<ReturnType<typeof run>>, name: string) => {
  const { status, reason, hint } = resultOf(ended, name, "ct1");
  return { status, reason, hint };
};

const twoPlays = `
  - name: node
    hosts: pve1
    tasks:
      - name: make it
        guest: { vmid: 101 }
  - name: inside
    hosts: guests
    tasks:
      - name: motd
        copy: { dest: /etc/motd, content: "hello\\n" }
        register: motd
        notify: told
      - name: where
        debug: "{{ facts.distribution.id }}"
      - name: after motd
        debug: "{{ motd.size }}"
      - name: certain
        set_fact: { plain: 1 }
      - name: included
        include_tasks: more.yml
    handlers:
      - name: told
        command: touch /srv/told
`;
const onePlay = `
  - name: both
    hosts: all
    tasks:
      - name: make it
        guest: { vmid: 101 }
        when: inventory_hostname == 'pve1'
      - name: motd
        copy: { dest: /etc/motd, content: "hello\\n" }
        register: motd
        notify: told
        when: inventory_hostname == 'ct1'
      - name: where
        debug: "{{ facts.distribution.id }}"
        when: inventory_hostname == 'ct1'
      - name: after motd
        debug: "{{ motd.size }}"
        when: inventory_hostname == 'ct1'
      - name: certain
        set_fact: { plain: 1 }
        when: inventory_hostname == 'ct1'
      - name: included
        include_tasks: more.yml
        when: inventory_hostname == 'ct1'
    handlers:
      - name: told
        command: touch /srv/told
`;
const more = { "more.yml": "- name: within\n  file: { path: /srv/within, state: directory }\n" };

describe.each([
  ["the node's play comes first", twoPlays],
  ["one play does both", onePlay],
])("a container that the run itself makes, %s", (_, plays) => {
  test("an empty node: deferred by name, then done in one run, then nothing is left", async () => {
    const world = node();
    const foretold = await run(plays, { world, check: true, files: more });
    const story = storyOf(foretold).filter((line) => !line.includes("skipped"));
    expect(story).toEqual([
      "pve1 make it: changed",
      "ct1 motd: deferred",
      "ct1 where: deferred",
      "ct1 after motd: deferred",
      "ct1 certain: ok",
      "ct1 within: deferred",
      "ct1 handler told: deferred",
    ]);
    const { taskId } = resultOf(foretold, "make it", "pve1");
    for (const name of ["motd", "where", "after motd", "within"]) {
      expect(resultOf(foretold, name, "ct1").because).toEqual([taskId]);
    }
    expect(resultOf(foretold, "motd", "ct1").reason).toBe("there is no container 101 on pve1 so far");
    expect(foretold.after).toBe(foretold.before);
    expect(foretold).toMatchObject({ exitCode: 0, recap: { hosts: { ct1: { deferred: 5, unreachable: 0 } } } });
    expect(foretold.world.trips.every(({ way }) => way === "look")).toBe(true);

    const done = await run(plays, { world, files: more });
    expect(storyOf(done).filter((line) => !line.includes("skipped"))).toEqual([
      "pve1 make it: changed",
      "ct1 motd: changed",
      "ct1 where: ok",
      "ct1 after motd: ok",
      "ct1 certain: ok",
      "ct1 within: changed",
      "ct1 handler told: changed",
    ]);
    expect(saidBy(done, "ct1")).toEqual(["debian", 6]);
    expect(insideOf(world, 101).files["/etc/motd"]).toMatchObject({ content: "hello\n" });
    const again = await run(plays, { world, files: more });
    expect(again.recap?.hosts).toMatchObject({ pve1: { changed: 0 }, ct1: { changed: 0, unreachable: 0 } });
  });
});

describe("a container that is not up", () => {
  const task = "- { name: inside, command: uname }";
  test.each([
    [
      "stopped",
      "guest: { vmid: 101, state: stopped }",
      "container 101 on pve1 is stopped",
      "start it with a task on pve1",
    ],
    ["missing", "guest: { vmid: 102 }", "there is no container 101 on pve1", "make it with a task on pve1"],
  ])("%s: unreachable, in a check too, where nothing pending would bring it up", async (_, made, reason, hint) => {
    for (const check of [false, true]) {
      const world = await nodeAfter(`{ ${made} }`);
      const ended = await run(both("", task), { world, check });
      expect(reasonOf(ended, "inside")).toEqual({ status: "unreachable", reason, hint: expect.stringContaining(hint) });
      expect(ended.exitCode).toBe(4);
    }
  });
  test.each([
    ["a task that touches another guest", "{ guest: { vmid: 102 } }"],
    ["a file", "{ copy: { dest: /etc/pve/lxc/note, content: x } }"],
    ["a kernel parameter", "{ sysctl: { name: vm.swappiness, value: 3 } }"],
  ])("%s brings nothing about", async (_, pending) => {
    const ended = await run(both(pending, task), { check: true });
    expect(reasonOf(ended, "inside").status).toBe("unreachable");
  });
  test.each([
    ["a task that starts it", "{ guest: { vmid: 101 } }"],
    ["a command of the user's own", "{ command: pct start 101 }"],
    ["a task that is itself deferred", '{ command: hostname, register: r }, { command: "pct start {{ r.stdout }}" }'],
  ])("%s may bring it up: deferred", async (_, pending) => {
    const world = await nodeAfter("{ guest: { vmid: 101, state: stopped } }");
    const ended = await run(both(pending, task), { world, check: true });
    expect(reasonOf(ended, "inside")).toMatchObject({
      status: "deferred",
      reason: "container 101 on pve1 is stopped so far",
    });
    expect(resultOf(ended, "inside", "ct1").because?.length).toBeGreaterThan(0);
    expect(ended.exitCode).toBe(0);
  });
  test("a number of a virtual machine, a node without containers", async () => {
    const world = node();
    world.host("pve1").files["/etc/pve/nodes/pve1/qemu-server/101.conf"] = {
      type: "file",
      mode: "0640",
      uid: 0,
      gid: 33,
      mtime: 1,
      content: "memory: 512\n",
    };
    const machine = await run(both("", task), { world });
    expect(reasonOf(machine, "inside").reason).toBe("101 on pve1 is a virtual machine, not a container");
    const debian = await run(both("", task), { world: createWorld() });
    expect(reasonOf(debian, "inside").reason).toContain("pve1 does not let anybody into containers");
  });
  test("one that a task stops and another starts again is waited for", async () => {
    const world = await nodeAfter("{ guest: { vmid: 101 } }");
    const ended = await run(
      `
      - { name: in, hosts: guests, tasks: [{ command: touch /srv/a }] }
      - { name: off and on, hosts: pve1, tasks: [{ guest: { vmid: 101, state: stopped } }, { guest: { vmid: 101 } }] }
      - { name: in again, hosts: guests, tasks: [{ name: last, command: touch /srv/b }] }`,
      { world },
    );
    expect(reasonOf(ended, "last").status).toBe("changed");
    expect(ended.exitCode).toBe(0);
  });
});

describe("a container that runs, while something is pending on its node", () => {
  const inside = "- { name: inside, copy: { dest: /etc/motd, content: new } }";
  test.each([
    ["its own stop", "{ name: pending, guest: { vmid: 101, state: stopped } }", "assumed"],
    ["a command of the user's own", "{ name: pending, command: uname }", "assumed"],
    ["another guest", "{ name: pending, guest: { vmid: 102 } }", "certain"],
    ["a file", "{ name: pending, copy: { dest: /etc/motd, content: x } }", "certain"],
  ])("%s makes what is seen inside %s", async (_, pending, certainty) => {
    const world = await nodeAfter("{ guest: { vmid: 101 } }");
    const ended = await run(both(pending, inside), { world, check: true });
    const result = resultOf(ended, "inside", "ct1");
    expect(result).toMatchObject({ status: "changed", certainty });
    const { taskId } = resultOf(ended, "pending", "pve1");
    expect(result.because ?? []).toEqual(certainty === "assumed" ? [taskId] : []);
  });
});

describe("who does it, and where", () => {
  test("root, or another user inside; one who is not there costs its task alone", async () => {
    const world = await nodeAfter("{ guest: { vmid: 101 } }");
    const ended = await run(
      both(
        "",
        `
        - { name: root, command: id -un }
        - { name: other, command: id -un, become: true, become_user: daemon }
        - { name: nobody, command: id -un, become: true, become_user: who, ignore_errors: true }
        - { name: last, copy: { dest: /srv/x, content: x } }`,
      ),
      { world },
    );
    expect(resultOf(ended, "root", "ct1").result).toMatchObject({ stdout: "root" });
    expect(resultOf(ended, "other", "ct1").result).toMatchObject({ stdout: "daemon" });
    expect(resultOf(ended, "nobody", "ct1")).toMatchObject({
      status: "failed",
      reason: expect.stringContaining("there is no user who in there"),
    });
    expect(resultOf(ended, "last", "ct1").status).toBe("changed");
  });
  test("an Alpine is entered the same way", async () => {
    const template = `local:vztmpl/${alpineTemplate.split("/").at(-1)}`;
    const world = await nodeAfter(`{ guest: { vmid: 101, template: "${template}" } }`);
    const ended = await run(both("", '- { name: os, debug: "{{ facts.distribution.id }}" }'), { world });
    expect(saidBy(ended, "ct1")).toEqual(["alpine"]);
  });
  test("in a site whose hosts are all of the embedded lab, number and node are enough", async () => {
    const files = { "inventory/hosts.yml": guestInventory({ ct1: 101 }, { connection: "lab" }) };
    const world = await nodeAfter("{ guest: { vmid: 101 } }");
    const ended = await run(both("", "- copy: { dest: /srv/here, content: x }"), { world, files });
    expect(ended.exitCode).toBe(0);
    expect(insideOf(world, 101).files["/srv/here"]).toBeDefined();
  });
  test("the first to go in waits until its init is up, and for its network where told to", async () => {
    const tasks = both(
      '{ guest: { vmid: 101, net: "name=eth0,bridge=vmbr0,ip=dhcp" } }',
      '- { name: addresses, debug: "{{ facts.addresses.eth0.ipv4 }}" }',
    );
    const waited = async (more: string) => {
      const world = node();
      const ended = await run(tasks, {
        world,
        files: { "inventory/hosts.yml": guestInventory({ ct1: 101 }, { more }) },
      });
      expect(ended.exitCode).toBe(0);
      const { booted } = insideOf(world, 101);
      return { said: saidBy(ended, "ct1"), upMs: world.host("pve1").clockMs - (booted?.since ?? 0) };
    };
    const soon = await waited("lab_wait_for_network: false");
    expect(soon.upMs).toBeGreaterThanOrEqual(1000);
    expect(soon.upMs).toBeLessThan(2500);
    const late = await waited("lab_wait_for_network: true");
    expect(late.upMs).toBeGreaterThanOrEqual(2500);
    expect([soon.said, late.said]).toEqual([[[]], [["192.0.2.121/24"]]]);
  });
  test("without any network it is not waited for longer than a minute", async () => {
    const files = { "inventory/hosts.yml": guestInventory({ ct1: 101 }, { more: "lab_wait_for_network: true" }) };
    const ended = await run(both("{ guest: { vmid: 101 } }", "- { name: never, command: uname }"), { files });
    expect(reasonOf(ended, "never")).toMatchObject({
      status: "unreachable",
      reason: "container 101 on pve1 is not up after 60 s: it has no default route",
    });
  });
  test("a converged container costs one round trip", async () => {
    const world = await nodeAfter("{ guest: { vmid: 101 } }");
    const tasks = both(
      "",
      Array.from({ length: 20 }, (_, n) => `- copy: { dest: /srv/${n}, content: "${n}" }`).join("\n"),
    );
    await run(tasks, { world });
    const again = await run(tasks, { world });
    expect(again.recap?.hosts.ct1).toMatchObject({ ok: 20, changed: 0, roundTrips: 1 });
  });
});

describe("where the way is wrong", () => {
  const site = "- { name: inside, hosts: ct1, tasks: [{ name: inside, command: uname }] }";
  const at = (host: string, vars = "") => ({
    "inventory/hosts.yml": `all:\n  vars: { at: nowhere, number: many${vars} }\n  hosts:\n    pve1: { lab_connection: lab }\n    ct1: { ${host} }\n`,
  });
  test.each([
    ["{ lab_connection: pct, lab_vmid: 101, lab_node: pve9 }", "the inventory has no host `pve9`"],
    ["{ lab_connection: pct, lab_node: pve1 }", "has no `lab_vmid`"],
  ])("%s is told before anything is done", async (host, message) => {
    const ended = await run(site, { files: at(host.slice(1, -1)) });
    expect(ended.diagnostics.map((each) => each.message).join()).toContain(message);
    expect(ended.results).toEqual([]);
  });
  test.each([
    [
      "lab_vmid: 101, lab_node: '{{ at }}'",
      "`lab_node` of ct1: the inventory has no host `nowhere`",
      "host of its own",
    ],
    ["lab_vmid: 101, lab_node: '{{ inventory_hostname }}'", "ct1 → ct1 leads back to itself", "reached by ssh"],
    ["lab_vmid: '{{ number }}', lab_node: pve1", "`lab_vmid`: expected a number from 100 to 999999999", "lab_"],
  ])("%s when it is known", async (host, reason, hint) => {
    const ended = await run(site, { files: at(`lab_connection: pct, ${host}`) });
    expect(reasonOf(ended, "inside")).toMatchObject({
      status: "unreachable",
      reason: expect.stringContaining(reason),
      hint: expect.stringContaining(hint),
    });
  });
});
