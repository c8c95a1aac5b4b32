import { describe, expect, it } from "vitest";
import { assertFine } from "../../support/role-lab.ts";
import { roleFiles, rolePlay } from "../../support/role-site.ts";
import { runSite, type SiteRun } from "../../support/run-site.ts";
import { createWorld, type TestWorld } from "../../support/world.ts";
import { run as sh } from "../../unit/sim/lab-host.ts";

const files = roleFiles("zfs_storage");
const inventory = "all: { vars: { lab_connection: lab }, hosts: { pve: {} } }\n";
const archive = {
  name: "Tank-Archive",
  topology: "raidz1",
  disks: ["ata-A_1", "ata-A_2", "ata-A_3"],
  allow_create: true,
};
const fast = { name: "VM-SSD", topology: "mirror", disks: ["ata-S_4", "ata-S_5"], autotrim: true, allow_create: true };
const everything = {
  pools: [archive, fast],
  datasets: [{ name: "Tank-Archive/media", properties: { quota: "500G", acltype: "posixacl", recordsize: "1M" } }],
  storages: [{ id: "VM-SSD", pool: "VM-SSD" }],
  arc_max: "4G",
};

const disk = (name: string, id: string, more: object = {}) => ({ name, bytes: 1e12, id, ...more });
function node(first: object = {}): TestWorld {
  const disks = [
    disk("sdc", "ata-A_1", first),
    disk("sdd", "ata-A_2"),
    disk("sde", "ata-A_3"),
    disk("sdf", "ata-S_4"),
    disk("sdg", "ata-S_5"),
  ];
  return createWorld({ pve: { kind: "proxmox", memoryMb: 32768, disks } });
}
const play = (world: TestWorld, vars: object, more: { check?: boolean; tasksFrom?: string } = {}): Promise<SiteRun> =>
  runSite({
    files: {
      ...files,
      "inventory/hosts.yml": inventory,
      "site.yml": rolePlay("zfs_storage", { ...vars }, more.tasksFrom),
    },
    world,
    check: more.check ?? false,
  });
const changed = ({ results }: SiteRun) => results.filter(({ status }) => status === "changed").map(({ name }) => name);
const reasons = ({ results }: SiteRun) =>
  results.flatMap(({ reason, status }) => (status === "failed" ? [reason ?? ""] : [])).join("\n");
const told = (world: TestWorld, line: string) => sh(world.host("pve"), line).stdout;

/** Made once, a copy for each test. */
let first: Promise<TestWorld> | null = null;
async function built(): Promise<TestWorld> {
  first ??= (async () => {
    const world = node();
    assertFine(await play(world, everything));
    return world;
  })();
  return (await first).copy();
}

describe("pools", () => {
  it("come about from empty disks with exactly the topology that is declared, and the second run changes nothing", async () => {
    const world = node();
    const check = await play(world, everything, { check: true });
    expect(check.results.filter(({ status }) => status === "deferred" || status === "failed")).toEqual([]);
    expect(check.after).toBe(check.before);
    const made = await play(world, everything);
    assertFine(made);
    expect(changed(made)).toEqual(changed(check));
    expect(told(world, "zpool status Tank-Archive")).toMatch(/raidz1-0.*\n.*ata-A_1.*\n.*ata-A_2.*\n.*ata-A_3/);
    expect(told(world, "zpool status VM-SSD")).toMatch(/mirror-0.*\n.*ata-S_4.*\n.*ata-S_5/);
    expect(told(world, "zpool get -Hp -o value ashift Tank-Archive")).toBe("12\n");
    const again = await play(world, everything);
    expect(changed(again)).toEqual([]);
    assertFine(await play(world, everything, { tasksFrom: "verify" }));
  });

  it("are not made on a disk that holds anything", async () => {
    const world = node({ fstype: "ntfs" });
    const before = structuredClone(world.host("pve").disks?.sdc);
    const refused = await play(world, everything);
    expect(reasons(refused)).toMatch(/not all disks are blank: .*ata-A_1: it holds ntfs/);
    expect(world.host("pve").disks?.sdc).toEqual(before);
    expect(told(world, "zpool list -H -o name")).not.toContain("Tank-Archive");
  });

  it("that were exported are told to be importable, and are imported and not made", async () => {
    const world = await built();
    const guid = told(world, "zpool get -Hp -o value guid VM-SSD");
    sh(world.host("pve"), "zpool export VM-SSD");
    const refused = await play(world, { ...everything, pools: [archive, { ...fast, import: false }] });
    expect(reasons(refused)).toMatch(/the pool VM-SSD is there but not imported/);
    assertFine(await play(world, everything));
    expect(told(world, "zpool get -Hp -o value guid VM-SSD")).toBe(guid);
  });

  it("with another layout are an error that names the difference", async () => {
    const world = await built();
    const other = await play(world, { ...everything, pools: [{ ...archive, disks: ["ata-A_1", "ata-A_2"] }, fast] });
    expect(reasons(other)).toMatch(/another layout\. vdevs: it has raidz1 .*ata-A_3.*lacks raidz1/);
    const flat = await play(world, { ...everything, pools: [archive, { ...fast, topology: "stripe" }] });
    expect(reasons(flat)).toMatch(/another layout\. vdevs: it has mirror .*lacks .*ata-S_4/);
  });

  it("that lack a disk are told before anything is put on them, or end the run", async () => {
    const world = await built();
    sh(world.host("pve"), "zpool offline Tank-Archive ata-A_2");
    const warned = await play(world, everything);
    assertFine(warned);
    expect(warned.results.flatMap(({ warnings }) => warnings).join()).toContain("the pool Tank-Archive is DEGRADED");
    const ended = await play(world, { ...everything, when_degraded: "fail" });
    expect(reasons(ended)).toMatch(/the pool Tank-Archive is DEGRADED/);
    expect(ended.results.some(({ name }) => name === "Datasets")).toBe(false);
    const verify = await play(world, everything, { tasksFrom: "verify" });
    expect(reasons(verify)).toContain("The pool Tank-Archive is DEGRADED");
  });

  it("that fill up are told", async () => {
    const world = await built();
    for (let count = 0; count < 6; count += 1) sh(world.host("pve"), `zfs create -V 100G VM-SSD/v${count}`);
    const capacity = Number(told(world, "zpool list -Hp -o capacity VM-SSD"));
    expect(capacity).toBeGreaterThan(50);
    const run = await play(world, { ...everything, full_at: 50 });
    assertFine(run);
    expect(run.results.flatMap(({ warnings }) => warnings).join()).toContain(`the pool VM-SSD is ${capacity} % full`);
    const verify = await play(world, { ...everything, full_at: 50 }, { tasksFrom: "verify" });
    expect(reasons(verify)).toContain(`${capacity} % full`);
  });

  it.each([
    ["a disk in two pools", { pools: [archive, { ...fast, disks: ["ata-A_1", "ata-S_5"] }] }, /stands twice/],
    ["a mirror of one", { pools: [{ ...fast, disks: ["ata-S_4"] }] }, /a mirror has at least 2 disks/],
    ["a name that zpool keeps", { pools: [{ ...fast, name: "mirror-ssd" }] }, /reserves names/],
    ["a disk by its place", { pools: [{ ...fast, disks: ["/dev/sdf", "/dev/sdg"] }] }, /disks/],
    ["a cache as large as the memory", { ...everything, arc_max: "64G" }, /less than the whole memory/],
    ["a cache too small", { ...everything, arc_max: "32M" }, /64M or more/],
  ])("%s is refused, and nothing is sent", async (_, vars, why) => {
    const world = node();
    const run = await play(world, vars);
    expect([...run.diagnostics.map(({ message }) => message), reasons(run)].join("\n")).toMatch(why);
    expect(run.after).toBe(run.before);
  });
});

describe("properties", () => {
  it("are set with zfs set alone, and what is inherited and equal is not written down", async () => {
    const world = await built();
    const vars = {
      ...everything,
      datasets: [{ name: "Tank-Archive/media", properties: { quota: "600G", atime: false, compression: "lz4" } }],
    };
    const run = await play(world, vars);
    assertFine(run);
    expect(run.results.flatMap(({ steps }) => steps ?? [])).toEqual([
      expect.stringMatching(/zfs set quota=\S+ Tank-Archive\/media$/),
    ]);
    expect(told(world, "zfs get -Hp -o property,source atime,compression Tank-Archive/media")).toBe(
      "atime\tinherited from Tank-Archive\ncompression\tinherited from Tank-Archive\n",
    );
  });

  it("posixacl reads back as posix, and is no difference", async () => {
    const world = await built();
    expect(told(world, "zfs get -Hp -o value acltype Tank-Archive/media")).toBe("posix\n");
    expect(changed(await play(world, everything))).toEqual([]);
  });

  it("a quota of 500G and of its bytes are the same", async () => {
    const world = await built();
    const datasets = [{ name: "Tank-Archive/media", properties: { quota: 500 * 1024 ** 3 } }];
    expect(changed(await play(world, { ...everything, datasets }))).toEqual([]);
  });
});

describe("datasets", () => {
  const gone = { name: "Tank-Archive/media", state: "absent" };
  const renamed = { name: "Tank-Archive/films", renamed_from: "Tank-Archive/media" };

  it("go only when that is confirmed", async () => {
    const world = await built();
    const refused = await play(world, { ...everything, datasets: [gone] });
    expect(reasons(refused)).toMatch(/nobody has confirmed that/);
    expect(told(world, "zfs list -H -o name Tank-Archive/media")).toBe("Tank-Archive/media\n");
    const other = await play(world, { ...everything, datasets: [{ ...gone, confirm: "Tank-Archive" }] });
    expect(reasons(other)).toMatch(/nobody has confirmed that/);
    assertFine(await play(world, { ...everything, datasets: [{ ...gone, confirm: "Tank-Archive/media" }] }));
    expect(told(world, "zfs list -H -o name Tank-Archive/media")).toBe("");
  });

  it("get another name only when that is confirmed, and keep what is in them", async () => {
    const world = await built();
    sh(world.host("pve"), "touch /Tank-Archive/media/film");
    const refused = await play(world, { ...everything, datasets: [renamed] });
    expect(reasons(refused)).toMatch(/nobody has confirmed that/);
    const vars = { ...everything, datasets: [{ ...renamed, confirm: "Tank-Archive/media" }] };
    assertFine(await play(world, vars));
    expect(told(world, "zfs list -H -o name -r Tank-Archive")).toBe("Tank-Archive\nTank-Archive/films\n");
    expect(world.host("pve").files["/Tank-Archive/films/film"]).toBeDefined();
    expect(changed(await play(world, vars))).toEqual([]);
  });
});

describe("the node", () => {
  it("has the storages in use that it shall have, and no other node has them", async () => {
    const world = await built();
    expect(told(world, "pvesm status")).toMatch(/^VM-SSD +zfspool +active /m);
    const elsewhere = { ...everything, storages: [{ id: "VM-SSD", pool: "VM-SSD", nodes: ["pve"] }] };
    assertFine(await play(world, elsewhere));
    const cfg = world.host("pve").files["/etc/pve/storage.cfg"];
    expect(cfg?.type === "file" ? cfg.content : "").toMatch(/zfspool: VM-SSD\n(\t.*\n)*\tnodes pve\n/);
    assertFine(await play(world, elsewhere, { tasksFrom: "verify" }));
  });

  it("gives ZFS so much memory at once and after the next boot, and a drift of either is mended", async () => {
    const world = await built();
    const live = "/sys/module/zfs/parameters/zfs_arc_max";
    expect(told(world, `cat ${live}`).trim()).toBe(String(4 * 1024 ** 3));
    expect(told(world, "cat /etc/modprobe.d/zfs.conf")).toContain(`zfs_arc_max=${4 * 1024 ** 3}`);
    sh(world.host("pve"), `tee ${live}`, { stdin: "0" });
    const verify = await play(world, everything, { tasksFrom: "verify" });
    expect(reasons(verify)).toContain("ZFS may take another amount of memory");
    expect(changed(await play(world, everything))).toEqual(["ZFS leaves memory to the guests"]);
    expect(told(world, `cat ${live}`).trim()).toBe(String(4 * 1024 ** 3));
  });

  it.each([
    ["the address of the event daemon", "/etc/zfs/zed.d/zed.rc"],
    ["the daily look at the pools", "/usr/local/sbin/lab-pool-watch"],
  ])("is told when %s was changed, for nobody would hear of a dead disk", async (_, path) => {
    const world = await built();
    sh(world.host("pve"), `tee ${path}`, { stdin: "#\n" });
    const verify = await play(world, everything, { tasksFrom: "verify" });
    expect(reasons(verify)).toContain("nobody would hear of it");
  });

  it("takes no address that a shell would read as more than one", async () => {
    const world = await built();
    const run = await play(world, { ...everything, alert_mail: "root;reboot" });
    expect(run.diagnostics.map(({ message }) => message).join()).toContain("`alert_mail` of role zfs_storage");
  });
});
