import { expect, test } from "vitest";
import { guestInventory, insideOf, putTemplates } from "../../support/guests.ts";
import { guest } from "../../support/modules/guest.ts";
import { resultOf, runSite, saidBy, storyOf } from "../../support/run-site.ts";
import { createWorld } from "../../support/world.ts";

const inventory = guestInventory({ ct1: 101 });
const made = async () => {
  const world = putTemplates(createWorld({ pve1: { kind: "proxmox" } }));
  const site = "- { name: node, hosts: pve1, tasks: [{ guest: { vmid: 101 } }] }\n";
  const run = await runSite({ modules: [guest], world, files: { "site.yml": site, "inventory/hosts.yml": inventory } });
  expect(run.results.map(({ reason }) => reason)).toEqual([undefined]);
  return world;
};
const play = (world: Awaited<ReturnType<typeof made>>, hosts: string, ...tasks: object[]) =>
  runSite({
    world,
    files: { "site.yml": JSON.stringify([{ name: "play", hosts, tasks }]), "inventory/hosts.yml": inventory },
  });

test("a job runs in a container, and is that container's own", async () => {
  const world = await made();
  const run = await play(
    world,
    "guests",
    { command: "sleep 120", async: 600, register: "slept" },
    { debug: { msg: "{{ slept.rc }}" } },
  );
  expect(run.faults).toEqual([]);
  expect(storyOf(run)).toEqual(["ct1 command: changed", "ct1 debug: ok"]);
  expect(saidBy(run, "ct1")).toEqual([0]);
  expect(insideOf(world, 101).jobs).toEqual({});
  expect(world.host("pve1").jobs).toBeUndefined();
});

test("a job ends with its container", async () => {
  const world = await made();
  await play(world, "guests", { command: "sleep 5000", async: 6000, poll: 0 });
  const [id = ""] = Object.keys(insideOf(world, 101).jobs ?? {});
  expect(id).toMatch(/^[0-9a-f]{20}$/);
  const run = await play(world, "guests", { reboot: {} }, { job_status: { id, wait: 60 } });
  expect(resultOf(run, "reboot", "ct1").status).toBe("changed");
  expect(resultOf(run, "job_status", "ct1").reason).toContain(`there is no job ${id}`);
});

test("a container restarts by itself; its node with all that starts at boot", async () => {
  const world = await made();
  const [node, boot] = [world.host("pve1").bootId, insideOf(world, 101).bootId];
  const inside = await play(world, "guests", { reboot: { test: "true" } }, { command: "touch /srv/after" });
  expect(inside.faults).toEqual([]);
  expect(storyOf(inside)).toEqual(["ct1 reboot: changed", "ct1 command: changed"]);
  expect(world.host("pve1").bootId).toBe(node);
  expect(insideOf(world, 101).bootId).not.toBe(boot);
  const outside = await play(world, "pve1", { reboot: {} });
  expect(storyOf(outside)).toEqual(["pve1 reboot: changed"]);
  expect(world.host("pve1").bootId).not.toBe(node);
  const conf = Object.entries(world.host("pve1").files).find(([path]) => path.endsWith("/lxc/101.conf"))?.[1];
  const starts = conf?.type === "file" && /^onboot: 1$/m.test(conf.content);
  expect((world.host("pve1").pve?.containers["101"]?.running ?? null) !== null).toBe(starts);
});
