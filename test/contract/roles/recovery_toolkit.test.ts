import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import type { Mount } from "../../../engine/sim/world.ts";
import { dedent, runSite, type SiteRun } from "../../support/run-site.ts";
import { createWorld, type TestWorld } from "../../support/world.ts";

const repository = resolve(import.meta.dirname, "../../..");
const role = Object.fromEntries(
  readdirSync(join(repository, "roles/recovery_toolkit"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => [path.slice(repository.length + 1), readFileSync(path, "utf8")]),
);
const inventory = "all:\n  hosts:\n    rescuer:\n      lab_connection: lab\n";
const source = { by_id: "usb-USB_DISK_0099-0:0", serial: "0099" };
const workdir = "/mnt/hdd/rescue";

const GIB = 1024 ** 3;
const table = { partitiontable: { sectorsize: 512, partitions: [{ start: 2048, size: 33552384 }] } };
/** A machine with a dying USB disk, and another one of this size at /mnt/hdd. The first bad area is read at the first retry. */
function machine(bytes = 4096 * GIB, mounts: readonly Mount[] = []): TestWorld {
  const target: Mount = { source: "/dev/sdb1", target: "/mnt/hdd", fstype: "ext4", options: "rw,relatime" };
  const bad = [
    { at: 3 * GIB, bytes: 65536, tries: 1 },
    { at: 7 * GIB, bytes: 4096, tries: 2 },
  ];
  const dying = { name: "sdc", bytes: 16 * GIB, serial: source.serial, id: source.by_id, fstype: "ntfs" };
  return createWorld({
    rescuer: {
      packages: ["udev"],
      mounts: [target, ...mounts],
      disks: [
        { name: "sdb", bytes, serial: "0001" },
        { ...dying, bad, lost: { jpg: 12, mov: 2 } },
      ],
      // An image has no partition table in the embedded lab, and no files.
      answers: [{ argv: ["sfdisk", "--json", "*"], stdout: JSON.stringify(table) }, { argv: ["rsync", "**"] }],
    },
  });
}

let world: TestWorld;
beforeEach(() => {
  world = machine();
});

/** The role with these arguments, over those that let it save the disk. */
function rescue(wanted: Readonly<Record<string, unknown>> = {}): Promise<SiteRun> {
  const given = { role: "recovery_toolkit", source, workdir, allow_bad_smart: true, carve: { filetypes: ["jpg"] } };
  const play = [{ hosts: "rescuer", roles: [{ ...given, ...wanted }] }];
  return runSite({ files: { ...role, "inventory/hosts.yml": inventory, "site.yml": JSON.stringify(play) }, world });
}
const reasons = ({ results }: SiteRun) =>
  results.flatMap(({ status, reason }) => (status === "failed" ? [(reason ?? "").replace(/\s+/g, " ")] : []));
const changes = ({ results }: SiteRun) => results.flatMap(({ status, name }) => (status === "changed" ? [name] : []));
const has = (path: string) => world.host("rescuer").files[path] !== undefined;
const textOf = (path: string) => {
  const node = world.host("rescuer").files[path];
  return node?.type === "file" ? node.content : "";
};
const put = (path: string, content: string) => {
  const common = { uid: 0, gid: 0, mtime: 0 };
  const folder = path.slice(0, path.lastIndexOf("/"));
  world.host("rescuer").files[folder] ??= { type: "directory", mode: "0700", ...common };
  world.host("rescuer").files[path] = { type: "file", mode: "0600", content, ...common };
};
/** Something was copied from the disk, or would have been. */
const touched = () => has(`${workdir}/disk.img`) || has(`${workdir}/disk.img.map`);

describe("role recovery_toolkit", () => {
  it("saves a disk phase by phase, and does nothing a second time, the disk may be gone", async () => {
    const first = await rescue();
    expect(reasons(first)).toEqual([]);
    const report = textOf(`${workdir}/REPORT.txt`);
    expect(report).toContain("17179869184 of 17179869184 bytes (100.0000 %)\n           complete\n");
    expect(report).toContain("           jpg: 12\n");
    delete world.host("rescuer").disks?.sdc;
    const again = await rescue();
    expect([again.exitCode, changes(again)]).toEqual([0, []]);
    expect(again.after).toBe(again.before);
    expect([has(`${workdir}/carved/recup_dir.1`), has(`${workdir}/carved/recup_dir.2`)]).toEqual([true, false]);
  });

  it("does all it can with a disk that lacks something, and then says partial and not ok", async () => {
    const partial = await rescue({ read_retries: 1 });
    expect(partial.exitCode).toBe(2);
    expect(reasons(partial)).toEqual([
      expect.stringContaining("partial: 4096 of 17179869184 bytes could not be read, in 1 area."),
    ]);
    expect(textOf(`${workdir}/REPORT.txt`)).toContain("PARTIAL: 4096 bytes in 1 area could not be read in 1 retries");
    expect(has(`${workdir}/carved/recup_dir.1`)).toBe(true);
    const accepted = await rescue({ read_retries: 1, allow_partial: true });
    expect([accepted.exitCode, changes(accepted)]).toEqual([0, []]);
    // The second area can be read at the second attempt.
    const more = await rescue({ read_retries: 2, carving: false });
    expect([more.exitCode, reasons(more)]).toEqual([0, []]);
    expect(textOf(`${workdir}/REPORT.txt`)).toContain("complete");
  });

  it("copies the files of the mounted image once, for reading only, and unmounts it", async () => {
    const first = await rescue({ mount: { fs: "ntfs", uid: 1000 } });
    expect(reasons(first)).toEqual([]);
    const mounted = JSON.stringify(first.results.find(({ name }) => name === "The image is mounted, for reading only"));
    expect(mounted).toContain("ro,loop,nosuid,nodev,noexec,offset=1048576,uid=1000,gid=0");
    expect(mounted).toContain("ntfs-3g");
    expect(world.host("rescuer").mounts.map(({ target }) => target)).not.toContain(`${workdir}/mnt`);
    const again = await rescue({ mount: { fs: "ntfs", uid: 1000 } });
    expect([again.exitCode, changes(again)]).toEqual([0, []]);
  });

  it("reads nothing from a disk with another serial number, or size, or that is not there", async () => {
    const refused = [
      [{ ...source, serial: "0098" }, /has another serial number than 0098: nothing was read from it/],
      [{ ...source, size_bytes: 4096 }, /does not have 4096 bytes: nothing was read from it/],
      [{ ...source, by_id: "usb-OTHER-0:0" }, /There is no disk \/dev\/disk\/by-id\/usb-OTHER-0:0/],
    ] as const;
    for (const [other, reason] of refused) {
      const run = await rescue({ source: other });
      expect(run.exitCode).toBe(2);
      expect(reasons(run)).toEqual([expect.stringMatching(reason)]);
      expect(run.after).toBe(run.before);
    }
  });

  it("leaves a disk alone that is mounted", async () => {
    world = machine(undefined, [{ source: "/dev/sdc1", target: "/media/usb", fstype: "ntfs", options: "rw" }]);
    const run = await rescue();
    expect(reasons(run)).toEqual([expect.stringContaining("in use: it is mounted at /media/usb")]);
    expect(touched()).toBe(false);
  });

  it("takes no target that is too small, the system's own, somebody else's, or not there", async () => {
    world = machine(8 * GIB);
    const small = await rescue();
    expect(reasons(small)).toEqual([expect.stringContaining("are needed: nothing was read")]);
    expect(touched()).toBe(false);
    world = machine();
    expect(reasons(await rescue({ workdir: "/srv/rescue" }))).toEqual([
      expect.stringContaining("would be on the root file system"),
    ]);
    expect(reasons(await rescue({ workdir: "/mnt/big/rescue" }))).toEqual([
      expect.stringContaining("/mnt/big is not there"),
    ]);
    put(`${workdir}/thesis.odt`, "mine");
    expect(reasons(await rescue())).toEqual([expect.stringContaining("holds something that is not of the disk 0099")]);
    put(`${workdir}/.lab-recovery.json`, JSON.stringify({ by_id: "usb-X", serial: "0001" }));
    expect(reasons(await rescue())).toHaveLength(1);
    expect(touched()).toBe(false);
  });

  it("stops at a disk that says it is failing, until its owner has decided", async () => {
    const stopped = await rescue({ allow_bad_smart: false });
    expect(reasons(stopped)).toEqual([
      expect.stringMatching(/^The disk is failing \(its log holds errors; Current_Pending_Sector: 136; .*laboratory/),
    ]);
    expect(touched()).toBe(false);
    expect((await rescue()).exitCode).toBe(0);
  });

  it.each([
    [0, [], "the disk complains of nothing"],
    [2, [], "the disk does not answer smartctl"],
    [4, [], "a question to the disk failed"],
    [64 + 128, [], "its log holds errors; its log holds failed self-tests"],
    [8, ["stops"], "the disk says of itself: FAILING"],
    [
      16 + 32,
      ["stops"],
      "a value is below the limit at which its maker expects a failure; a value was below its limit",
    ],
  ])("takes smartctl's exit status %i apart, which is no simple failure", async (status, stops, says) => {
    put(`${workdir}/.lab-recovery.json`, JSON.stringify(source));
    put(`${workdir}/smart.json`, JSON.stringify({ smartctl: { exit_status: status } }));
    const run = await rescue({ allow_bad_smart: false, carving: false });
    expect(JSON.stringify(run.results.find(({ name }) => name === "The disk's health"))).toContain(says);
    expect(reasons(run).length).toBe(stops.length);
    expect(touched()).toBe(stops.length === 0);
  });

  it("keeps the disk from being mounted, and read-only wherever it turns up again", async () => {
    await rescue({ carving: false });
    const rule = textOf("/etc/udev/rules.d/99-lab-recovery-0099.rules");
    expect(rule).toContain('ENV{ID_SERIAL_SHORT}=="0099"');
    expect(rule).toContain('RUN+="/sbin/blockdev --setro $devnode"');
    expect(world.host("rescuer").disks?.sdc?.readOnly).toContain("sdc");
  });

  it.each([
    ["workdir: rescue", "workdir"],
    ["workdir: /rescue", "workdir"],
    ["source: { by_id: sdc }", "serial"],
    ['source: { by_id: "sd c", serial: "1" }', "by_id"],
    ["read_retries: 101", "100"],
    ["carve: { filetypes: ['jpg,search'] }", "filetypes"],
    ["mount: { fs: zfs }", "fs"],
  ])("refuses %s before anything is connected to", async (line, word) => {
    const play = dedent(`
      - hosts: rescuer
        roles:
          - role: recovery_toolkit
            ${line}
            ${line.startsWith("source") ? "" : "source: { by_id: usb-X-0, serial: X }"}
            ${line.startsWith("workdir") ? "" : "workdir: /mnt/hdd/x"}
    `);
    const run = await runSite({ files: { ...role, "inventory/hosts.yml": inventory, "site.yml": play }, world });
    expect([run.exitCode, world.trips]).toEqual([1, []]);
    expect(run.diagnostics.map(({ message }) => message).join()).toContain(word);
  });
});
