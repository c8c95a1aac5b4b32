import { describe, expect, test } from "vitest";
import { clusterWithGuest, NODES } from "../../support/cluster-lab.ts";
import { guestInventory } from "../../support/guests.ts";
import { labWorlds } from "../../support/random-labs.ts";
import { inventoryOf, runSite, type SiteRun } from "../../support/run-site.ts";
import { createWorld, type TestWorld } from "../../support/world.ts";

type Tasks = readonly object[];
const site = (hosts: string, tasks: Tasks, more: object = {}) =>
  JSON.stringify([{ name: "play", hosts, tasks: tasks.map((each) => ({ name: "task", ...each })), ...more }]);
const stat = (path: string): object => ({ stat: path, register: "seen" });
const touch = (path: string): object => ({ copy: { dest: path, content: "x" } });

/** Whether each host sees a file, by the last task that looks for it. */
function sees({ results, diagnostics, exitCode }: SiteRun): Readonly<Record<string, unknown>> {
  expect(diagnostics).toEqual([]);
  expect(exitCode).toBe(0);
  return Object.fromEntries(
    results.filter(({ module }) => module === "stat").map(({ host, result }) => [host, Object(result).exists]),
  );
}
const tripsOn = (run: SiteRun, host: string): number | undefined => run.recap?.hosts[host]?.roundTrips;

interface Case {
  readonly world: TestWorld;
  readonly inventory: string;
  readonly tasks: Tasks;
  readonly apart?: boolean;
  readonly hosts?: string;
}
async function play({ world, inventory, tasks, apart = true, hosts = "all" }: Case): Promise<SiteRun> {
  const files = { "site.yml": site(hosts, tasks), "inventory/hosts.yml": inventory };
  return runSite({ files, world, apart, forks: 1 });
}

/** All look at it, the first one makes it, all look again. */
const onTheFirst = (path: string): Tasks => [stat(path), { ...touch(path), run_once: true }, stat(path)];

describe("what was seen no longer counts", () => {
  test("after a write to another name of the same machine", async () => {
    const inventory = "all:\n  vars: { lab_connection: lab, lab_host: box }\n  hosts: { one: , two: }\n";
    const run = await play({ world: createWorld(), inventory, tasks: onTheFirst("/etc/made") });
    expect(sees(run)).toEqual({ one: true, two: true });
  });

  test.each([false, true])(
    "after a write that is the first thing sent under another name of the same machine; its answer is lost: %s",
    async (lost) => {
      const inventory = "all:\n  vars: { lab_connection: lab, lab_host: box }\n  hosts: { one: , two: }\n";
      const only = (host: string): object => ({ when: `inventory_hostname == "${host}"` });
      const made = { command: { argv: ["touch", "/etc/made"] }, ignore_errors: true };
      const tasks = [
        { ...stat("/etc/made"), ...only("one") },
        { ...made, ...only("two") },
        { ...stat("/etc/made"), ...only("one") },
      ];
      const world = createWorld();
      if (lost) world.lostAfter = ({ way }) => (way === "send" ? 1 : null);
      const run = await play({ world, inventory, tasks });
      const status = run.results.find(({ module, host }) => module === "command" && host === "two")?.status;
      expect(status).toBe(lost ? "failed" : "changed");
      expect(sees(run)).toEqual({ one: true, two: undefined });
    },
  );

  test("after a write to another node of the same cluster", async () => {
    const world = await clusterWithGuest();
    const run = await play({ world, inventory: inventoryOf(...NODES), tasks: onTheFirst("/etc/pve/made.cfg") });
    expect(sees(run)).toEqual({ main: true, mini1: true, mini2: true });
  });

  test("after a write on the node of a container, and in a sibling", async () => {
    const inventory = guestInventory({ ct1: 101, ct2: 102 });
    for (const first of ["pve1", "ct1"]) {
      const { related } = await labWorlds();
      const hosts = first === "pve1" ? "pve1,ct1,ct2" : "ct1,pve1,ct2";
      const run = await play({ world: related, inventory, tasks: onTheFirst("/srv/made"), hosts });
      expect(sees(run)).toEqual({ pve1: true, ct1: true, ct2: true });
    }
  });

  test("after a write on the controller, for all hosts", async () => {
    const tasks = [stat("/etc/a"), { ...touch("/tmp/x"), delegate_to: "localhost", run_once: true }, stat("/etc/a")];
    const run = await play({ world: createWorld(), inventory: inventoryOf("h1", "h2"), tasks });
    expect([tripsOn(run, "h1"), tripsOn(run, "h2")]).toEqual([2, 2]);
  });

  test("after a write that failed, and one that was declared unchanged", async () => {
    for (const more of [{ failed_when: true, ignore_errors: true }, { changed_when: false }]) {
      const tasks = [stat("/etc/made"), { command: { argv: ["touch", "/etc/made"] }, ...more }, stat("/etc/made")];
      const run = await play({ world: createWorld(), inventory: inventoryOf("h1"), tasks });
      expect(sees(run)).toEqual({ h1: true });
    }
  });

  test.each<[string, object, object]>([
    ["a pause of one for all", { pause: 1, run_once: true }, {}],
    ["a wait of one for all", { wait_for: { path: "/etc/hostname" }, run_once: true }, {}],
    ["a wait at another host", { wait_for: { path: "/etc/hostname" }, delegate_to: "h3" }, {}],
    [
      "a wait of each at another host",
      { wait_for: { path: "/etc/hostname" }, delegate_to: "h3" },
      { strategy: "free" },
    ],
    ["a try at another host", { stat: "/etc/hostname", until: "true", delegate_to: "h3" }, {}],
  ])("after %s, where machines are apart", async (_, waiting, more) => {
    const tasks = [stat("/etc/a"), waiting, stat("/etc/a")];
    const files = {
      "site.yml": site("h1,h2", tasks, more),
      "inventory/hosts.yml": inventoryOf("h1", "h2", "h3"),
    };
    const run = await runSite({ files, world: createWorld(), apart: true });
    expect([tripsOn(run, "h1"), tripsOn(run, "h2")].every((trips) => (trips ?? 0) >= 2)).toBe(true);
  });

  test.each<[string, object]>([
    ["a pause", { pause: 1 }],
    ["a wait", { wait_for: { path: "/etc/hostname" } }],
    ["a try that is the first and the last", { stat: "/etc/hostname", until: "true" }],
    ["a look of the user's own", { command: { argv: ["cat", "/etc/hostname"] }, reads: true }],
  ])("after %s", async (_, waiting) => {
    const world = createWorld();
    // Somebody else makes it while nobody looks.
    let trips = 0;
    world.onTrip = ({ host }) => {
      trips += 1;
      if (trips === 2)
        world.host(host).files["/etc/made"] = { type: "directory", mode: "0755", uid: 0, gid: 0, mtime: 1 };
    };
    const tasks = [stat("/etc/made"), waiting, stat("/etc/made")];
    const run = await play({ world, inventory: inventoryOf("h1"), tasks });
    expect(sees(run)).toEqual({ h1: true });
  });
});

describe("what was seen goes on to count", () => {
  test("after a write to a machine of its own, where they are apart, and not where they are together", async () => {
    const tasks = [stat("/etc/a"), { ...touch("/etc/b"), run_once: true }, stat("/etc/c")];
    const go = (apart: boolean) => play({ world: createWorld(), inventory: inventoryOf("h1", "h2"), tasks, apart });
    expect(tripsOn(await go(true), "h2")).toBe(1);
    expect(tripsOn(await go(false), "h2")).toBe(2);
  });
});
