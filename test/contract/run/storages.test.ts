import { describe, expect, test } from "vitest";
import { nodeText } from "../../../engine/sim/files/node.ts";
import { newHost } from "../../../engine/sim/host/new-host.ts";
import { runSite, tasksSite } from "../../support/run-site.ts";
import { createWorld, type TestWorld } from "../../support/world.ts";

const fresh = () => createWorld({}, { h1: newHost({ kind: "proxmox", name: "h1" }) });
const play = (world: TestWorld, tasks: string, check = false) => runSite({ files: tasksSite(tasks), world, check });
const textOf = (world: TestWorld, path: string) => {
  const node = world.host("h1").files[path];
  return node?.type === "file" ? nodeText(node) : null;
};
const cfg = (world: TestWorld) => textOf(world, "/etc/pve/storage.cfg") ?? "";
const status = (run: Awaited<ReturnType<typeof play>>) => run.results.map((each) => each.status);

/** A check foretells, a run does it, a second run finds nothing to do. */
async function converges(tasks: string, world = fresh()) {
  const check = await play(world, tasks, true);
  expect(check.diagnostics).toEqual([]);
  expect(check.after).toBe(check.before);
  const run = await play(world, tasks);
  expect(run.results.map(({ reason }) => reason).filter((reason) => reason != null)).toEqual([]);
  expect(status(run)).toEqual(status(check));
  const again = await play(world, tasks);
  expect(new Set(status(again))).toEqual(new Set(["ok"]));
  return world;
}

describe("storages of an embedded node", () => {
  test("are made, changed and taken away", async () => {
    const world = await converges(`
- pve_storage:
    id: usb
    type: dir
    path: /srv/usb
    content: [iso, backup, vztmpl]
    nodes: [h1, h2]
    prune_backups: { keep_weekly: 2, keep_last: 1 }
- pve_storage: { id: local, content: [iso, vztmpl] }
- pve_storage: { id: nas, type: nfs, server: nas.example, export: /pve, content: [backup, iso], verify_active: true }
`);
    expect(cfg(world)).toMatch(/dir: usb\n\tpath \/srv\/usb\n/);
    await converges(
      `
- pve_storage: { id: usb, content: [backup], nodes: null, prune_backups: { keep_last: 5 }, shared: true }
- pve_storage: { id: nas, disable: true, content: [iso] }
`,
      world,
    );
    expect(cfg(world)).not.toContain("nodes");
    expect(cfg(world)).toContain("\tprune-backups keep-last=5\n\tshared 1\n");
    await converges("- pve_storage: { id: usb, state: absent }\n- pve_storage: { id: nas, state: absent }", world);
    expect(cfg(world)).not.toMatch(/usb|nas/);
  });

  test("keep passwords and keys where Proxmox VE keeps them", async () => {
    const tasks = (password: string) => `
- pve_storage: { id: share, type: cifs, server: nas.example, share: media, username: me, password: ${password} }
- pve_storage:
    id: pbs
    type: pbs
    server: pbs.example
    datastore: home
    username: backup@pbs!node
    password: ${password}
    encryption_key: '{"kdf":null,"data":"AAAA"}'
`;
    const world = await converges(tasks("first-password"));
    expect(textOf(world, "/etc/pve/priv/storage/share.pw")).toBe("password=first-password\n");
    expect(textOf(world, "/etc/pve/priv/storage/pbs.pw")).toBe("first-password\n");
    expect(textOf(world, "/etc/pve/priv/storage/pbs.enc")).toContain("AAAA");
    expect(cfg(world)).not.toContain("password");
    await converges(tasks("second-password"), world);
    expect(textOf(world, "/etc/pve/priv/storage/share.pw")).toBe("password=second-password\n");
    const argvs = world.trips.flatMap(({ batch }) =>
      batch.sections.flatMap(({ operations }) => operations.flatMap((each) => (each.kind === "exec" ? each.argv : []))),
    );
    expect(JSON.stringify(argvs)).not.toMatch(/(first|second)-password/);
    await converges("- pve_storage: { id: pbs, password: null, encryption_key: null }", world);
    expect(textOf(world, "/etc/pve/priv/storage/pbs.pw")).toBeNull();
    expect(textOf(world, "/etc/pve/priv/storage/pbs.enc")).toBeNull();
  });

  test("what does not answer, or is no mount point, leaves nothing behind", async () => {
    const world = fresh();
    const before = cfg(world);
    const gone = (options: string, check = false) => play(world, `- pve_storage: { id: gone, ${options} }`, check);
    const nfs = await gone("type: nfs, server: 192.0.2.1, export: /x");
    expect(nfs.results[0]?.reason).toContain("create storage failed");
    for (const [options, reason] of [
      ["type: dir, path: /srv/none, is_mountpoint: true", "nothing is mounted at /srv/none"],
      ["type: dir, path: /srv/none, create_base_path: false", "there is no folder /srv/none"],
      ["type: zfspool, pool: nopool", "dataset does not exist"],
    ] as const) {
      for (const check of [true, false]) {
        const run = await gone(options, check);
        expect(run.results[0]).toMatchObject({ status: "failed", reason: expect.stringContaining(reason) });
        expect(run.results[0]?.steps).toBeUndefined();
      }
    }
    expect(cfg(world)).toBe(before);
  });

  test("a pool is used, and a dataset that is not there is told when that is asked", async () => {
    const world = await converges(
      "- pve_storage: { id: fast, type: zfspool, pool: rpool, sparse: true, verify_active: true }",
    );
    // Proxmox VE adds where the dataset is mounted.
    expect(cfg(world)).toContain("\tmountpoint /rpool\n");
    const run = await play(world, "- pve_storage: { id: odd, type: zfspool, pool: rpool/none, verify_active: true }");
    expect(run.results[0]).toMatchObject({
      status: "failed",
      reason: expect.stringContaining("dataset does not exist"),
    });
  });

  test("what a container is on is not taken away unasked", async () => {
    const world = await converges("- pve_storage: { id: usb, type: dir, path: /srv/usb, content: [rootdir] }");
    const conf = { type: "file", mode: "0640", uid: 0, gid: 33, mtime: 1, content: "rootfs: usb:101/a.raw\n" } as const;
    world.host("h1").files["/etc/pve/nodes/h1/lxc/101.conf"] = conf;
    const refused = await play(world, "- pve_storage: { id: usb, state: absent }");
    expect(refused.results[0]).toMatchObject({
      status: "failed",
      reason: "storage usb is used by container 101 (rootfs)",
    });
    await converges("- pve_storage: { id: usb, state: absent, even_if_used: true }", world);
  });
});

describe("templates of an embedded node", () => {
  const cache = "/var/lib/vz/template/cache";
  const kept = (world: TestWorld) =>
    Object.keys(world.host("h1").files)
      .filter((path) => path.startsWith(`${cache}/`))
      .map((path) => path.slice(cache.length + 1));

  test("the list is fetched once, the newest version downloaded, and then the network is left alone", async () => {
    const world = await converges("- pve_template: debian-12");
    expect(kept(world)).toEqual(["debian-12-standard_12.7-1_amd64.tar.zst"]);
    world.host("h1").files["/etc/resolv.conf"] = { type: "file", mode: "0644", uid: 0, gid: 0, mtime: 1, content: "" };
    const looked = world.trips.length;
    const run = await play(
      world,
      "- pve_template: debian-12\n  register: it\n- assert: { that: \"it.volid == 'local:vztmpl/debian-12-standard_12.7-1_amd64.tar.zst'\" }",
    );
    expect(status(run)).toEqual(["ok", "ok"]);
    const read = JSON.stringify(world.trips.slice(looked).map(({ batch }) => batch.sections));
    expect(read).not.toContain("apl-info");
  });

  test("an older one will do, unless the newest is asked for", async () => {
    const world = await converges("- pve_template: debian-12-standard_12.2-1");
    await converges("- pve_template: debian-12", world);
    expect(kept(world)).toHaveLength(1);
    await converges("- pve_template: { template: debian-12, update: always }", world);
    expect(kept(world)).toHaveLength(2);
    world.host("h1").clockMs += 2 * 86_400_000;
    expect(status(await play(world, "- pve_template: { template: debian-12, update: always }"))).toEqual(["changed"]);
    await converges("- pve_template: { template: debian-12, state: absent }", world);
    expect(kept(world)).toEqual([]);
  });

  test("an archive that was spoilt is found, and replaced if that is wanted", async () => {
    const world = await converges("- pve_template: alpine-3.20");
    const path = `${cache}/alpine-3.20-default_20240908_amd64.tar.xz`;
    const node = world.host("h1").files[path];
    if (node?.type === "file") node.content = "spoilt";
    expect(status(await play(world, "- pve_template: alpine-3.20"))).toEqual(["ok"]);
    const found = await play(world, "- pve_template: { template: alpine-3.20, verify: report }");
    expect(found.results[0]).toMatchObject({ status: "failed", reason: expect.stringContaining("its sum is another") });
    await converges("- pve_template: { template: alpine-3.20, verify: replace }", world);
    expect(textOf(world, path)).not.toBe("spoilt");
  });

  test("what cannot be had is told", async () => {
    const world = fresh();
    const failing = async (task: string) => (await play(world, `- pve_template: ${task}`)).results.at(-1)?.reason;
    expect(await failing("{ template: debian-12, update: never }")).toContain("no list of what is on offer");
    expect(await failing("{ template: debian-12, storage: nope }")).toContain("there is no storage nope");
    expect(await failing("debian-14")).toContain('no template begins with "debian-14"');
    world.host("h1").files["/etc/resolv.conf"] = { type: "file", mode: "0644", uid: 0, gid: 0, mtime: 1, content: "" };
    expect(await failing("fedora")).toContain("pveam download left no");
    delete world.host("h1").files["/var/lib/pve-manager/apl-info/download.proxmox.com"];
    expect(await failing("fedora")).toContain("pveam update fetched no list");
  });
});
