import { chmodSync, cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { read, write } from "../../../engine/ops/build.ts";
import type { Batch, Operation, OpReply } from "../../../engine/ops/ir.ts";
import { newHost } from "../../../engine/sim/host/new-host.ts";
import { interpret } from "../../../engine/sim/interpret/interpret.ts";
import { Secret } from "../../../engine/value/secret.ts";
import { runBatch } from "../../support/shell-run.ts";

// The tools of accounts and ACLs, in the embedded lab and for real, one after the other from the same beginning. The real
// ones see an /etc of their own, mounted over this machine's in a namespace that ends with them. It takes root.

const isRoot = process.getuid?.() === 0;
const top = realpathSync(mkdtempSync(join(tmpdir(), "lab-accounts-")));
chmodSync(top, 0o755);
afterAll(() => rmSync(top, { recursive: true, force: true }));

const START: Readonly<Record<string, string>> = {
  "/etc/passwd": "root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\n",
  "/etc/group": "root:x:0:\ndaemon:x:1:\nfamily:x:3100:\nusers:x:100:\n",
  "/etc/shadow": "root:*:20240:0:99999:7:::\ndaemon:*:20240:0:99999:7:::\n",
  "/etc/gshadow": "root:*::\ndaemon:*::\nfamily:!::\nusers:*::\n",
  "/etc/subuid": "",
  "/etc/subgid": "",
};
const LOOKS = [...Object.keys(START).map((path) => read.text(path)), read.list("/home")];

const exec = (line: string, stdin?: string): Operation =>
  write.exec(
    line.split(" ").map((word) => (word === "''" ? "" : word)),
    {
      okCodes: Array.from({ length: 256 }, (_, code) => code),
      ...(stdin !== undefined && { stdin: new Secret(stdin) }),
    },
  );

async function both(operations: readonly Operation[]): Promise<{ readonly real: unknown; readonly lab: unknown }> {
  const etc = mkdtempSync(join(top, "etc-"));
  cpSync("/etc", etc, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (path) =>
      /^\/etc(\/(login\.defs|default|default\/useradd|nsswitch\.conf|skel|pam\.d|pam\.d\/.*|security|security\/.*))?$/.test(
        path,
      ),
  });
  for (const [path, text] of Object.entries(START)) writeFileSync(join(etc, path.slice(5)), text);
  const enter = join(etc, "enter");
  // shadow's tools want the old file away from the one that they make: only the folder is bound.
  writeFileSync(
    enter,
    `#!/bin/sh\nexec unshare -m sh -c 'mount --bind "$0" /etc && mount -t tmpfs none /home && mount -t tmpfs none /var/mail && exec sh -c "$1"' '${etc}' "$1"\n`,
  );
  chmodSync(enter, 0o755);
  const batch: Batch = {
    runId: "accounts",
    sections: [{ user: null, within: [], stopAtFailure: false, operations: [...operations, ...LOOKS] }],
  };
  const host = newHost({ kind: "debian", name: "twin" });
  for (const [path, content] of Object.entries(START)) {
    host.files[path] = {
      type: "file",
      mode: path.endsWith("shadow") ? "0640" : "0644",
      uid: 0,
      gid: 0,
      mtime: 1,
      content,
    };
  }
  const real = (await runBatch(batch, { login: [enter] })).replies[0] ?? [];
  const lab = interpret(host, "root", batch).reply.replies[0] ?? [];
  return {
    real: real.map((reply, at) => normal(reply, batch.sections[0]?.operations[at])),
    lab: lab.map((reply, at) => normal(reply, batch.sections[0]?.operations[at])),
  };
}

function normal(reply: OpReply, operation: Operation | undefined): unknown {
  if (reply.kind !== "done") return reply;
  const what =
    operation?.kind === "exec"
      ? operation.argv.map(String).join(" ")
      : operation?.kind === "file"
        ? operation.path
        : operation?.kind;
  const { answer } = reply;
  if (typeof answer === "string") {
    // The day of the last change of a password is that of each one's clock.
    return [what, what === "/etc/shadow" ? answer.replace(/^([^:]+:[^:]*):\d+:/gm, "$1:DAY:") : answer];
  }
  if (typeof answer !== "object" || answer === null || !("code" in answer)) return [what, answer];
  const { code, stdout, stderr } = answer as { code: number; stdout: string; stderr: string };
  return [what, code, stdout, stderr];
}

const rounds: readonly (readonly [string, readonly Operation[]])[] = [
  [
    "users come, change and go",
    [
      exec("useradd -m anna"),
      exec("useradd -u 3001 -g family -G users,daemon -c Per -s /bin/sh -M -- per"),
      exec("useradd -r -M media"),
      exec("useradd -e 2031-12-31 -M lisa"),
      exec("useradd -m -d /home/deep/er deep"),
      exec("useradd -u 1500 -M high"),
      exec("useradd -u 70000 -M beyond"),
      exec("usermod -c Changed -s /bin/bash -- per"),
      exec("usermod -G users per"),
      exec("usermod -G '' per"),
      exec("usermod -d /srv/x -- per"),
      exec("usermod -g users -- per"),
      exec("usermod -u 3009 -- per"),
      exec("usermod -e '' lisa"),
      exec("usermod -e 2027-01-01 anna"),
      exec("chpasswd -e", "anna:$6$salt$hash\nper:!$6$other\n"),
      exec("usermod -L anna"),
      exec("usermod -L anna"),
      exec("usermod -U per"),
      exec("usermod -U media"),
      exec("userdel -- lisa"),
      exec("userdel -r anna"),
      exec("userdel per"),
    ],
  ],
  [
    "groups come, change and go",
    [
      exec("groupadd -g 3200 kids"),
      exec("groupadd plain"),
      exec("groupadd -r -- services"),
      exec("gpasswd -M root,daemon kids"),
      exec("gpasswd -M '' kids"),
      exec("groupmod -g 3300 -- kids"),
      exec("useradd -g plain -M one"),
      exec("groupmod -g 4400 -- plain"),
      exec("groupdel plain"),
      exec("groupdel -- kids"),
    ],
  ],
  [
    "what is refused",
    [
      exec("useradd root"),
      exec("useradd -g nosuch x"),
      exec("useradd -G nosuch x"),
      exec("useradd -u 1 x"),
      exec("useradd a/b"),
      exec("useradd -d rel x"),
      exec("useradd -s rel x"),
      exec("useradd -c a:b x"),
      exec("useradd family"),
      exec("usermod -c x nosuch"),
      exec("usermod -G nosuch daemon"),
      exec("usermod -u 0 daemon"),
      exec("userdel nosuch"),
      exec("groupadd root"),
      exec("groupadd -g 0 x"),
      exec("groupdel nosuch"),
      exec("groupdel root"),
      exec("groupmod -g 0 daemon"),
      exec("groupmod -g 9 nosuch"),
      exec("gpasswd -M nosuch daemon"),
      exec("chpasswd -e", "nosuch:$6$a$b\n"),
    ],
  ],
];

describe.runIf(isRoot)("accounts in the lab and for real", () => {
  test.each(rounds)("%s", async (_, operations) => {
    const { real, lab } = await both(operations);
    expect(lab).toEqual(real);
  });
});

const acl = (path: string, ...lines: readonly string[]) =>
  exec(`setfacl --set-file=- -- ${path}`, lines.map((line) => `${line}\n`).join(""));
const shown = (path: string) => read.exec(["getfacl", "-ncpE", "--", path]);

describe("ACLs in the lab and for real", () => {
  test("setfacl, getfacl, chmod, and what is made in such a folder", async () => {
    const at = mkdtempSync(join(top, "acl-"));
    chmodSync(at, 0o755);
    const [d, f] = [`${at}/d`, `${at}/f`];
    const base = ["user::rwx", "group::rwx", "other::---"];
    const operations = [
      write.mkdir(d, { mode: "2770" }),
      write.text(f, "x", { mode: "0640" }),
      shown(d),
      acl(d, ...base, "group:3101:r-x", "mask::rwx"),
      shown(d),
      acl(d, ...base, "group:3101:r-x", "user:7:rw-"),
      shown(d),
      acl(
        d,
        ...base,
        "group:3101:r-x",
        "default:user::rwx",
        "default:group::rwx",
        "default:group:3101:r-x",
        "default:other::---",
      ),
      shown(d),
      read.stat(d),
      write.mkdir(`${d}/plain`),
      write.mkdir(`${d}/moded`, { mode: "0700" }),
      write.text(`${d}/file`, "x"),
      write.text(`${d}/secret`, "x", { mode: "0600" }),
      exec(`touch ${d}/touched`),
      exec(`mkdir ${d}/made`),
      ...["plain", "moded", "file", "secret", "touched", "made"].flatMap((name) => [
        shown(`${d}/${name}`),
        read.stat(`${d}/${name}`),
      ]),
      write.attributes(`${d}/file`, { mode: "0600" }),
      shown(`${d}/file`),
      write.text(`${d}/file`, "new content"),
      shown(`${d}/file`),
      write.attributes(`${d}/file`, { mode: "0664" }),
      shown(`${d}/file`),
      write.attributes(d, { mode: "2750" }),
      shown(d),
      exec(`setfacl -k --set-file=- -- ${d}`, `${base.join("\n")}\n`),
      shown(d),
      acl(f, "user::rw-", "group::r--", "other::---", "user:7:rw-"),
      shown(f),
      read.stat(f),
      exec(`setfacl -m u:8:r,g:9:rwx -- ${f}`),
      shown(f),
      exec(`setfacl -b -- ${f}`),
      shown(f),
      read.exec(["getfacl", "-npE", "--", f]),
      // What is wrong.
      acl(f, "user::rw-"),
      acl(f, "nonsense"),
      acl(f),
      acl(`${at}/nothing`, ...base),
      shown(`${at}/nothing`),
      acl(f, ...base, "default:user::rwx", "default:group::---", "default:other::---"),
    ];
    const batch: Batch = { runId: "acl", sections: [{ user: null, within: [], stopAtFailure: false, operations }] };
    const real = (await runBatch(batch)).replies[0] ?? [];
    const host = newHost({ kind: "debian", name: "twin" });
    for (const path of [top, at]) host.files[path] = { type: "directory", mode: "0755", uid: 0, gid: 0, mtime: 0 };
    const lab = interpret(host, "root", batch).reply.replies[0] ?? [];
    const plain = (replies: readonly OpReply[]) =>
      replies.map((reply, index) => {
        const answer = normal(reply, operations[index]);
        // Of a stat the mode alone: sizes and times are each one's own, and who runs the tests need not be root.
        if (
          reply.kind === "done" &&
          typeof reply.answer === "object" &&
          reply.answer !== null &&
          "mode" in reply.answer
        )
          return [index, reply.answer.mode];
        return [index, JSON.stringify(answer).replaceAll(/# (owner|group): \d+/g, "# $1")];
      });
    expect(plain(lab)).toEqual(plain(real));
    expect(readFileSync(`${d}/file`, "utf8")).toBe("new content");
  });
});
