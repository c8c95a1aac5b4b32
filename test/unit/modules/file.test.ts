import { describe, expect, test } from "vitest";
import { file } from "../../../modules/file.ts";
import { changeOf, exec, looksOf, plain, planOf, problemsOf, resultOf, stat } from "../../support/plan-module.ts";

const folder = stat({ type: "directory" });
const link = stat({ type: "symlink", target: "media", mode: "0777" });
const unmounted = { mounts: "/dev/sda1 / ext4 rw 0 0\n", real: exec("/srv/x\n") };
const nothing = { here: null, behind: null, parent: folder };

describe("what is there and what shall be", () => {
  test.each([
    {
      name: "an empty file is made",
      raw: { path: "/srv/x", mode: "0600" },
      seen: nothing,
      before: { state: "absent", mode: null },
      after: { state: "file", mode: "0600" },
      steps: [{ kind: "write-file", path: "/srv/x", content: "", mode: "0600" }],
    },
    {
      name: "a file that is there is left alone",
      raw: { path: "/srv/x" },
      seen: { here: stat({ size: 5 }), behind: stat({ size: 5 }), parent: folder },
      before: { state: "file" },
      after: { state: "file" },
      steps: [],
    },
    {
      name: "a folder with its parents",
      raw: { path: "/srv/a/b", state: "directory", parents: true, owner: "media", mode: "2775" },
      seen: { here: null, behind: null, parent: null },
      before: { state: "absent", mode: null, owner: null },
      after: { state: "directory", mode: "2775", owner: "media" },
      steps: [
        { kind: "mkdir", path: "/srv/a", parents: true },
        { kind: "mkdir", path: "/srv/a/b", parents: false, mode: "2775", owner: "media" },
      ],
    },
    {
      name: "only the attribute that differs is set; an owner may be a number",
      raw: { path: "/srv/x", state: "directory", mode: "755", owner: 0, group: "www-data" },
      seen: { here: folder, behind: folder, parent: folder },
      before: { state: "directory", mode: "0755", owner: "0", group: "root" },
      after: { state: "directory", mode: "0755", owner: "0", group: "www-data" },
      steps: [{ kind: "attributes", path: "/srv/x", group: "www-data" }],
    },
    {
      name: "a link is made",
      raw: { path: "/srv/l", state: "link", target: "media" },
      seen: { here: null, behind: folder, parent: folder },
      before: { state: "absent", target: null },
      after: { state: "link", target: "media" },
      steps: [{ kind: "symlink", path: "/srv/l", target: "media" }],
    },
    {
      name: "a right link stays",
      raw: { path: "/srv/l", state: "link", target: "media" },
      seen: { here: link, behind: folder, parent: folder },
      before: { state: "link", target: "media" },
      after: { state: "link", target: "media" },
      steps: [],
    },
    {
      name: "a link elsewhere is turned, and its owner set anew",
      raw: { path: "/srv/l", state: "link", target: "/mnt", owner: "root" },
      seen: { here: link, behind: folder, parent: folder },
      before: { state: "link", target: "media", owner: "root" },
      after: { state: "link", target: "/mnt", owner: "root" },
      steps: [
        { kind: "symlink", path: "/srv/l", target: "/mnt" },
        { kind: "attributes", path: "/srv/l", owner: "root" },
      ],
    },
    {
      name: "by force a file becomes a link",
      raw: { path: "/srv/l", state: "link", target: "media", force: true },
      seen: { here: stat(), behind: folder, parent: folder },
      before: { state: "file", target: null },
      after: { state: "link", target: "media" },
      steps: [
        { kind: "remove", path: "/srv/l", recursive: false },
        { kind: "symlink", path: "/srv/l", target: "media" },
      ],
    },
    {
      name: "by force a full folder becomes a file",
      raw: { path: "/srv/x", state: "file", force: true, recursive: true, mode: "0644" },
      seen: { here: folder, behind: folder, parent: folder, entries: ["a"], ...unmounted },
      before: { state: "directory", mode: null },
      after: { state: "file", mode: "0644" },
      steps: [
        { kind: "remove", path: "/srv/x", recursive: true },
        { kind: "write-file", path: "/srv/x", content: "", mode: "0644" },
      ],
    },
    {
      name: "a link is followed to the file whose mode it is",
      raw: { path: "/srv/l", follow: true, mode: "0600" },
      seen: { here: link, behind: stat(), parent: folder, leads: exec("/srv/media\n") },
      before: { state: "file", mode: "0644" },
      after: { state: "file", mode: "0600" },
      steps: [{ kind: "attributes", path: "/srv/media", mode: "0600" }],
    },
    {
      name: "by force a link becomes a folder",
      raw: { path: "/srv/l", state: "directory", force: true },
      seen: { here: link, behind: folder, parent: folder },
      before: { state: "symlink" },
      after: { state: "directory" },
      steps: [
        { kind: "remove", path: "/srv/l", recursive: false },
        { kind: "mkdir", path: "/srv/l", parents: false },
      ],
    },
    {
      name: "absent is absent",
      raw: { path: "/srv/x", state: "absent" },
      seen: { here: null },
      before: { state: "absent" },
      after: { state: "absent" },
      steps: [],
    },
    {
      name: "a link goes, not what it points to",
      raw: { path: "/srv/l", state: "absent", recursive: true },
      seen: { here: link },
      before: { state: "symlink" },
      after: { state: "absent" },
      steps: [{ kind: "remove", path: "/srv/l", recursive: false }],
    },
    {
      name: "an empty folder goes",
      raw: { path: "/srv/x", state: "absent" },
      seen: { here: folder, entries: [], ...unmounted },
      before: { state: "directory" },
      after: { state: "absent" },
      steps: [{ kind: "remove", path: "/srv/x", recursive: false }],
    },
  ])("$name", ({ raw, seen, before, after, steps }) => {
    const plan = changeOf(file, raw, seen);
    expect(plan.before).toEqual(before);
    expect(plan.after).toEqual(after);
    expect(plan.steps.map(plain)).toEqual(steps);
  });

  test("a folder that goes with what is in it is announced", () => {
    const plan = changeOf(
      file,
      { path: "/srv/x", state: "absent", recursive: true },
      { here: folder, entries: ["a", "b", "c", "d"], ...unmounted },
    );
    expect(plan.warnings).toEqual(["removes /srv/x with all that is in it: 4 entries (a, b, c, …)"]);
    expect(plan.steps.map(plain)).toEqual([{ kind: "remove", path: "/srv/x", recursive: true }]);
  });

  test("a link into nothing is made, with a warning", () => {
    const plan = changeOf(file, { path: "/srv/l", state: "link", target: "gone" }, nothing);
    expect(plan.warnings).toEqual(["gone does not exist: the link leads nowhere"]);
  });
});

describe("what is refused", () => {
  test.each([
    [
      "a full folder",
      { path: "/srv/x", state: "absent" },
      { here: folder, entries: ["a"], ...unmounted },
      /not empty: 1 entry \(a\)/,
    ],
    [
      "a folder above that is missing",
      { path: "/srv/a/b" },
      { ...nothing, parent: null },
      /folder \/srv\/a does not exist/,
    ],
    ["a file above", { path: "/srv/a/b" }, { ...nothing, parent: stat() }, /is a file, no folder/],
    [
      "another type",
      { path: "/srv/x", state: "directory" },
      { here: stat(), behind: stat(), parent: folder },
      /is a file, and shall be a folder/,
    ],
    [
      "a device",
      { path: "/dev/x" },
      { here: stat({ type: "block" }), behind: null, parent: folder },
      /is a block device/,
    ],
    [
      "a file where a link shall be",
      { path: "/srv/x", state: "link", target: "y" },
      { here: stat(), behind: null, parent: folder },
      /shall be a link/,
    ],
    [
      "a full folder, even by force",
      { path: "/srv/x", force: true },
      { here: folder, behind: folder, parent: folder, entries: ["a"], ...unmounted },
      /not empty/,
    ],
    [
      "a folder in which something is mounted",
      { path: "/link/x", state: "absent", recursive: true },
      { here: folder, entries: ["a"], real: exec("/srv/x\n"), mounts: "tank/m /srv/x/my\\040media zfs rw 0 0\n" },
      /^\/srv\/x\/my media is mounted below \/link\/x: all that is on it would go/,
    ],
    [
      "a mount point",
      { path: "/srv/x", state: "absent" },
      { here: folder, entries: [], real: exec("/srv/x\n"), mounts: "tank/m /srv/x zfs rw 0 0\n" },
      /^\/srv\/x is mounted: all/,
    ],
    [
      "a mount point, even by force",
      { path: "/srv/x", force: true, recursive: true },
      {
        here: folder,
        behind: folder,
        parent: folder,
        entries: ["a"],
        real: exec("/srv/x\n"),
        mounts: "tank/m /srv/x zfs rw 0 0\n",
      },
      /^\/srv\/x is mounted/,
    ],
    ["a link unasked", { path: "/srv/l" }, { here: link, behind: stat(), parent: folder }, /is a link to media/],
    [
      "a link into nothing",
      { path: "/srv/l", follow: true },
      { here: link, behind: null, parent: folder, leads: exec("") },
      /does not exist/,
    ],
    [
      "a followed link to another type",
      { path: "/srv/l", follow: true },
      { here: link, behind: folder, parent: folder, leads: exec("") },
      /is a folder, and shall be a file/,
    ],
  ])("%s", (_, raw, seen, why) => {
    expect(planOf(file, raw, seen)).toMatchObject({ kind: "refuse", why: expect.stringMatching(why) });
  });
});

describe("bad parameters", () => {
  test.each([
    [{}, "path"],
    [{ path: "" }, "empty"],
    [{ path: "relative" }, "beginning with /"],
    [{ path: 7 }, "expected string"],
    [{ path: "/a/../etc" }, "`..`"],
    [{ path: "/a\0b" }, "NUL"],
    [{ path: `/${"x".repeat(5000)}` }, "4095"],
    [{ path: "/a", mode: 644 }, "in quotes"],
    [{ path: "/a", mode: "0999" }, "octal"],
    [{ path: "/a", owner: "-R" }, "user or group name"],
    [{ path: "/a", owner: "$(id)" }, "user or group name"],
    [{ path: "/a", state: "touch" }, "there is no state touch"],
    [{ path: "/a", state: "dir" }, "expected one of"],
    [{ path: "/a", state: "link" }, "needs a target"],
    [{ path: "/a", target: "b" }, "goes with state: link"],
    [{ path: "/a", state: "link", target: "b\0" }, "NUL"],
    [{ path: "/a", state: "link", target: "" }, "needs a target"],
    [{ path: "/a", state: "link", target: "b", mode: "0644" }, "no mode of its own"],
    [{ path: "/a", state: "absent", mode: "0644" }, "leaves nothing"],
    [{ path: "/a", recursive: true }, "recursive is about removing"],
    [{ path: "/etc", state: "absent", recursive: true }, "belongs to the system"],
    [{ path: "/home/", state: "absent" }, "belongs to the system"],
    [{ path: "/", state: "absent" }, "belongs to the system"],
    [{ path: "/var", state: "link", target: "x", force: true }, "belongs to the system"],
    [{ path: "/a", colour: "red" }, "colour"],
  ])("%j", (raw, message) => {
    expect(problemsOf(file, raw).join("\n")).toContain(message);
  });
});

test("hostile names are data", () => {
  const path = "/srv/-rf $(reboot)\n'\";";
  expect(changeOf(file, { path, state: "absent" }, { here: stat() }).steps.map(plain)).toEqual([
    { kind: "remove", path, recursive: false },
  ]);
});

test("it looks only as far as it must", () => {
  const some = looksOf(file, { path: "/srv/x" }, { here: folder, behind: folder, parent: folder });
  expect(Object.entries(some).flatMap(([name, look]) => (look === undefined ? [] : [name]))).toEqual([
    "here",
    "behind",
    "parent",
  ]);
  const looks = looksOf(file, { path: "/srv/x", state: "absent" }, { here: folder, entries: [], ...unmounted });
  expect(looks).toMatchObject({ behind: undefined, entries: { kind: "list" }, leads: undefined });
});

test("the result is that of the file, the same fields when there is none", () => {
  const result = resultOf(
    file,
    { path: "/srv/x" },
    { here: stat({ size: 3 }), behind: stat({ size: 3 }), parent: folder },
    new Date(0),
  );
  expect(result).toEqual({
    path: "/srv/x",
    exists: true,
    type: "file",
    mode: "0644",
    owner: "root",
    group: "root",
    size: 3,
    target: null,
  });
  const none = resultOf(file, { path: "/srv/x" }, nothing, new Date(0));
  expect(Object.keys(none ?? {})).toEqual(Object.keys(result ?? {}));
});
