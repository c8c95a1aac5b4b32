import { expect, test } from "vitest";
import { parentOf } from "../../../engine/sim/files/file-tree.ts";
import { newHost } from "../../../engine/sim/host/new-host.ts";
import type { Host, Node } from "../../../engine/sim/world.ts";
import { readZfsRecording } from "../../support/recordings.ts";
import { replay } from "../../support/replay.ts";
import { expectFaithful } from "../../support/replay-report.ts";

const MIB = 1024 ** 2;

/** The guest in which the transcripts were made: a root disk and six blank ones of 1 GiB. */
function zfsLab(version: string): Host {
  const host = newHost({
    kind: "debian",
    name: "zfslab",
    mounts: [],
    disks: [1, 2, 3, 4, 5, 6].map((number) => ({
      name: `vd${"abcdefg".charAt(number)}`,
      bytes: 1024 * MIB,
      id: `virtio-LABDISK${number}`,
    })),
    packages: ["zfsutils-linux", "udev"],
    // What these print and do is not ZFS's.
    answers: ["dd", "sync", "zgenhostid"].map((name) => ({ argv: [name, "**"] })),
  });
  host.mounts = host.mounts.map((mount) => (mount.target === "/" ? { ...mount, source: "/dev/vda1" } : mount));
  for (const name of ["vda", "vda1"]) put(host, `/dev/${name}`, { ...BLOCK, minor: 0 });
  if (host.zfs) host.zfs = { ...host.zfs, version };
  return host;
}
const BLOCK = { type: "block", major: 254, mode: "0660", uid: 0, gid: 6, mtime: 0 } as const;

function put(host: Host, path: string, node: Node): void {
  const parent = parentOf(path);
  if (host.files[parent] === undefined)
    put(host, parent, { type: "directory", mode: "0755", uid: 0, gid: 0, mtime: 0 });
  host.files[path] = node;
}
const file = (content = ""): Node => ({ type: "file", mode: "0644", uid: 0, gid: 0, mtime: 0, content });

/** `truncate -s`: a file that is large enough to be a device. */
const truncate =
  (bytes: number, ...paths: readonly string[]) =>
  (host: Host) => {
    for (const path of paths) {
      put(host, path, file());
      const disks = host.disks ?? {};
      disks[path] = { bytes, serial: "", model: "", ids: [], content: { kind: "blank" }, health: "fine" };
    }
  };
const parameter = (value: string) => (host: Host) =>
  put(host, "/sys/module/zfs/parameters/zfs_scan_suspend_progress", file(`${value}\n`));
const eight = (letter: string, count: number) =>
  Array.from({ length: count }, (_, index) => `/v/${letter}${index + 1}`);

/** What commands of other tools did. */
const ASIDE: Readonly<Record<string, (host: Host) => void>> = {
  "mkfs.ext4 -q -F /dev/disk/by-id/virtio-LABDISK4": ({ disks = {} }) => {
    if (disks.vde) disks.vde.content = { kind: "filesystem", fstype: "ext4", uuid: "0" };
  },
  "mkdir -p /mnt/full && touch /mnt/full/x": (host) => put(host, "/mnt/full/x", file()),
  "truncate -s 100M /var/tmp/f1 /var/tmp/f2 /var/tmp/f3 /var/tmp/f4": truncate(
    100 * MIB,
    ...[1, 2, 3, 4].map((number) => `/var/tmp/f${number}`),
  ),
  "truncate -s 10M /var/tmp/tiny": truncate(10 * MIB, "/var/tmp/tiny"),
  "mkdir -p /v; for i in 1 2 3 4 5 6 7 8; do truncate -s 200M /v/f$i; done": truncate(200 * MIB, ...eight("f", 8)),
  "mkdir -p /v; for i in 1 2 3 4 5 6; do truncate -s 200M /v/g$i; done": truncate(200 * MIB, ...eight("g", 6)),
  "echo 1 > /sys/module/zfs/parameters/zfs_scan_suspend_progress": parameter("1"),
  "echo 0 > /sys/module/zfs/parameters/zfs_scan_suspend_progress": parameter("0"),
};

test.each([
  ["2.3", "zfs/recordings.md", "2.3.2-2~bpo12+2", 380],
  ["2.1", "zfs/recordings-2.1.md", "2.1.11-1+deb12u1", 360],
] as const)("zpool of OpenZFS %s answers as it was recorded", (_release, transcript, version, least) => {
  const replayed = replay(readZfsRecording(transcript), {
    host: zfsLab(version),
    tools: ["zpool", "sleep"],
    also: ["zfs"],
    aside: ASIDE,
  });
  expect(replayed.total).toBeGreaterThan(least);
  expectFaithful({ [transcript]: replayed });
});
