import { expect, test } from "vitest";
import type { Host } from "../../../engine/sim/world.ts";
import { readZfsRecording } from "../../support/recordings.ts";
import { replay } from "../../support/replay.ts";
import { expectFaithful } from "../../support/replay-report.ts";
import { putNode, ZFS_ASIDE, zfsLab } from "../../support/zfs-lab.ts";

/** The parameter of the module that holds a scan still. */
const suspend = (value: string) => (host: Host) =>
  putNode(host, "/sys/module/zfs/parameters/zfs_scan_suspend_progress", {
    ...{ type: "file", mode: "0644", uid: 0, gid: 0, mtime: 0 },
    content: `${value}\n`,
  });
const ASIDE: Readonly<Record<string, (host: Host) => void>> = {
  ...ZFS_ASIDE,
  "echo 1 > /sys/module/zfs/parameters/zfs_scan_suspend_progress": suspend("1"),
  "echo 0 > /sys/module/zfs/parameters/zfs_scan_suspend_progress": suspend("0"),
};

test.each([
  ["2.3", "zfs/recordings.md", "2.3.2-2~bpo12+2", 380],
  ["2.1", "zfs/recordings-2.1.md", "2.1.11-1+deb12u1", 360],
] as const)("zpool of OpenZFS %s answers as it was recorded", (_release, transcript, version, least) => {
  const lab = zfsLab(version);
  // What these print and do is not ZFS's.
  const answers = ["dd", "sync", "zgenhostid"].map((name) => ({ argv: [name, "**"] }));
  const host: Host = { ...lab, description: { ...lab.description, answers } };
  const replayed = replay(readZfsRecording(transcript), {
    host,
    tools: ["zpool", "sleep"],
    also: ["zfs"],
    aside: ASIDE,
  });
  expect(replayed.total).toBeGreaterThan(least);
  expectFaithful({ [transcript]: replayed });
});
