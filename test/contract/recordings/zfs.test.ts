import { expect, test } from "vitest";
import { runWords } from "../../../engine/sim/interpret/interpret-exec.ts";
import type { Session } from "../../../engine/sim/session.ts";
import type { Host } from "../../../engine/sim/world.ts";
import { readZfsRecording } from "../../support/recordings.ts";
import { replay } from "../../support/replay.ts";
import { expectFaithful } from "../../support/replay-report.ts";
import { putNode, ZFS_ASIDE, zfsLab } from "../../support/zfs-lab.ts";

type Deed = (host: Host, session: Session) => void;
const run = (session: Session, line: string) => runWords(session, line.split(" "), {});
const nothing: Deed = () => {};

/** A key of 32 bytes, and its 64 digits. */
const KEY = "0123456789abcdef0123456789abcdef";
const makeKeys: Deed = (host, session) => {
  const common = { type: "file", mode: "0600", uid: 0, gid: 0, mtime: 0 } as const;
  putNode(host, "/root/k.raw", { ...common, content: KEY });
  putNode(host, "/root/k.hex", { ...common, content: Buffer.from(KEY).toString("hex") });
  run(session, "zfs create -o encryption=aes-256-gcm -o keyformat=raw -o keylocation=file:///root/k.raw tank/eraw");
  run(session, "zfs create -o encryption=aes-128-ccm -o keyformat=hex -o keylocation=file:///root/k.hex tank/ehex");
};

/** Lines that take processes in a folder, a shell's loop, or tools that the lab has not: what they came to. */
const LINES: readonly (readonly [begins: string, deed: Deed])[] = [
  ["zpool export mpool; zgenhostid", nothing],
  ["head -c 32 /dev/urandom > /root/k.raw", makeKeys],
  [
    'sh -c "cd /mnt/tank/r2; sleep 4" & sleep 1; zfs rename',
    (_, session) => run(session, "zfs rename -u tank/r2 tank/r3"),
  ],
  ['sh -c "cd /mnt/tank/r2; sleep 5" & sleep 1; zfs destroy', (_, session) => run(session, "zfs destroy tank/r2/kid")],
  ["exec 9</dev/zvol/tank/v", (_, session) => run(session, "zfs rename tank/v tank/vv")],
  [
    "su nobody -s",
    (_, session) => {
      run(session, "zfs snapshot tank/a@bynobody");
      run(session, "zfs create -u tank/a/bynobody");
    },
  ],
];
/** What is left of a line that stops at a tool that the lab has not. */
const LEFT: readonly (readonly [begins: string, deed: Deed])[] = [
  ["zfs create -s -V 50M tank/mkv", (_, session) => run(session, "zfs destroy tank/mkv")],
  ["zfs create -o quota=10M tank/q; dd", (_, session) => run(session, "zfs destroy tank/q")],
];

function faithful(name: string, version: string, least: number): void {
  const recording = readZfsRecording(name);
  const placed = (lines: typeof LINES) =>
    Object.fromEntries(
      lines.flatMap(([begins, deed]) =>
        recording.filter(({ command }) => command.startsWith(begins)).map(({ place }) => [place, deed]),
      ),
    );
  const replayed = replay(recording, {
    host: zfsLab(version),
    tools: ["zfs"],
    also: ["zpool", "mkdir", "echo", "mount", "umount"],
    aside: { ...ZFS_ASIDE, ...placed(LINES) },
    afterwards: placed(LEFT),
  });
  expect(replayed.total).toBeGreaterThan(least);
  expectFaithful({ [name]: replayed });
}

test("zfs of OpenZFS 2.3 answers as it was recorded", () => {
  faithful("zfs/recordings.md", "2.3.2-2~bpo12+2", 930);
});

test("zfs of OpenZFS 2.1 answers as it was recorded", () => {
  faithful("zfs/recordings-2.1.md", "2.1.11-1+deb12u1", 890);
});
