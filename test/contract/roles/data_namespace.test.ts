import { beforeEach, describe, expect, it } from "vitest";
import { roleFiles, rolePlay } from "../../support/role-site.ts";
import { runSite, type SiteRun, saidBy } from "../../support/run-site.ts";
import { createWorld, type Hosts, type TestWorld } from "../../support/world.ts";

const files = roleFiles("data_namespace");
let world: TestWorld;
const worldOf = (more: Hosts[string] = {}): TestWorld => createWorld({ h1: more });
beforeEach(() => {
  world = worldOf();
});
const play = (more: Readonly<Record<string, unknown>> = {}, tasksFrom?: string, check = false): Promise<SiteRun> =>
  runSite({ files: { ...files, "site.yml": rolePlay("data_namespace", more, tasksFrom) }, world, check });
const changed = ({ results }: SiteRun) => results.filter((result) => result.changed).map(({ name }) => name);
const said = ({ results, diagnostics }: SiteRun) =>
  [...results.map(({ reason }) => reason), ...diagnostics.map(({ message }) => message)].join("\n");
const mounts = (): readonly string[] =>
  world
    .host("h1")
    .mounts.filter(({ target }) => target.startsWith("/data"))
    .map(({ target, fstype, bind = "" }) => `${target} ${fstype} ${bind}`);

describe("role data_namespace", () => {
  it.each<[string, { readonly layout?: string; readonly fast_path?: string }, readonly string[]]>([
    ["single", {}, ["/data ext4 /mnt/hdd/data"]],
    ["mergerfs", { layout: "mergerfs", fast_path: "/srv/fast" }, ["/data fuse.mergerfs "]],
    [
      "bind",
      { layout: "bind", fast_path: "/srv/fast" },
      ["/data ext4 /mnt/hdd/data", "/data/incomplete ext4 /srv/fast/incomplete"],
    ],
  ])(
    "layout %s: what is mounted is as it says, a second run changes nothing, verify holds",
    async (_, more, wanted) => {
      const check = await play(more, undefined, true);
      expect(check.after === check.before).toBe(true);
      expect((await play(more)).exitCode).toBe(0);
      expect(mounts()).toEqual(wanted);
      const again = await play(more);
      expect([again.exitCode, changed(again)]).toEqual([0, []]);
      const verified = await play(more, "verify");
      expect([verified.exitCode, changed(verified), verified.after === verified.before]).toEqual([0, [], true]);
      // What is not seen is told, and nothing else.
      expect(saidBy(verified).map(String)).toEqual(
        more.layout === "mergerfs" ? [expect.stringContaining("was not seen: mergerfs decides by its policy")] : [],
      );
    },
  );

  it("the folders are the programs', and hand their group on", async () => {
    await play({ uid: 101000, gid: 101000, tree: ["torrents/tv", "media/tv"] });
    const { files: there } = world.host("h1");
    const made = Object.keys(there).filter((path) => path.startsWith("/mnt/hdd/data/"));
    expect(made.sort()).toEqual(
      ["media", "media/tv", "torrents", "torrents/tv"].map((path) => `/mnt/hdd/data/${path}`),
    );
    for (const path of made) expect(there[path], path).toMatchObject({ uid: 101000, gid: 101000, mode: "2775" });
  });

  it.each(["epmfs", "epff", "eplfs", "msplfs", "newest"])(
    "the policy %s is refused, with what it would do",
    async (policy) => {
      const run = await play({ layout: "mergerfs", fast_path: "/srv/fast", policy });
      expect(run.exitCode).toBe(2);
      expect(said(run)).toMatch(/keep to existing paths[\s\S]*EXDEV[\s\S]*Take mfs/);
      expect(run.after === run.before).toBe(true);
      // Of a union nobody sees whether it links: what verify knows of it is the policy.
      expect(said(await play({ layout: "mergerfs", fast_path: "/srv/fast", policy }, "verify"))).toContain("Take mfs");
    },
  );

  it.each([
    [{ folder: "" }, "say the same path as `disk_mount`"],
    [{ root: "/mnt/hdd" }, "`root` must be another path"],
    [{ fast_path: "/srv/fast" }, "take `fast_path` away"],
    [{ layout: "bind" }, "say in `fast_path`"],
    [{ tree: ["media/tv"] }, "two folders of `tree`"],
    [{ layout: "bind", fast_path: "/srv/fast", fast_folders: ["torrents"] }, "no hard link crosses disks"],
    [{ disk_fstype: "exfat" }, "disk_fstype"],
    [{ mode: "rwx" }, "mode"],
    [{ root: "data" }, "root"],
  ])("refuses %j, and nothing is made", async (more, why) => {
    const run = await play(more);
    expect(run.exitCode).not.toBe(0);
    expect(said(run)).toContain(why);
    expect(run.after === run.before).toBe(true);
  });

  it("the disk is not there: nothing is made, whoever mounts it", async () => {
    world = worldOf({ mounts: [] });
    const unmounted = await play();
    expect([unmounted.exitCode, changed(unmounted)]).toEqual([2, []]);
    expect(said(unmounted)).toContain("would land on the disk of the system");
    const unplugged = await play({ disk_uuid: "12ab34cd-0000-4000-8000-0123456789ab" });
    expect([unplugged.exitCode, changed(unplugged)]).toEqual([2, []]);
    expect(said(unplugged)).toContain("there is no UUID=12ab34cd");
    expect([unmounted, unplugged].map((each) => each.after === each.before)).toEqual([true, true]);
  });

  it("units run only while it is mounted", async () => {
    await play({ units: ["docker.service"] });
    expect(world.host("h1").files["/etc/systemd/system/docker.service.d/lab-data.conf"]).toMatchObject({
      content: "[Unit]\nRequiresMountsFor=/data\nBindsTo=data.mount\nAfter=data.mount\n",
    });
    // It comes back at boot with its disk, or not at all.
    expect(world.host("h1").files["/etc/fstab"]).toMatchObject({
      content: expect.stringContaining(
        "/mnt/hdd/data /data none bind,nofail,x-systemd.requires-mounts-for=/mnt/hdd 0 0",
      ),
    });
  });

  it("the layout bind tells what it cannot do", async () => {
    const run = await play({ layout: "bind", fast_path: "/srv/fast" });
    expect(String(saidBy(run).at(-1))).toMatch(/incomplete in \/data lie on another disk[\s\S]*is copied/);
    expect(saidBy(await play())).toEqual([]);
  });

  it("verify sees two mounts, a folder that changed hands, and a mount that is gone", async () => {
    await play();
    const { files: there } = world.host("h1");
    const folder = there["/mnt/hdd/data/media/tv"];
    if (folder) folder.uid = 0;
    expect(said(await play({}, "verify"))).toContain("not owned by 1000:1000");
    await play();
    world.host("h1").mounts.push({
      source: "/dev/sdb1",
      target: "/data/media",
      fstype: "ext4",
      options: "rw",
      root: "/data/media",
      bind: "/mnt/hdd/data/media",
    });
    expect(said(await play({}, "verify"))).toContain("/data and /data/media are two mounts: Invalid cross-device link");
    world.host("h1").mounts.splice(-2);
    expect(said(await play({}, "verify"))).toContain("is not mounted as the layout single wants it");
  });
});
