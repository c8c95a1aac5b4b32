import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { read, write } from "../../../engine/ops/build.ts";
import type { Expectation, Operation, OpReply, WriteOp } from "../../../engine/ops/ir.ts";
import { answers, batchOf, installed, runBatch, shells, unprivileged, until } from "../../support/shell-run.ts";

const code = (reply: OpReply | undefined): string | undefined =>
  reply?.kind === "failed" ? reply.error.code : reply?.kind;
const message = (reply: OpReply | undefined): string => (reply?.kind === "failed" ? reply.error.message : "");
const expecting = (operation: WriteOp, expect: Expectation): WriteOp => ({ ...operation, expect }) as WriteOp;
const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
const mode = (path: string): string => (lstatSync(path).mode & 0o7777).toString(8).padStart(4, "0");
const root = process.getuid?.() === 0;

describe.each(shells)("%s", (shell) => {
  let here = "";
  const at = (name: string): string => join(here, name);
  const send = (...operations: Operation[]): Promise<readonly OpReply[]> => answers(operations, { shell });
  beforeEach(() => {
    here = realpathSync(mkdtempSync(join(tmpdir(), "lab-writes-")));
    chmodSync(here, 0o755);
    writeFileSync(at("file"), "old");
    mkdirSync(at("folder/below"), { recursive: true });
    symlinkSync("folder", at("to-folder"));
    symlinkSync("file", at("to-file"));
  });
  afterEach(() => rmSync(here, { recursive: true, force: true }));

  it("replaces a file, keeps its mode, and makes a new one with 0644", async () => {
    chmodSync(at("file"), 0o640);
    linkSync(at("file"), at("second-name"));
    const replies = await send(
      write.text(at("file"), "new"),
      write.text(at("fresh"), ""),
      write.text(at("exact"), "x", { mode: "4710" }),
      write.text(at("only"), "y", { mode: "0400" }),
    );
    expect(replies).toEqual([{}, {}, {}, {}].map((answer) => ({ kind: "done", answer })));
    expect(["file", "fresh", "exact", "only"].map((name) => mode(at(name)))).toEqual(["0640", "0644", "4710", "0400"]);
    // A rename, not a write into the old file.
    expect([
      readFileSync(at("file"), "utf8"),
      readFileSync(at("second-name"), "utf8"),
      readFileSync(at("only"), "utf8"),
    ]).toEqual(["new", "old", "y"]);
    expect(readdirSync(here).filter((name) => name.includes(".lab-"))).toEqual([]);
    expect(statSync(at("file")).mtimeMs).toBeGreaterThan(Date.now() - 60_000);
  });

  it("follows symlinks, dangling ones too", async () => {
    symlinkSync("folder/made", at("dangling"));
    await send(write.text(at("to-file"), "through"), write.text(at("dangling"), "made"));
    expect([
      readlinkSync(at("to-file")),
      readFileSync(at("file"), "utf8"),
      readFileSync(at("folder/made"), "utf8"),
    ]).toEqual(["file", "through", "made"]);
  });

  it.runIf(installed("setfacl"))("keeps the ACL of the file that it replaces", async () => {
    expect(spawnSync("setfacl", ["-m", "u:1:rw", at("file")]).status).toBe(0);
    const acl = (): string => spawnSync("getfacl", ["-cp", at("file")]).stdout.toString();
    const before = acl();
    await send(write.text(at("file"), "new"));
    expect([acl(), readFileSync(at("file"), "utf8")]).toEqual([before, "new"]);
    expect(before).toContain("user:daemon:rw-");
  });

  it("writes only what it expects to replace", async () => {
    const replies = await send(
      expecting(write.text(at("file"), "a"), "absent"),
      expecting(write.text(at("file"), "b"), { sha256: sha256("other") }),
      expecting(write.text(at("gone"), "c"), { sha256: sha256("") }),
      expecting(write.remove(at("file")), { sha256: sha256("other") }),
      expecting(write.text(at("file"), "d"), { sha256: sha256("old") }),
      expecting(write.text(at("made"), "e"), "absent"),
      expecting(write.remove(at("made")), { sha256: sha256("e") }),
    );
    expect(replies.map(code)).toEqual([
      "expectation",
      "expectation",
      "expectation",
      "expectation",
      "done",
      "done",
      "done",
    ]);
    expect(readFileSync(at("file"), "utf8")).toBe("d");
    expect(readdirSync(here).sort()).toEqual(["file", "folder", "to-file", "to-folder"]);
  });

  it.runIf(spawnSync("unshare", ["-m", "true"]).status === 0)("writes a mount point in place", async () => {
    writeFileSync(at("under"), "under");
    const replies = await answers(
      [
        write.exec(["mount", "--bind", at("under"), at("file")]),
        expecting(write.text(at("file"), "no"), { sha256: sha256("old") }),
        write.text(at("file"), "new", { mode: "0600" }),
      ],
      { shell, login: ["unshare", "-m", "sh", "-c"] },
    );
    expect(replies.map(code)).toEqual(["done", "expectation", "done"]);
    expect(replies[2]).toEqual({ kind: "done", answer: { inPlace: true } });
    expect([readFileSync(at("file"), "utf8"), readFileSync(at("under"), "utf8"), mode(at("under"))]).toEqual([
      "old",
      "new",
      "0600",
    ]);
    expect(readdirSync(here).filter((name) => name.includes(".lab-"))).toEqual([]);
  });

  it("leaves nothing of an upload whose turn did not come or that was refused", async () => {
    const bytes = Buffer.from("uploaded");
    const content = {
      kind: "streamed" as const,
      size: bytes.length,
      sha256: sha256("uploaded"),
      open: async function* () {
        yield bytes;
      },
    };
    const { replies } = await runBatch(
      batchOf(
        [
          write.upload(at("folder/below"), content),
          expecting(write.upload(at("file"), content), "absent"),
          write.upload(at("later"), content),
        ],
        { stopAtFailure: true },
      ),
      { shell },
    );
    expect(replies[0]?.map(code)).toEqual(["is-directory", "not-run", "not-run"]);
    expect([...readdirSync(here).sort(), ...readdirSync(at("folder"))]).toEqual([
      "file",
      "folder",
      "to-file",
      "to-folder",
      "below",
    ]);
    const again = await send(
      expecting(write.upload(at("file"), content), "absent"),
      write.upload(at("later"), content, { mode: "0640" }),
    );
    expect([...again.map(code), readFileSync(at("later"), "utf8"), mode(at("later"))]).toEqual([
      "expectation",
      "done",
      "uploaded",
      "0640",
    ]);
    expect(readdirSync(here)).toHaveLength(5);
  });

  it("lets a command judge the new file before it replaces the old one", async () => {
    const replies = await send(
      write.text(at("file"), "bad", { validate: ["sh", "-c", 'echo "no good: $(cat "$1")" >&2; exit 1', "x", "{}"] }),
      write.text(at("made"), "good", { validate: ["grep", "-q", "good", "{}"] }),
    );
    expect(replies.map(code)).toEqual(["validate", "done"]);
    expect(message(replies[0])).toContain("no good: bad");
    expect([readFileSync(at("file"), "utf8"), readFileSync(at("made"), "utf8")]).toEqual(["old", "good"]);
    expect(readdirSync(here)).toHaveLength(5);
  });

  it("waits for the lock, as long as its limit allows", async () => {
    const holder = spawn("flock", [at("lock"), "sh", "-c", "echo held; sleep 30"], {
      stdio: ["ignore", "pipe", "ignore"],
      detached: true,
    });
    let held = false;
    holder.stdout.on("data", () => {
      held = true;
    });
    await until(() => held);
    const blocked = await send({ ...write.text(at("file"), "new", { lock: at("lock") }), limitMs: 1000 });
    process.kill(-(holder.pid ?? 0), "SIGKILL");
    expect([code(blocked[0]), readFileSync(at("file"), "utf8")]).toEqual(["timeout", "old"]);
    expect(message(blocked[0])).toContain("lock");
    const free = await send(
      write.text(at("file"), "new", { lock: at("lock") }),
      write.text(at("file"), "newer", { lock: at("no/lock") }),
    );
    expect([...free.map(code), readFileSync(at("file"), "utf8")]).toEqual(["done", "failed", "new"]);
  });

  it("says what is in the way", async () => {
    spawnSync("mkfifo", [at("fifo")]);
    const replies = await send(
      write.text(at("folder"), ""),
      write.text(at("to-folder"), ""),
      write.text(at("no/such/file"), ""),
      write.text(at("file/below"), ""),
      write.text(at("fifo"), ""),
      write.mkdir(at("file")),
      write.mkdir(at("no/such")),
      write.symlink(at("file"), "x"),
      write.symlink(at("folder"), "x"),
      write.attributes(at("none"), { mode: "0600" }),
      write.text(at("file"), "", { owner: "no-such-user" }),
      read.text(at("fifo")),
      read.text(at("folder")),
      read.list(at("file")),
      read.text(at("file/below")),
    );
    expect(replies.map(code)).toEqual([
      "is-directory",
      "is-directory",
      "not-found",
      "not-directory",
      "failed",
      "not-directory",
      "not-found",
      "failed",
      "is-directory",
      "not-found",
      "failed",
      "failed",
      "is-directory",
      "not-directory",
      "done",
    ]);
    expect(message(replies[2])).toContain(`the folder ${at("no")} does not exist`);
    expect(message(replies[10])).toContain("no-such-user");
    expect(readFileSync(at("file"), "utf8")).toBe("old");
    expect(readdirSync(here)).toHaveLength(5);
  });

  it("makes folders, links and attributes", async () => {
    const replies = await send(
      write.mkdir(at("p/q/r"), { parents: true, mode: "2750" }),
      write.mkdir(at("folder"), { mode: "0700" }),
      write.symlink(at("to-folder"), "elsewhere"),
      write.symlink(at("-new"), "it's\n"),
      write.attributes(at("file"), { mode: "0604" }),
      write.attributes(at("to-file"), { mode: "0777" }),
    );
    expect(replies.map(code)).toEqual(["done", "done", "done", "done", "done", "done"]);
    expect([mode(at("p")), mode(at("p/q/r")), mode(at("folder")), mode(at("file"))]).toEqual([
      "0755",
      "2750",
      "0700",
      "0604",
    ]);
    expect([readlinkSync(at("to-folder")), readlinkSync(at("-new"))]).toEqual(["elsewhere", "it's\n"]);
    expect(existsSync(at("folder/elsewhere"))).toBe(false);
    const [stat] = await send(read.stat(at("-new")));
    expect(stat).toMatchObject({ answer: { type: "symlink", target: "it's\n" } });
  });

  it("removes what it is told, never what a link points at, never the root", async () => {
    const replies = await send(
      write.remove(`${at("to-folder")}/`, { recursive: true }),
      write.remove(at("none")),
      write.remove(at("folder")),
      write.remove("/"),
      write.remove("//tmp/.././", { recursive: true }),
    );
    expect(replies.map(code)).toEqual(["done", "done", "is-directory", "failed", "failed"]);
    expect([existsSync(at("to-folder")), existsSync(at("folder/below"))]).toEqual([false, true]);
    expect(
      (await send(write.remove(at("folder/below")), write.remove(at("folder"), { recursive: true }))).map(code),
    ).toEqual(["done", "done"]);
    expect(existsSync(at("folder"))).toBe(false);
  });

  it("stops a section at its first failure, reads apart", async () => {
    const { replies } = await runBatch(
      {
        runId: "r",
        sections: [
          {
            user: null,
            within: [],
            stopAtFailure: true,
            operations: [
              write.exec(["false"]),
              write.text(at("file"), "new"),
              read.text(at("file")),
              write.exec(["true"]),
            ],
          },
          {
            user: null,
            within: [],
            stopAtFailure: false,
            operations: [write.text(at("no/file"), ""), write.exec(["sh", "-c", "exit 3"], { okCodes: [3] })],
          },
        ],
      },
      { shell },
    );
    expect(replies.map((section) => section.map(code))).toEqual([
      ["exit", "not-run", "done", "not-run"],
      ["not-found", "done"],
    ]);
    expect(readFileSync(at("file"), "utf8")).toBe("old");
  });

  it("tells denied from absent, and writes in place where it may not rename, for a user that is not root", async () => {
    mkdirSync(at("closed"));
    writeFileSync(at("closed/file"), "secret");
    writeFileSync(at("mine"), "before", { mode: 0o600 });
    writeFileSync(at("locked"), "no");
    if (root) chownSync(at("mine"), 1, 1);
    chmodSync(at("locked"), 0);
    chmodSync(at("closed"), 0);
    chmodSync(here, 0o555);
    const replies = await answers(
      [
        read.text(at("closed/file")),
        read.stat(at("closed/none/below")),
        read.list(at("closed")),
        read.text(at("locked")),
        read.text(at("none")),
        write.text(at("mine"), "after"),
        write.text(at("new"), ""),
        write.text(at("closed/new"), ""),
        write.text(at("locked"), ""),
        write.mkdir(at("dir")),
        write.remove(at("mine")),
        write.remove(at("closed/x")),
      ],
      { shell, login: unprivileged, env: { HOME: "/nonexistent" } },
    );
    chmodSync(at("closed"), 0o755);
    chmodSync(here, 0o755);
    expect(replies.map(code)).toEqual([
      "denied",
      "denied",
      "denied",
      "denied",
      "done",
      "done",
      "denied",
      "denied",
      "denied",
      "denied",
      "denied",
      "denied",
    ]);
    expect(replies[5]).toEqual({ kind: "done", answer: { inPlace: true } });
    expect([readFileSync(at("mine"), "utf8"), mode(at("mine"))]).toEqual(["after", "0600"]);
    expect(message(replies[6])).toContain(here);
  });
});
