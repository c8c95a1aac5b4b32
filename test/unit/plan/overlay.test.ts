import { describe, expect, test } from "vitest";
import { read, write } from "../../../engine/ops/build.ts";
import type { OpReply, ReadOp, Step } from "../../../engine/ops/ir.ts";
import { createOverlay, type Overlay } from "../../../engine/plan/overlay.ts";
import { Secret } from "../../../engine/value/secret.ts";
import { createWorld } from "../../support/world.ts";

/** What is on the host: asked of a real (embedded) one, before and after the steps are carried out. */
const before: readonly Step[] = [
  write.mkdir("/srv/real", { mode: "0750" }),
  write.text("/srv/real/file", "old\n", { mode: "0600" }),
  write.text("/srv/real/other", "other\n"),
  write.mkdir("/srv/real/sub/deep", { parents: true }),
  write.symlink("/srv/link", "real"),
  write.symlink("/srv/real/sub/to-file", "../file"),
  write.mkdir("/srv/shared", { mode: "2775", group: "adm" }),
];
const looks: readonly ReadOp[] = [
  "/srv",
  "/srv/real",
  "/srv/real/file",
  "/srv/real/other",
  "/srv/real/sub",
  "/srv/real/sub/deep",
  "/srv/real/sub/to-file",
  "/srv/link",
  "/srv/link/file",
  "/srv/shared",
  "/srv/shared/made",
  "/srv/shared/made/x",
  "/srv/new",
  "/srv/new/a",
  "/srv/new/a/b",
].flatMap((path) => [
  read.stat(path),
  read.stat(path, { follow: true, sha256: true }),
  read.text(path),
  read.file(path),
  // A list of what is no folder is an error either way.
  ...(path.endsWith("to-file") ? [] : [read.list(path)]),
]);

const cases: Readonly<Record<string, readonly Step[]>> = {
  "nothing pending": [],
  "a file replaced": [write.text("/srv/real/file", "new\n")],
  "a file replaced, with attributes": [write.text("/srv/real/file", "new\n", { mode: "0640", owner: "daemon" })],
  "a file twice": [write.text("/srv/real/file", "1", { mode: "0640" }), write.text("/srv/real/file", "2")],
  "a file made": [write.text("/srv/new", "new\n")],
  "a file removed": [write.remove("/srv/real/file")],
  "a file removed and made": [write.remove("/srv/real/file"), write.text("/srv/real/file", "new")],
  "a folder made": [write.mkdir("/srv/new", { mode: "0700" })],
  "a folder that is there": [write.mkdir("/srv/real", { mode: "0711" })],
  "a folder and its parents": [write.mkdir("/srv/new/a/b", { parents: true })],
  "a folder, parents that are there": [write.mkdir("/srv/real/sub/deep", { parents: true, mode: "0700" })],
  "a file in a new folder": [write.mkdir("/srv/new"), write.text("/srv/new/a", "x")],
  "a tree removed": [write.remove("/srv/real", { recursive: true })],
  "a tree removed and its folder made": [write.remove("/srv/real", { recursive: true }), write.mkdir("/srv/real")],
  "a tree removed, parents made again": [
    write.remove("/srv/real", { recursive: true }),
    write.mkdir("/srv/real/sub/deep", { parents: true }),
    write.text("/srv/real/sub/deep/x", "x"),
  ],
  "a folder replaced by a file": [write.remove("/srv/real", { recursive: true }), write.text("/srv/real", "file")],
  "a file replaced by a folder": [write.remove("/srv/real/file"), write.mkdir("/srv/real/file")],
  "attributes of a file": [write.attributes("/srv/real/file", { mode: "0666", group: "adm" })],
  "attributes of a pending file": [write.text("/srv/new", "x"), write.attributes("/srv/new", { mode: "0600" })],
  "a file, then the attributes of its folder": [
    write.text("/srv/real/file", "x"),
    write.attributes("/srv/real", { mode: "0755" }),
  ],
  "through a link": [write.text("/srv/link/file", "through\n")],
  "through a link to a file": [write.text("/srv/real/sub/to-file", "through\n")],
  "a link removed": [write.remove("/srv/link")],
  "a link replaced by a folder": [write.remove("/srv/link"), write.mkdir("/srv/link")],
  "a link made": [write.symlink("/srv/new", "real")],
  "a link turned": [write.symlink("/srv/link", "shared")],
  "a file through a link that is pending": [write.symlink("/srv/new", "real"), write.text("/srv/new/file", "x")],
  "in a folder that passes on its group": [write.text("/srv/shared/made", "x")],
  "a folder in one that passes on its group": [write.mkdir("/srv/shared/made"), write.text("/srv/shared/made/x", "x")],
};

async function replies(
  world: ReturnType<typeof createWorld>,
  operations: readonly ReadOp[],
): Promise<readonly OpReply[]> {
  const host = await world.open({ name: "h1", connection: "lab" });
  const section = { user: null, within: [], stopAtFailure: false, operations };
  const reply = await host.look({ runId: "r", sections: [section] });
  return reply.replies.flat();
}
async function carryOut(world: ReturnType<typeof createWorld>, steps: readonly Step[]): Promise<void> {
  const host = await world.open({ name: "h1", connection: "lab" });
  const operations = steps.filter((step) => step.kind !== "wait-until");
  const reply = await host.send({
    runId: "r",
    sections: [{ user: null, within: [], stopAtFailure: true, operations }],
  });
  expect(reply.replies.flat().filter(({ kind }) => kind !== "done")).toEqual([]);
}

/** Times are no part of what is foretold, nor the number of a group that is known by name alone. */
function comparable(reply: OpReply): unknown {
  if (reply.kind === "failed") return { failed: reply.error.code };
  if (reply.kind !== "done") return reply;
  // Digests are for writes, which a check does not make.
  const { answer } = reply;
  if (answer instanceof Uint8Array) return { bytes: Buffer.from(answer).toString("latin1") };
  if (typeof answer !== "object" || answer === null || !("mtime" in answer)) return { answer };
  const { mtime: _mtime, uid: _uid, gid: _gid, size, ...rest } = answer as unknown as Record<string, unknown>;
  return { answer: { ...rest, ...(rest.type === "file" && { size }) } };
}

/** Root runs the tasks. */
const root = { owner: "root", group: "root" };

describe("what is seen through pending changes is what is seen after them", () => {
  test.each(Object.entries(cases))("%s", async (_, steps) => {
    const world = createWorld();
    await carryOut(world, before);
    const now = await replies(world, looks);
    const overlay = createOverlay();
    // A check has looked at these paths before it planned the steps, as modules do.
    for (const [index, probe] of looks.entries()) overlay.see(probe, now[index] ?? { kind: "not-run" });
    overlay.add("t1", steps, root);
    const foretold = looks.map((probe, index) => overlay.see(probe, now[index] ?? { kind: "not-run" }));
    await carryOut(world, steps);
    const then = await replies(world, looks);
    let certain = 0;
    for (const [index, probe] of looks.entries()) {
      const seen = foretold[index];
      const real = then[index];
      if (!seen || !real) throw new Error("a look was not answered");
      if (seen.because.length > 0) {
        expect(seen.because).toEqual(["t1"]);
        continue;
      }
      certain += 1;
      expect({ probe, seen: comparable(seen.reply) }).toEqual({ probe, seen: comparable(real) });
    }
    // Only what leads through a link that is not there yet may be uncertain.
    const linked = steps.some(({ kind }) => kind === "symlink");
    expect(certain).toBeGreaterThanOrEqual(linked ? looks.length * 0.6 : looks.length);
  });
});

describe("steps that are no file operations", () => {
  const file = read.text("/etc/hosts");
  const real: OpReply = { kind: "done", answer: "x" };
  const because = (steps: readonly Step[], probe: ReadOp): readonly string[] => {
    const overlay = createOverlay(createOverlay());
    overlay.add("t1", steps, root);
    return overlay.see(probe, real).because;
  };
  const touches = ["/etc/cron.d"];
  test.each<[string, readonly Step[], ReadOp, boolean]>([
    ["a command touches everything", [write.exec(["x"])], file, false],
    ["unless it says what", [write.exec(["x"], { touches })], file, true],
    ["which includes what is below", [write.exec(["x"], { touches })], read.list("/etc/cron.d/x"), false],
    ["and what is above", [write.exec(["x"], { touches })], read.list("/etc"), false],
    ["but no neighbour with the same beginning", [write.exec(["x"], { touches })], read.text("/etc/cron.daily"), true],
    ["a unit is no path", [write.exec(["x"], { touches: ["cron.service"] })], file, true],
    ["a command's answer may hang on any file", [write.text("/etc/x", "")], read.exec(["cat"]), false],
    ["or on what another one touches", [write.exec(["x"], { touches })], read.exec(["cat"]), false],
    ["unless it says what it looks at", [write.text("/etc/x", "")], read.exec(["cat"], { looksAt: ["/srv"] }), true],
    ["which may hold the file", [write.text("/srv/x", "")], read.exec(["ls"], { looksAt: ["/srv"] }), false],
    ["or be touched", [write.exec(["x"], { touches })], read.exec(["ls"], { looksAt: ["/etc/cron.d/a"] }), false],
    ["or not", [write.exec(["x"], { touches })], read.exec(["ls"], { looksAt: ["/srv"] }), true],
    ["and what touches everything counts", [write.exec(["x"])], read.exec(["ls"], { looksAt: ["/srv"] }), false],
    ["a request changes everything", [write.http({ method: "POST", url: "http://x" })], file, false],
    ["so does a named script", [write.script("s", [])], file, false],
    ["unless it says what", [write.http({ method: "POST", url: "http://x", touches })], file, true],
    ["a request may see anything", [write.text("/etc/x", "")], read.http({ method: "GET", url: "http://x" }), false],
    [
      "unless it says what it looks at",
      [write.text("/etc/x", "")],
      read.http({ method: "GET", url: "http://x", looksAt: ["internet:x"] }),
      true,
    ],
    [
      "a command that changes what lies outside is seen from the controller",
      [write.exec(["x"], { touches: ["internet:x"] })],
      read.http({ method: "GET", url: "http://x", at: "controller", looksAt: ["internet:x"] }),
      false,
    ],
    ["so does a write at the controller", [{ ...write.text("/api", ""), at: "controller" }], file, false],
    ["a wait changes nothing", [write.waitUntil(file, () => true, { why: "x", forMs: 1 })], file, true],
    ["nothing changes nothing", [], read.exec(["cat"]), true],
  ])("%s", (_, steps, probe, certain) => {
    expect(because(steps, probe)).toEqual(certain ? [] : ["t1"]);
  });
  test("a deferred task may do anything, and every one is named once", () => {
    const overlay = createOverlay();
    overlay.defer("t1");
    overlay.add("t2", [write.exec(["x"]), write.exec(["y"])], root);
    expect(overlay.see(file, real)).toEqual({ reply: real, because: ["t1", "t2"] });
  });
  test("a file that is pending on the host is not pending on the controller", () => {
    const overlay = createOverlay(createOverlay());
    overlay.add("t1", [write.text("/etc/hosts", "new")], root);
    expect(overlay.see(read.text("/etc/hosts", { at: "controller" }), real)).toEqual({ reply: real, because: [] });
  });
  test("what one host's task writes at the controller another one's sees", () => {
    const controller = createOverlay();
    const [one, other] = [createOverlay(controller), createOverlay(controller)];
    one.add("t1", [{ ...write.text("/api", "new"), at: "controller" }], root);
    expect(other.see(read.text("/api", { at: "controller" }), real)).toMatchObject({
      reply: { answer: "new" },
      because: [],
    });
    expect(other.see(read.text("/api"), real)).toEqual({ reply: real, because: [] });
  });
  test("whose a new file will be is no certainty where nobody says", () => {
    const absent: OpReply = { kind: "done", answer: null, digest: "absent" };
    const overlay = createOverlay();
    overlay.add("t1", [write.text("/a", "x")], null);
    overlay.add("t1", [write.text("/b", "x", { owner: "me", group: "us" })], null);
    overlay.add("t1", [write.text("/c", "x")], { owner: "nobody", group: "nogroup" });
    expect(overlay.see(read.stat("/a"), absent).because).toEqual(["t1"]);
    expect(overlay.see(read.stat("/b"), absent)).toMatchObject({ reply: { answer: { owner: "me" } }, because: [] });
    expect(overlay.see(read.stat("/c"), absent)).toMatchObject({
      reply: { answer: { group: "nogroup" } },
      because: [],
    });
  });
  test("a new file with a secret is its owner's alone", () => {
    const overlay = createOverlay();
    overlay.add("t1", [write.text("/a", new Secret("x"))], root);
    expect(overlay.see(read.stat("/a"), { kind: "done", answer: null })).toMatchObject({
      reply: { answer: { mode: "0600" } },
    });
  });
  test("a file is the same under every name, once the links on the way are known", () => {
    const overlay = createOverlay();
    const link = { type: "symlink", mode: "0777", uid: 0, gid: 0, owner: "root", group: "root", size: 3, mtime: 0 };
    expect(overlay.unseen("/srv/ld/f")).toEqual(["/srv", "/srv/ld"]);
    overlay.see(read.stat("/srv"), { kind: "done", answer: { ...link, type: "directory", mode: "0755" } });
    overlay.see(read.stat("/srv/ld"), { kind: "done", answer: { ...link, target: "dir" } });
    expect(overlay.unseen("/srv/ld/f")).toEqual(["/srv/dir"]);
    overlay.add("t1", [write.text("/srv/dir/f", "new")], root);
    expect(overlay.see(read.text("/srv/ld/f"), real)).toMatchObject({ reply: { answer: "new" }, because: [] });
  });
  test("a large file is known by its digest alone", () => {
    const overlay = createOverlay();
    const content = { kind: "streamed" as const, size: 3, sha256: "abc", open: async function* () {} };
    overlay.add("t1", [write.upload("/big", content, { mode: "0600" })], root);
    const absent: OpReply = { kind: "done", answer: null, digest: "absent" };
    expect(overlay.see(read.text("/big"), absent).because).toEqual(["t1"]);
    const { reply, because: certain } = overlay.see(read.stat("/big", { sha256: true }), absent);
    expect(certain).toEqual([]);
    expect(reply).toMatchObject({ kind: "done", answer: { size: 3, sha256: "abc", mode: "0600" } });
  });
});

test("what one host changes outside of hosts is pending for the looks of another", () => {
  const controller = createOverlay();
  const [one, other] = [createOverlay(controller), createOverlay(controller)];
  one.add("t1", [write.exec(["tailscale", "up"], { touches: ["unit:tailscaled", "internet:tailnet"] })], root);
  const devices = read.http({ method: "GET", url: "http://x", at: "controller", looksAt: ["internet:tailnet"] });
  const unit = read.exec(["tailscale", "status"], { looksAt: ["unit:tailscaled"] });
  const real: OpReply = { kind: "done", answer: "x" };
  expect(other.see(devices, real).because).toEqual(["t1"]);
  expect(other.see(unit, real).because).toEqual([]);
});

describe("a plan that is only assumed", () => {
  const absent: OpReply = { kind: "done", answer: null, digest: "absent" };
  test("makes what is seen of its files assumed, and of nothing else", () => {
    const overlay = createOverlay();
    overlay.add("t2", [write.mkdir("/srv/new"), write.text("/srv/new/a", "x")], root, ["t1"]);
    overlay.add("t3", [write.text("/etc/x", "x")], root);
    expect(overlay.see(read.text("/srv/new/a"), absent).because).toEqual(["t1", "t2"]);
    expect(overlay.see(read.list("/srv"), absent).because).toEqual(["t1", "t2"]);
    expect(overlay.see(read.stat("/srv/new/b"), absent).because).toEqual([]);
    expect(overlay.see(read.text("/etc/x"), absent)).toMatchObject({ reply: { answer: "x" }, because: [] });
  });
});

describe("a container's overlay", () => {
  const mounts = (text: string): OpReply => ({ kind: "done", answer: text });
  const guest = (elsewhere: readonly string[]) =>
    createOverlay(null, {
      guest: () => true,
      pending: (shared) => (shared ? ["n/files", ...elsewhere] : elsewhere),
      network: () => [],
      clusters: () => [],
    });
  const at = (overlay: Overlay, path: string) =>
    overlay.see(read.stat(path), { kind: "done", answer: null, digest: "absent" }).because;
  const known =
    "/dev/loop0 / ext4 rw 0 0\nproc /proc proc rw 0 0\ntmpfs /run tmpfs rw 0 0\nlxcfs /proc/meminfo fuse.lxcfs rw 0 0\n" +
    "tank/media /srv/my\\040media zfs rw 0 0\noverlay /var/lib/docker/overlay2/x overlay rw 0 0\n";

  test("asks once which mounts there are, and takes everything for shared before that", () => {
    const overlay = guest([]);
    expect(overlay.asks()).toEqual([read.text("/proc/mounts")]);
    expect(at(overlay, "/etc/motd")).toEqual(["n/files"]);
    overlay.see(read.text("/proc/mounts"), mounts(known));
    expect(overlay.asks()).toEqual([]);
    expect(at(overlay, "/etc/motd")).toEqual([]);
    expect(at(overlay, "/srv/my media/film")).toEqual(["n/files"]);
    expect(at(overlay, "/var/lib/docker/overlay2/x/a")).toEqual([]);
    const looked = { code: 0, stdout: "", stderr: "", bytes: new Uint8Array() };
    const command = (looksAt?: readonly string[]) =>
      overlay.see(read.exec(["x"], looksAt ? { looksAt } : {}), { kind: "done", answer: looked }).because;
    expect([command(), command(["/etc/passwd"]), command(["/srv/my media"])]).toEqual([["n/files"], [], ["n/files"]]);
  });
  test("what is pending for the container itself makes all of it assumed", () => {
    const overlay = guest(["n/stop"]);
    overlay.see(read.text("/proc/mounts"), mounts(known));
    expect(at(overlay, "/etc/motd")).toEqual(["n/stop"]);
    expect(overlay.touching("guest:7")).toEqual(["n/stop"]);
  });
  test("tells of its own files those that others can see", () => {
    const overlay = guest([]);
    overlay.see(read.text("/proc/mounts"), mounts(known));
    overlay.add("c/own", [write.text("/etc/motd", "x")], null);
    expect(overlay.sharedFiles()).toEqual([]);
    overlay.add("c/shared", [write.text("/srv/my media/film", "x")], null);
    expect(overlay.sharedFiles()).toEqual(["c/shared"]);
    overlay.add("c/local", [write.exec(["x"], { touches: ["/etc/x", "guest:7"] })], null);
    expect(overlay.sharedFiles()).toEqual(["c/shared"]);
    overlay.add("c/mount", [write.exec(["x"], { touches: ["/srv"] })], null);
    overlay.add("c/any", [write.exec(["x"])], null);
    expect(overlay.sharedFiles()).toEqual(["c/shared", "c/mount", "c/any"]);
  });
  test("a command in a container that shares nothing is nobody else's", () => {
    const overlay = guest([]);
    overlay.see(read.text("/proc/mounts"), mounts("/dev/loop0 / ext4 rw 0 0\n"));
    overlay.add("c/any", [write.exec(["x"])], null);
    expect(overlay.sharedFiles()).toEqual([]);
  });
  test("a node shares what is mounted for it, but not what is of the kernel or of Proxmox VE", () => {
    const node = createOverlay();
    node.add("n/pct", [write.exec(["pct"], { touches: ["guest:7", "/etc/pve/lxc/7.conf", "/proc"] })], null);
    expect(node.sharedFiles()).toEqual([]);
    node.add("n/zfs", [write.exec(["zfs"], { touches: ["zfs:tank/a", "/srv/a"] })], null);
    expect(node.sharedFiles()).toEqual(["n/zfs"]);
  });
});

describe("a folder with two names", () => {
  const link: OpReply = {
    kind: "done",
    answer: { type: "symlink", target: "nodes/pve1/lxc", mode: "0777", uid: 0, gid: 0, owner: "root", group: "root" },
  };
  const [alias, real] = ["/etc/pve/lxc/101.conf", "/etc/pve/nodes/pve1/lxc/101.conf"];
  const known = (): Overlay => {
    const overlay = createOverlay();
    overlay.see(read.stat("/etc/pve/lxc"), link);
    return overlay;
  };
  const there: OpReply = { kind: "done", answer: "x", digest: { sha256: "0" } };
  const asked: OpReply = { kind: "done", answer: { code: 0, stdout: "", stderr: "", bytes: new Uint8Array() } };

  test.each([
    [alias, real],
    [real, alias],
  ])("what a command touches at %s is looked at in %s", (touched, path) => {
    const overlay = known();
    overlay.add("p/destroy", [write.exec(["pct", "destroy", "101"], { touches: [touched] })], null);
    expect(overlay.see(read.text(path), there).because).toEqual(["p/destroy"]);
    expect(overlay.see(read.exec(["x"], { looksAt: [path] }), asked).because).toEqual(["p/destroy"]);
    expect(overlay.see(read.text("/etc/pve/nodes/pve1/lxc/102.conf"), there).because).toEqual([]);
  });
  test("a file that is written under one name is seen by commands that look under the other", () => {
    const overlay = known();
    overlay.add("p/raw", [write.text(alias, "y")], null);
    expect(overlay.see(read.exec(["x"], { looksAt: [real] }), asked).because).toEqual(["p/raw"]);
    expect(overlay.see(read.exec(["x"], { looksAt: [alias] }), asked).because).toEqual(["p/raw"]);
  });
});

describe("things that are no files", () => {
  test("are touched by the steps that say so, by those that say nothing, and by no plain file", () => {
    const overlay = createOverlay();
    overlay.add("p/file", [write.text("/etc/motd", "x"), write.mkdir("/srv")], null);
    overlay.add("p/other", [write.exec(["pct", "start", "102"], { touches: ["guest:102"] })], null);
    expect(overlay.touching("guest:101")).toEqual([]);
    overlay.add(
      "p/raw",
      [write.text("/etc/pve/lxc/101.conf", "x", { touches: ["guest:101", "/etc/pve/lxc/101.conf"] })],
      null,
    );
    expect(overlay.touching("guest:101")).toEqual(["p/raw"]);
    // The file itself is known, whatever else the step touches.
    const seen = overlay.see(read.text("/etc/pve/lxc/101.conf"), {
      kind: "done",
      answer: "old",
      digest: { sha256: "0" },
    });
    expect(seen).toMatchObject({ reply: { answer: "x" }, because: [] });
    overlay.add("p/any", [write.exec(["x"])], null);
    overlay.defer("p/later");
    expect(overlay.touching("guest:101")).toEqual(["p/raw", "p/any", "p/later"]);
  });
});
