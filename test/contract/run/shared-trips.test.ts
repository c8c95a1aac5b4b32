import { beforeAll, expect, test } from "vitest";
import { guestInventory, insideOf, putTemplates } from "../../support/guests.ts";
import { type RunRequest, runSite } from "../../support/run-site.ts";
import { createWorld, type TestWorld } from "../../support/world.ts";

const vmids = Array.from({ length: 10 }, (_, index) => 101 + index);
const names = vmids.map((vmid) => `ct${vmid}`);
const inventory = guestInventory(Object.fromEntries(vmids.map((vmid) => [`ct${vmid}`, vmid])));

/** A node with ten containers, and the same after the fifty tasks. */
let world: TestWorld;
let converged: TestWorld;
beforeAll(async () => {
  world = putTemplates(createWorld({ pve1: { kind: "proxmox" } }));
  const tasks = vmids.map((vmid) => ({
    command: `pct create ${vmid} local:vztmpl/debian-12-standard_12.7-1_amd64.tar.zst --hostname ct${vmid} --rootfs local:4 --start 1`,
  }));
  expect((await run({ site: [{ name: "guests", hosts: "pve1", tasks }], world })).exitCode).toBe(0);
  converged = world.copy();
  expect(tripsOf(await run({ site: play("pve1:ct101"), world: converged })).changed).toBe(100);
  const { containers = {} } = converged.host("pve1").pve ?? {};
  const { files } = insideOf(converged, 101);
  for (const { inside } of Object.values(containers)) if (inside) Object.assign(inside.files, structuredClone(files));
});

/** Folders, contents and cron jobs, as most of a homelab's tasks are. */
const fifty = Array.from({ length: 50 }, (_, index) => {
  const path = `/srv/${index}`;
  if (index % 3 === 0) return { file: { path, state: "directory", mode: "0750" } };
  if (index % 3 === 1) return { copy: { dest: path, content: `text ${index}\n` } };
  return { cron: { name: `job ${index}`, file: `job-${index}`, schedule: "0 4 * * *", job: "true" } };
});
const play = (hosts: string, tasks: readonly unknown[] = fifty, more = {}) => [{ name: "play", hosts, tasks, ...more }];

async function run({ site, ...more }: Partial<RunRequest> & { readonly site: unknown }) {
  const files = { "site.yml": JSON.stringify(site), "inventory/hosts.yml": inventory };
  return runSite({ forks: 50, ...more, files });
}
const tripsOf = ({ recap }: Awaited<ReturnType<typeof run>>) => {
  const hosts = Object.values(recap?.hosts ?? {});
  const sum = (count: (host: (typeof hosts)[number]) => number) =>
    hosts.reduce((total, each) => total + count(each), 0);
  return {
    each: [...new Set(hosts.map(({ roundTrips }) => roundTrips))],
    inAll: sum(({ roundTrips, shared = 0 }) => roundTrips - shared),
    changed: sum(({ changed }) => changed),
  };
};

test.each([
  ["the containers", "guests"],
  ["the node and its containers", "all"],
])("a converged play of fifty tasks costs %s the round trips of one host", async (_, hosts) => {
  const play50 = (on: string, more: Partial<RunRequest> = {}, keywords = {}) =>
    run({ site: play(on, fifty, keywords), world: converged.copy(), ...more });
  const one = tripsOf(await play50("ct101"));
  expect(one).toEqual({ each: [one.inAll], inAll: one.inAll, changed: 0 });
  expect(one.inAll).toBeLessThanOrEqual(3);
  const all = tripsOf(await play50(hosts));
  expect(all).toEqual(one);
  const check = tripsOf(await play50(hosts, { check: true }));
  expect(check).toEqual({ each: [check.inAll], inAll: check.inAll, changed: 0 });
  // Also where each host goes at its own pace.
  expect(tripsOf(await play50(hosts, {}, { strategy: "free" }))).toEqual(one);
});

test("what is written is written for each host by itself", async () => {
  const lab = world.copy();
  const ran = await run({ site: play("guests", fifty.slice(0, 3)), world: lab });
  expect(tripsOf(ran).changed).toBe(30);
  const sends = lab.trips.filter(({ way }) => way === "send");
  const doors = sends.map(({ batch }) => [...new Set(batch.sections.map(({ within }) => within.join(" ")))]);
  expect(doors).toHaveLength(30);
  expect(new Set(doors.map((each) => each.length))).toEqual(new Set([1]));
});

test("one that is down fails alone, and the others are told what they see", async () => {
  const lab = world.copy();
  const container = lab.host("pve1").pve?.containers["105"];
  if (!container) throw new Error("there is no 105");
  const stopped = await run({
    site: [{ name: "stop", hosts: "pve1", tasks: [{ command: "pct stop 105" }] }],
    world: lab,
  });
  expect(stopped.exitCode).toBe(0);
  const ran = await run({ site: play("guests", fifty.slice(0, 4)), world: lab });
  const statuses = names.map((name) => ran.results.filter(({ host }) => host === name).map(({ status }) => status));
  const whole = ["changed", "changed", "changed", "changed"];
  expect(statuses).toEqual(names.map((name) => (name === "ct105" ? ["unreachable"] : whole)));
  expect(insideOf(lab, 106).files["/srv/1"]).toMatchObject({ content: "text 1\n" });
});
