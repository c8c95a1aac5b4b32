import { test } from "vitest";
import type { DeclaredAnswer } from "../../../engine/sim/world.ts";
import { alpineConf, debianConf, type RecordedGuest, recordedNode } from "../../support/recorded-node.ts";
import { readPveRecording } from "../../support/recordings.ts";
import { replay } from "../../support/replay.ts";
import { expectFaithful } from "../../support/replay-report.ts";

const on = (storage: string, lines: readonly string[]) => lines.map((line) => line.replace("local:", `${storage}:`));

/** What was there when each transcript began. */
const GUESTS: Readonly<Record<string, Readonly<Record<string, RecordedGuest>>>> = {
  "04-exec-push-pull": {
    100: {
      conf: debianConf(100, "deb", "unprivileged: 1"),
      running: true,
    },
    101: { conf: alpineConf(101, "alp"), running: true },
    102: { conf: alpineConf(102, "off") },
  },
  "05-snapshot-template-clone-destroy": {
    100: {
      conf: [
        "#top note",
        ...on(
          "btr",
          alpineConf(100, "snap", "net0: name=eth0,bridge=vmbr0,hwaddr=BC:24:11:00:02:00,type=veth", "unprivileged: 1"),
        ),
      ],
    },
    101: { conf: alpineConf(101, "raw") },
    102: { conf: on("btr", alpineConf(102, "raw2")) },
  },
  "08-shutdown-timeout": {
    100: { conf: [...alpineConf(100, "deaf"), "lxc.init.cmd: /bin/busybox sleep 1000"] },
  },
};

/**
 * What a shell in container 100 answers to text that it is given. The lab has no shell; as in an inventory its answers
 * are declared, and what is compared is what `pct exec` makes of words, streams and exit codes.
 */
const SHELL: readonly DeclaredAnswer[] = [
  { argv: ["sh", "-c", "exit 42"], code: 42 },
  { argv: ["sh", "-c", 'echo $HOME $0 "$@"', "arg0", "a  b"], stdout: "/root arg0 a  b\n" },
  { argv: ["sh", "-c", "echo out; echo err >&2; exit 3"], stdout: "out\n", stderr: "err\n", code: 3 },
  {
    argv: ["sh", "-c", "echo /usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
    stdout: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n",
  },
  { argv: ["sh", "-c", "ulimit -n; umask"], stdout: "1024\n0022\n" },
  { argv: ["sh", "-c", "head -c1 >/dev/null; echo done"], stdout: "done\n" },
  { argv: ["sh", "-c", "sleep 300 >/dev/null 2>&1 & echo bg"], stdout: "bg\n" },
];

test("the recorded life of containers", () => {
  const names = Object.keys(GUESTS);
  const replayed = names.map((name) => {
    const recording = readPveRecording(`pct/${name}.md`);
    const host = recordedNode(GUESTS[name] ?? {});
    const inside = host.pve?.containers["100"]?.inside;
    if (inside && host.pve)
      host.pve.containers["100"] = {
        inside: { ...inside, description: { ...inside.description, answers: SHELL } },
        running: host.pve.containers["100"]?.running ?? null,
        snapshots: {},
      };
    // The devices of that node were root's.
    for (const path of ["/dev/dri/card0", "/dev/dri/renderD128"]) Object.assign(host.files[path] ?? {}, { gid: 0 });
    return [`pct/${name}.md`, replay(recording, { host, tools: ["pct"], also: ["echo", ":"] })] as const;
  });
  expectFaithful(Object.fromEntries(replayed));
});
