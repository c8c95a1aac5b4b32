import { expect, test } from "vitest";
import type { Host } from "../../../engine/sim/world.ts";
import { labHost, run } from "./lab-host.ts";

const GIB = 1024 ** 3;

function diskHost(): Host {
  return labHost({
    packages: ["zfsutils-linux"],
    mounts: [],
    disks: [
      { name: "vdb", bytes: GIB, id: "virtio-A" },
      { name: "vdc", bytes: GIB, id: "virtio-B" },
      { name: "nvme0n1", bytes: GIB, serial: "N1", model: "LAB SSD" },
      { name: "vdd", bytes: GIB, id: "virtio-C", fstype: "ntfs" },
    ],
  });
}
function ok(host: Host, line: string): string {
  const { code, stdout, stderr } = run(host, line);
  expect(`${code} ${stderr}`, line).toBe("0 ");
  return stdout;
}

test("a described host of plain Debian has its disks, with their links", () => {
  const host = diskHost();
  expect(ok(host, "readlink -f /dev/disk/by-id/virtio-A")).toBe("/dev/vdb\n");
  expect(ok(host, "readlink -f /dev/disk/by-id/nvme-LAB_SSD_N1")).toBe("/dev/nvme0n1\n");
  expect(ok(host, "lsblk -l -n -o NAME,TYPE,FSTYPE")).toBe(
    [
      "sda     disk ",
      "sda1    part ext4",
      "vdb     disk ",
      "vdc     disk ",
      "vdd     disk ntfs",
      "nvme0n1 disk ",
      "",
    ].join("\n"),
  );
});

test("a disk that is given to a pool gets partitions, and is no longer blank to anyone", () => {
  const host = diskHost();
  expect(run(host, "blkid -p -o export /dev/disk/by-id/virtio-A").code).toBe(2);
  expect(JSON.parse(ok(host, "wipefs -J -n /dev/vdb"))).toEqual({ signatures: [] });
  ok(host, "zpool create tank mirror /dev/disk/by-id/virtio-A /dev/disk/by-id/nvme-LAB_SSD_N1");
  expect(ok(host, "readlink -f /dev/disk/by-id/virtio-A-part1")).toBe("/dev/vdb1\n");
  expect(ok(host, "readlink -f /dev/disk/by-id/nvme-LAB_SSD_N1-part9")).toBe("/dev/nvme0n1p9\n");
  expect(ok(host, "blkid -p -o export /dev/vdb")).toBe("DEVNAME=/dev/vdb\nPTTYPE=gpt\n");
  const shown = JSON.parse(ok(host, "lsblk -J -b -o NAME,FSTYPE,PTTYPE,SIZE,MOUNTPOINTS /dev/disk/by-id/virtio-A"));
  expect(shown.blockdevices).toEqual([
    {
      ...{ name: "vdb", fstype: null, pttype: "gpt", size: GIB, mountpoints: [null] },
      children: [
        { name: "vdb1", fstype: "zfs_member", pttype: "gpt", size: 1014 * 1024 ** 2, mountpoints: [null] },
        { name: "vdb9", fstype: null, pttype: "gpt", size: 8 * 1024 ** 2, mountpoints: [null] },
      ],
    },
  ]);
  expect(run(host, "wipefs -a /dev/vdb").stderr).toContain("Device or resource busy");
  ok(host, "zpool destroy tank");
  expect(ok(host, "wipefs -a /dev/vdb")).toContain("calling ioctl to re-read partition table: Success\n");
  expect(run(host, "test -e /dev/vdb1").code).toBe(1);
  expect(ok(host, "lsblk -n -o NAME /dev/vdb")).toBe("vdb\n");
});

test("a look at a disk that holds something names it, and wiping takes it away", () => {
  const host = diskHost();
  expect(run(host, "zpool create x /dev/disk/by-id/virtio-C").stderr).toContain("contains a filesystem of type 'ntfs'");
  expect(ok(host, "blkid -p -o value -s TYPE /dev/vdd")).toBe("ntfs\n");
  expect(ok(host, "wipefs -n -a /dev/vdd")).toContain("8 bytes were erased at offset 0x00000003 (ntfs)");
  expect(ok(host, "blkid -p -o value -s TYPE /dev/vdd")).toBe("ntfs\n");
  ok(host, "wipefs -a -q /dev/vdd");
  expect(run(host, "blkid -p -o value -s TYPE /dev/vdd").code).toBe(2);
  ok(host, "zpool create x /dev/disk/by-id/virtio-C");
});

test("a device that dies degrades its pool; replacing it takes until the resilver is done", () => {
  const host = diskHost();
  ok(host, "zpool create tank mirror virtio-A virtio-B");
  const disk = host.disks?.vdc;
  if (disk === undefined) throw new Error("no vdc");
  disk.health = "dead";
  const degraded = ok(host, "zpool status tank");
  expect(degraded).toContain(" state: DEGRADED\n");
  expect(degraded).toMatch(/virtio-B +FAULTED +0 +0 +0 {2}too many errors/);
  expect(ok(host, "zpool list -H -o health tank")).toBe("DEGRADED\n");
  ok(host, "wipefs -a /dev/vdd");
  // A parameter of the module that holds scans where they are.
  const path = "/sys/module/zfs/parameters/zfs_scan_suspend_progress";
  host.files[path] = { type: "file", mode: "0644", uid: 0, gid: 0, mtime: 0, content: "1\n" };
  ok(host, "zpool replace tank virtio-B virtio-C");
  const running = ok(host, "zpool status tank");
  expect(running).toMatch(/replacing-1 +DEGRADED/);
  expect(running).toMatch(/virtio-C +ONLINE +0 +0 +0 {2}\(resilvering\)/);
  delete host.files[path];
  ok(host, "zpool wait -t replace tank");
  const healthy = ok(host, "zpool status tank");
  expect(healthy).toContain(" state: ONLINE\n");
  expect(healthy).not.toContain("virtio-B");
  ok(host, "zpool scrub tank");
  expect(run(host, "zpool scrub tank").stderr).toContain("currently scrubbing");
});

test("a pool that lost more than it can bear hangs", () => {
  const host = diskHost();
  ok(host, "zpool create tank virtio-A");
  const disk = host.disks?.vdb;
  if (disk === undefined) throw new Error("no vdb");
  disk.health = "dead";
  expect(ok(host, "zpool status tank")).toContain(" state: SUSPENDED\n");
  expect(ok(host, "zpool list -H -o health tank")).toBe("SUSPENDED\n");
});

test("a rehearsal changes nothing, and so does a refusal", () => {
  const host = diskHost();
  const before = structuredClone({ ...host, clockMs: 0 });
  ok(host, "zpool create -n tank raidz virtio-A virtio-B nvme-LAB_SSD_N1");
  expect(run(host, "zpool create tank raidz virtio-A virtio-C nvme-LAB_SSD_N1").code).toBe(1);
  expect(run(host, "zpool create 9tank virtio-A").code).toBe(1);
  expect({ ...host, clockMs: 0 }).toEqual(before);
});

test("export and import keep files, also under another name and another root", () => {
  const host = diskHost();
  ok(host, "zpool create tank virtio-A");
  ok(host, "touch /tank/kept");
  ok(host, "zpool export tank");
  expect(run(host, "test -e /tank/kept").code).toBe(1);
  expect(ok(host, "zpool import")).toContain("   pool: tank\n".slice(1));
  expect(run(host, "zpool create other virtio-A").stderr).toContain("is part of exported pool 'tank'");
  ok(host, "zpool import -R /mnt tank pond");
  expect(run(host, "test -e /mnt/pond/kept").code).toBe(0);
  ok(host, "zpool destroy pond");
  expect(run(host, "zpool import pond").stderr).toContain("no such pool available");
  ok(host, "zpool import -D pond");
  expect(ok(host, "zpool list -H -o name")).toBe("pond\n");
});

test("OpenZFS comes with its package", () => {
  const host = labHost({ mounts: [], disks: [{ name: "vdb", bytes: GIB }] });
  expect(run(host, "zpool list").code).toBe(127);
  ok(host, "apt-get install -y -qq zfsutils-linux");
  expect(ok(host, "zpool list")).toBe("no pools available\n");
  ok(host, "zpool create tank vdb");
  expect(host.zfs?.pools.tank?.vdevs[0]?.name).toMatch(/^\/dev\/(disk\/by-id\/virtio-.*|vdb)$/);
});
