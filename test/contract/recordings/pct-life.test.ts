import { test } from "vitest";
import type { Session } from "../../../engine/sim/session.ts";
import type { Host } from "../../../engine/sim/world.ts";
import { type RecordedGuest, recordedNode } from "../../support/recorded-node.ts";
import { readPveRecording } from "../../support/recordings.ts";
import { replay } from "../../support/replay.ts";
import { expectFaithful } from "../../support/replay-report.ts";

const guest = (vmid: number, hostname: string, ...more: readonly string[]): readonly string[] =>
  [
    "arch: amd64",
    `hostname: ${hostname}`,
    "memory: 512",
    "ostype: alpine",
    `rootfs: local:${vmid}/vm-${vmid}-disk-0.raw,size=204M`,
    "swap: 512",
    ...more,
  ].sort();
const on = (storage: string, lines: readonly string[]) => lines.map((line) => line.replace("local:", `${storage}:`));

/** What was there when each transcript began. */
const GUESTS: Readonly<Record<string, Readonly<Record<string, RecordedGuest>>>> = {
  "04-exec-push-pull": {
    100: {
      conf: guest(100, "deb", "unprivileged: 1").map((line) =>
        line.replace("ostype: alpine", "ostype: debian").replace("size=204M", "size=1G"),
      ),
      running: true,
    },
    101: { conf: guest(101, "alp"), running: true },
    102: { conf: guest(102, "off") },
  },
  "05-snapshot-template-clone-destroy": {
    100: {
      conf: [
        "#top note",
        ...on(
          "btr",
          guest(100, "snap", "net0: name=eth0,bridge=vmbr0,hwaddr=BC:24:11:00:02:00,type=veth", "unprivileged: 1"),
        ),
      ],
    },
    101: { conf: guest(101, "raw") },
    102: { conf: on("btr", guest(102, "raw2")) },
  },
  "08-shutdown-timeout": {
    100: { conf: [...guest(100, "deaf"), "lxc.init.cmd: /bin/busybox sleep 1000"] },
  },
};

const file = (content: string, mode = "0644") => ({ type: "file", mode, uid: 0, gid: 0, mtime: 1, content }) as const;

/** What commands of other tools between them did, as far as later ones hang on it. */
const ASIDE: Readonly<Record<string, (host: Host, session: Session) => void>> = {
  mv: () => {},
};

test("the recorded life of containers", () => {
  const names = Object.keys(GUESTS);
  const replayed = names.map((name) => {
    const recording = readPveRecording(`pct/${name}.md`);
    const host = recordedNode(GUESTS[name] ?? {});
    host.files["/root/f"] = file("data\n", "0640");
    return [`pct/${name}.md`, replay(recording, { host, tools: ["pct"], aside: ASIDE })] as const;
  });
  expectFaithful(Object.fromEntries(replayed));
});
