import { expect, test } from "vitest";
import { readZfsRecording } from "../../support/recordings.ts";
import { replay } from "../../support/replay.ts";
import { expectFaithful } from "../../support/replay-report.ts";
import { ZFS_ASIDE, zfsLab } from "../../support/zfs-lab.ts";

test("zfs of OpenZFS 2.3 answers as it was recorded", () => {
  const replayed = replay(readZfsRecording("zfs/recordings.md"), {
    host: zfsLab("2.3.2-2~bpo12+2"),
    tools: ["zfs"],
    also: ["zpool", "mkdir", "mount", "umount"],
    aside: ZFS_ASIDE,
  });
  expect(replayed.total).toBeGreaterThan(900);
  expectFaithful({ "zfs/recordings.md": replayed });
});
