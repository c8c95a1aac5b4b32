import { chmodSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { read, write } from "../../../engine/ops/build.ts";
import type { Batch, Operation, OpReply } from "../../../engine/ops/ir.ts";
import { sha256 } from "../../../engine/sim/files/node.ts";
import { newHost } from "../../../engine/sim/host/new-host.ts";
import { interpret } from "../../../engine/sim/interpret/interpret.ts";
import type { Host } from "../../../engine/sim/world.ts";
import { runBatch, unprivileged } from "../../support/shell-run.ts";

// The same operations in the embedded lab and, compiled, in a real shell must answer alike. The real folder exists in
// the lab under the very same path. As root, and as a user who is not: uid 1 is `daemon` on every Debian.

const isRoot = process.getuid?.() === 0;
const top = realpathSync(mkdtempSync(join(tmpdir(), "lab-differential-")));
chmodSync(top, 0o755);
afterAll(() => rmSync(top, { recursive: true, force: true }));
let serial = 0;

type Who = "root" | "daemon";
interface Round {
  readonly as: Who;
  readonly operations: readonly Operation[];
  readonly stopAtFailure?: boolean;
}
/** Runs the rounds in both worlds, then looks at everything; answers what each said. */
async function both(
  rounds: (folder: string) => readonly Round[],
): Promise<{ readonly real: unknown; readonly lab: unknown }> {
  serial += 1;
  const folder = `${top}/${serial}`;
  const host = newHost({ kind: "debian", name: "twin" });
  const seed: Round = { as: isRoot ? "root" : "daemon", operations: [write.mkdir(folder, { parents: true })] };
  // Without root's rights the folder above is ours on the real side; it has to be daemon's in the lab.
  if (!isRoot)
    for (const path of ancestors(top)) host.files[path] = { type: "directory", mode: "0755", uid: 1, gid: 1, mtime: 0 };
  const everything: Round = {
    as: isRoot ? "root" : "daemon",
    operations: NAMES.flatMap((name) => {
      const path = `${folder}/${name}`;
      return [read.stat(path, { sha256: true }), read.stat(path, { follow: true }), read.text(path), read.list(path)];
    }),
  };
  const real: unknown[] = [];
  const lab: unknown[] = [];
  for (const round of [seed, ...rounds(folder), everything]) {
    if (round.as === "root" && !isRoot) continue;
    const batch: Batch = {
      runId: "twin",
      sections: [{ user: null, within: [], stopAtFailure: round.stopAtFailure ?? false, operations: round.operations }],
    };
    const ran = await runBatch(batch, round.as === "daemon" ? { login: unprivileged } : {});
    real.push(pairs(round, ran.replies[0] ?? [], folder));
    lab.push(pairs(round, imitate(host, round.as, batch), folder));
  }
  return { real, lab };
}

function imitate(host: Host, as: Who, batch: Batch): readonly OpReply[] {
  return interpret(host, as, batch).reply.replies[0] ?? [];
}

function ancestors(path: string): readonly string[] {
  return path.split("/").flatMap((_, index, parts) => (index === 0 ? [] : [parts.slice(0, index + 1).join("/")]));
}

/** What both must agree on: not times, not the size of folders, not the wording of our own errors. */
function pairs(round: Round, replies: readonly OpReply[], folder: string): readonly unknown[] {
  return replies.map((reply, index) => [describeOperation(round.operations[index], folder), normal(reply)]);
}
function describeOperation(operation: Operation | undefined, folder: string): string {
  return JSON.stringify(operation).replaceAll(folder, "");
}
function normal(reply: OpReply): unknown {
  if (reply.kind === "failed") {
    return {
      kind: "failed",
      code: reply.error.code,
      ...(reply.error.answer === undefined ? {} : { answer: plain(reply.error.answer) }),
    };
  }
  return reply.kind === "done" ? { ...reply, answer: plain(reply.answer) } : reply;
}
function plain(answer: unknown): unknown {
  if (typeof answer !== "object" || answer === null || Array.isArray(answer)) return answer;
  if (answer instanceof Uint8Array) return Buffer.from(answer).toString("hex");
  const { mtime: _mtime, bytes: _bytes, size, ...rest } = answer as Record<string, unknown>;
  const mine = !isRoot && "uid" in rest ? { uid: "me", gid: "me", owner: "me", group: "me" } : {};
  return { ...rest, ...mine, ...("type" in rest && rest.type === "directory" ? {} : { size }) };
}

const NAMES = ["a", "b", "d", "d/x", "d/e", "d/e/y", "l", "d/l", "odd 'name\"", "-dash", "new\nline", "ünï"];
const name = fc.constantFrom(...NAMES, "d/../a", "./b", "l/x", "a/x", "no/such/folder");
const content = fc.oneof(fc.string({ unit: "grapheme", maxLength: 12 }), fc.constantFrom("", "x\n", "a\nb\n"));
const binary = fc.uint8Array({ maxLength: 20 });
const mode = fc.constantFrom(undefined, "0644", "0600", "0755", "0700", "0000", "0444", "0640", "2775", "1777", "4755");
const owner = fc.constantFrom(undefined, undefined, "root", "daemon", "1", "nosuchuser");
const group = fc.constantFrom(undefined, undefined, "root", "daemon", "12345");
const target = fc.constantFrom("a", "b", "d", "../a", "d/x", "nowhere", "l", ".");

function defined<T extends object>(value: T): { readonly [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

function operationIn(folder: string, spec: Spec): Operation {
  const path = `${folder}/${spec.name}`;
  const ownership = defined({ mode: spec.mode, owner: spec.owner, group: spec.group });
  switch (spec.kind) {
    case "text":
      return write.text(path, spec.content, ownership);
    case "file":
      return write.file(path, spec.binary, ownership);
    case "expecting":
      return {
        ...write.text(path, spec.content),
        expect: spec.flag ? "absent" : { sha256: sha256(spec.expected) },
      } as Operation;
    case "validated":
      return write.text(path, spec.content, { validate: spec.flag ? ["test", "-s", "{}"] : ["test", "-d", "{}"] });
    case "mkdir":
      return write.mkdir(path.replace(/\/$/, ""), { parents: spec.flag, ...ownership });
    case "remove":
      return write.remove(path.replace(/\/$/, ""), { recursive: spec.flag });
    case "symlink":
      return write.symlink(path.replace(/\/$/, ""), spec.target);
    case "attributes":
      return write.attributes(path.replace(/\/$/, ""), ownership);
    case "stat":
      return read.stat(path, { follow: spec.flag, sha256: true });
    case "list":
      return read.list(path);
    case "read":
      return spec.flag ? read.text(path) : read.file(path);
    case "exec":
      return read.exec(spec.argv.map((word) => word.replaceAll("@", path)));
    default:
      return write.exec(spec.argv.map((word) => word.replaceAll("@", path)));
  }
}

const argv = fc.constantFrom<readonly string[]>(
  ["true"],
  ["false"],
  ["echo", "-n", "a  b"],
  ["echo", "--", "x"],
  ["cat", "--", "@"],
  ["test", "-e", "@"],
  ["test", "-f", "@"],
  ["test", "-d", "@"],
  ["test", "-L", "@"],
  ["test", "-s", "@"],
  ["test", "3", "-gt", "2"],
  ["test", "!", "-x", "@"],
  ["test", "-w", "@"],
  ["test", "a", "=", "b"],
  ["readlink", "-f", "--", "@"],
  ["readlink", "--", "@"],
);
const changingArgv = fc.constantFrom<readonly string[]>(
  ["touch", "--", "@"],
  ["mkdir", "--", "@"],
  ["mkdir", "-p", "--", "@"],
  ["touch", "-c", "@"],
  ["true"],
  ["false"],
);

const spec = fc.record({
  kind: fc.constantFrom(
    "text",
    "text",
    "file",
    "expecting",
    "validated",
    "mkdir",
    "mkdir",
    "remove",
    "symlink",
    "attributes",
    "stat",
    "list",
    "read",
    "exec",
    "change",
  ),
  name,
  content,
  binary,
  mode,
  owner,
  group,
  target,
  flag: fc.boolean(),
  expected: content,
  argv,
});
const specs = fc.oneof(
  spec,
  fc
    .record({ kind: fc.constant("change"), argv: changingArgv })
    .chain((more) => spec.map((one) => ({ ...one, ...more }))),
);
type Spec = typeof spec extends fc.Arbitrary<infer T> ? T : never;

// A changing operation with an argv that only looks is fine; the other way round would be a look that changes.
const rounds = fc.array(
  fc.record({
    as: fc.constantFrom<Who>("root", "daemon"),
    specs: fc.array(specs, { minLength: 1, maxLength: 8 }),
    stopAtFailure: fc.boolean(),
  }),
  { minLength: 1, maxLength: 3 },
);

// What chance finds too seldom.
const TABLE: readonly (readonly [string, (folder: string) => readonly Round[]])[] = [
  [
    "a folder that is there as soon as its parents are",
    (at) => [
      { as: "root", operations: [write.mkdir(`${at}/a`, { mode: "0700" })] },
      { as: "root", operations: [write.mkdir(`${at}/d/../a`, { parents: true, mode: "0640" })] },
    ],
  ],
  [
    "a folder that is a link which leads nowhere",
    (at) => [
      {
        as: "root",
        operations: [
          write.symlink(`${at}/a`, "../a"),
          write.text(`${at}/a/x`, "x"),
          write.symlink(`${at}/l`, "a/y"),
          write.text(`${at}/l`, "through the link"),
        ],
      },
    ],
  ],
  [
    "foreign files in a sticky folder",
    (at) => [
      {
        as: "root",
        operations: [
          write.attributes(at, { mode: "1777" }),
          write.text(`${at}/a`, "root", { mode: "0666" }),
          write.text(`${at}/b`, "root"),
          write.symlink(`${at}/l`, "a"),
        ],
      },
      {
        as: "daemon",
        operations: [
          write.text(`${at}/a`, "mine"),
          write.text(`${at}/b`, "mine"),
          write.text(`${at}/l`, "through the link"),
          write.remove(`${at}/a`),
          write.symlink(`${at}/l`, "b"),
          write.attributes(`${at}/a`, { mode: "0600" }),
          write.text(`${at}/d`, "new", { mode: "0600", owner: "root" }),
        ],
      },
    ],
  ],
  [
    "a foreign file in a folder of one's own",
    (at) => [
      {
        as: "root",
        operations: [
          write.text(`${at}/a`, "root", { mode: "0644" }),
          write.text(`${at}/b`, "root", { mode: "0666" }),
          write.attributes(at, { owner: "daemon" }),
        ],
      },
      {
        as: "daemon",
        operations: [
          write.text(`${at}/a`, "mine"),
          write.text(`${at}/b`, "mine", { mode: "0600" }),
          write.remove(`${at}/a`),
        ],
      },
    ],
  ],
  [
    "set-id bits of files and folders",
    (at) => [
      {
        as: "root",
        operations: [
          write.text(`${at}/a`, "x", { mode: "4755" }),
          write.text(`${at}/a`, "y"),
          write.text(`${at}/b`, "x", { mode: "6755" }),
          write.attributes(`${at}/b`, { owner: "daemon" }),
          write.mkdir(`${at}/d`, { mode: "2775", group: "daemon" }),
          write.mkdir(`${at}/d/e/y`, { parents: true }),
          write.text(`${at}/d/x`, "x"),
          write.attributes(`${at}/d/e`, { mode: "0755" }),
        ],
      },
    ],
  ],
  [
    "links that lead nowhere, to themselves, to folders",
    (at) => [
      {
        as: "daemon",
        operations: [
          write.symlink(`${at}/l`, "l"),
          write.text(`${at}/l`, "x"),
          read.text(`${at}/l`),
          write.symlink(`${at}/a`, "b"),
          write.text(`${at}/a`, "x"),
          write.mkdir(`${at}/d`),
          write.symlink(`${at}/d/l`, ".."),
          write.symlink(`${at}/d/l`, "../d"),
          write.text(`${at}/d/l/x`, "x"),
          write.mkdir(`${at}/l`),
          write.attributes(`${at}/a`, { mode: "0600" }),
          write.remove(`${at}/d/l`, { recursive: true }),
        ],
      },
    ],
  ],
  [
    "a folder that lets nobody in",
    (at) => [
      {
        as: "root",
        operations: [
          write.mkdir(`${at}/d/e`, { parents: true }),
          write.text(`${at}/d/x`, "x"),
          write.attributes(`${at}/d`, { mode: "0700" }),
        ],
      },
      {
        as: "daemon",
        operations: [
          read.text(`${at}/d/x`),
          read.stat(`${at}/d/nothing`),
          read.list(`${at}/d`),
          read.list(`${at}/d/e`),
          write.text(`${at}/d/x`, "y"),
          write.remove(`${at}/d/x`),
          write.remove(`${at}/d`, { recursive: true }),
          write.mkdir(`${at}/d/e/y`, { parents: true }),
          write.attributes(`${at}/d/x`, { mode: "0644" }),
        ],
      },
    ],
  ],
  [
    "bytes that are no text, and the plain tools",
    (at) => [
      {
        as: "daemon",
        operations: [
          read.exec(["id", "-u"]),
          read.exec(["id", "-un"]),
          read.exec(["id", "-G"]),
          read.exec(["echo", "-n", "x"]),
          read.exec(["cat"], { stdin: Uint8Array.of(0, 255, 10) }),
          read.exec(["test", "!", "a", "=", "a"]),
          read.exec(["getent", "passwd", "root"]),
          read.exec(["getent", "passwd", "no-such-user"]),
          read.exec(["mountpoint", "-q", "/proc"]),
          read.exec(["mountpoint", at]),
          read.exec(["findmnt", "-n", "-o", "TARGET,FSTYPE", "-M", "/proc"]),
          read.exec(["uname", "-s", "-m"]),
          read.exec(["sysctl", "-n", "--", "no.such.key"]),
          write.exec(["sysctl", "-w", "vm.swappiness"]),
          read.exec([
            "dpkg-query",
            "-W",
            "-f",
            "${Package}|${db:Status-Status}\\n",
            "--",
            "coreutils",
            "no-such-package",
          ]),
          read.exec(["pwd"], { cwd: "/usr" }),
        ],
      },
    ],
  ],
];

describe("the lab and a real shell answer alike", () => {
  test.each(TABLE)("%s", async (_name, rounds) => {
    const { real, lab } = await both(rounds);
    expect(lab).toEqual(real);
  });

  test("any file operations, by root and by another user, one after the other", async () => {
    await fc.assert(
      fc.asyncProperty(rounds, fc.boolean(), async (generated, shared) => {
        const { real, lab } = await both((folder) => [
          {
            as: isRoot ? "root" : "daemon",
            operations: [write.attributes(folder, { mode: shared && isRoot ? "1777" : "0755" })],
          },
          ...generated.map(({ as, specs: each, stopAtFailure }) => ({
            as,
            stopAtFailure,
            operations: each.map((one) => operationIn(folder, one)),
          })),
        ]);
        expect(lab).toEqual(real);
      }),
      // What is found by chance is worth having whole: shrinking would take minutes of real shells.
      { numRuns: 15, endOnFailure: true },
    );
  });
});
