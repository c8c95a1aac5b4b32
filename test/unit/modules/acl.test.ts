import { describe, expect, test } from "vitest";
import { acl } from "../../../modules/acl/index.ts";
import { changeOf, exec, plain, planOf, problemsOf, stat } from "../../support/plan-module.ts";

const root = "20 1 8:1 / / rw - ext4 /dev/sda1 rw";
const seen = (lines: readonly string[], more = {}) => ({
  stat: stat({ type: "directory", mode: "0755" }),
  acl: exec(`${lines.join("\n")}\n\n`),
  mounts: `${root}\n`,
  users: exec("anna:x:3001:3001::/:/bin/sh\n"),
  groups: exec("kids:x:3101:\n"),
  tree: exec("12\n0\n"),
  ...more,
});
const BASE = ["user::rwx", "group::r-x", "other::r-x"];
const path = "/srv/a";
/** The text that setfacl is given; null where it is not called. */
const setTo = (raw: object, answers: object) => {
  const step = changeOf(acl, { path, ...raw }, answers as never)
    .steps.map(plain)
    .find((each) => (each as { argv?: readonly string[] }).argv?.[0] === "setfacl") as { stdin: string } | undefined;
  return step === undefined ? null : step.stdin.trim().split("\n");
};

test.each([
  ["as it is", { mode: "0755" }, BASE, null],
  [
    "a named group, the mask made",
    { entries: ["group:3101:r-x"] },
    BASE,
    ["user::rwx", "group::r-x", "group:3101:r-x", "mask::r-x", "other::r-x"],
  ],
  [
    "a name is looked up",
    { entries: ["g:kids:rwx"] },
    BASE,
    ["user::rwx", "group::r-x", "group:3101:rwx", "mask::rwx", "other::r-x"],
  ],
  [
    "as a map, with defaults",
    { entries: [{ type: "user", name: 7, perms: "rX", default: true }] },
    BASE,
    [
      ...BASE,
      "default:user::rwx",
      "default:user:7:r-x",
      "default:group::r-x",
      "default:mask::r-x",
      "default:other::r-x",
    ],
  ],
  [
    "the mode's middle digit is the mask",
    { mode: "0750", entries: ["group:3101:r-x"] },
    BASE,
    ["user::rwx", "group::r-x", "group:3101:r-x", "mask::r-x", "other::---"],
  ],
  [
    "inherited",
    { mode: "2770", entries: ["group:3101:r-x"], inherit: true },
    BASE,
    [
      "user::rwx",
      "group::rwx",
      "group:3101:r-x",
      "mask::rwx",
      "other::---",
      "default:user::rwx",
      "default:group::rwx",
      "default:group:3101:r-x",
      "default:mask::rwx",
      "default:other::---",
    ],
  ],
  [
    "an entry that nobody asked for goes",
    { entries: ["user:7:rwx"] },
    [...BASE, "user:8:r--", "user:7:rwx", "mask::rwx"],
    ["user::rwx", "user:7:rwx", "group::r-x", "mask::rwx", "other::r-x"],
  ],
  ["all of them go", { mode: "0755" }, [...BASE, "user:8:r--", "mask::r-x"], BASE],
  [
    "present beside others",
    { entries: ["user:7:r--"], state: "present" },
    [...BASE, "user:8:r--", "mask::r-x"],
    ["user::rwx", "user:7:r--", "user:8:r--", "group::r-x", "mask::r-x", "other::r-x"],
  ],
  [
    "present, but cut by the mask",
    { entries: ["user:7:rwx"], state: "present" },
    [...BASE, "user:7:rwx", "mask::r--"],
    ["user::rwx", "user:7:rwx", "group::r-x", "mask::rwx", "other::r-x"],
  ],
  ["present already", { entries: ["user:7:r--"], state: "present" }, [...BASE, "user:7:r--", "mask::r--"], null],
  ["absent", { entries: ["user:7"], state: "absent" }, [...BASE, "user:7:rwx", "mask::rwx"], BASE],
  [
    "absent, the group gets no more than it had",
    { entries: ["user:7"], state: "absent" },
    ["user::rwx", "group::rwx", "other::---", "user:7:rwx", "mask::r--"],
    ["user::rwx", "group::r--", "other::---"],
  ],
  ["absent already", { entries: ["user:7"], state: "absent" }, BASE, null],
])("%s", (_, raw, is, shall) => {
  expect(setTo(raw, seen(is))).toEqual(shall);
});

test("chmod comes before setfacl, for it edits the mask", () => {
  const plan = changeOf(acl, { path, owner: 0, group: 3100, mode: "2770", entries: ["group:3101:r-x"] }, seen(BASE));
  expect(plan.steps.map(plain)).toMatchObject([
    { kind: "attributes", path, mode: "2770", group: "3100" },
    { kind: "exec", argv: ["setfacl", "-k", "--set-file=-", "--", path], touches: [path] },
  ]);
});
test("a mask that somebody cut is a difference, and so is the mode that shows it", () => {
  const is = ["user::rwx", "group::rwx", "group:3101:r-x", "mask::r--", "other::---"];
  const plan = changeOf(
    acl,
    { path, mode: "2770", entries: ["group:3101:r-x"] },
    seen(is, { stat: stat({ type: "directory", mode: "2740" }) }),
  );
  expect(plan.before).toMatchObject({ mode: "2740" });
  expect(plan.steps).toHaveLength(2);
});
test("a tree: how many differ, which, and one script that repairs them", () => {
  const raw = { path, mode: "2770", group: 3100, entries: ["group:3101:r-x"], inherit: true, recursive: true };
  const is = ["user::rwx", "group::rwx", "group:3101:r-x", "mask::rwx", "other::---"];
  const right = [...is, ...is.map((line) => `default:${line}`)];
  const at = { stat: stat({ type: "directory", mode: "2770", gid: 3100, group: "parents" }) };
  expect(changeOf(acl, raw, seen(right, at)).steps).toEqual([]);
  const plan = changeOf(acl, raw, seen(right, { ...at, tree: exec("40\n12\n/srv/a/1\n/srv/a/2\n") }));
  expect(plan.before).toMatchObject({ "not as wanted": 12, below: ["/srv/a/1", "/srv/a/2", "…"] });
  expect(plan.steps.map(plain)).toMatchObject([
    { kind: "script", name: "tree-acl", argv: ["apply", path, "", "3100"], touches: [path] },
  ]);
  const { stdin } = plain(plan.steps[0]) as { readonly stdin: string };
  expect(stdin).toContain("d # flags: -s-\nd user::rwx\n");
  expect(stdin).toContain("f user::rw-\nf group::rwx\nf group:3101:r-x\nf mask::rw-\nf other::---\nx user::rwx\n");
  // In a check a folder that an earlier task makes has nothing below it yet.
  expect(changeOf(acl, raw, seen(right, { ...at, tree: exec("", 3, "not a folder\n") })).steps).toEqual([]);
});

test.each([
  ["nothing there", { stat: null }, /there is no/],
  ["a link", { stat: stat({ type: "symlink", target: "/etc" }) }, /is a link to/],
  ["no tools", { acl: exec("", 127) }, /no getfacl/],
  [
    "an id that the container does not have",
    { acl: exec(`${BASE.join("\n")}\ngroup:4294967295:r-x\nmask::r-x\n`) },
    /does not have/,
  ],
  ["no such group", { groups: exec("", 2) }, /no group kids/],
  ["ZFS without ACLs", { mounts: `${root}\n21 20 0:9 / /srv rw,noacl - zfs tank/a rw\n` }, /Operation not supported/],
  [
    "a file system without ACLs",
    { mounts: `${root}\n21 20 0:9 / /srv rw,noacl - ext4 /dev/sdb rw\n` },
    /Operation not supported/,
  ],
  ["an unreadable tree", { tree: exec("", 4, "find: denied\n") }, /could not be searched: find: denied/],
  ["a file, to be inherited", { stat: stat() }, /is no folder/],
])("%s is refused", (_, more, why) => {
  const plan = planOf(
    acl,
    { path, mode: "0770", entries: ["group:kids:r-x"], inherit: true, recursive: true },
    seen(BASE, more),
  );
  expect(plan).toMatchObject({ kind: "refuse", why: expect.stringMatching(why) });
});
test("what needs no change needs no ACLs of the file system either", () => {
  expect(
    changeOf(acl, { path, mode: "0755" }, seen(BASE, { mounts: "21 20 0:9 / /srv rw,noacl - zfs tank/a rw\n" })).steps,
  ).toEqual([]);
});

describe("bad parameters", () => {
  const entry = (...entries: readonly unknown[]) => ({ path, entries });
  test.each([
    [{}, "path"],
    [{ path: "a", mode: "0755" }, "absolute"],
    [{ path }, "say the entries"],
    [entry("group:kids"), "needs permissions"],
    [entry("kids:r-x"), "is no entry"],
    [entry("user:a;b:rwx"), "neither a name nor a number"],
    [entry("user:-x:rwx"), "neither a name nor a number"],
    [entry("user:a:rwxs"), "no permissions"],
    [entry("user:a:"), "no permissions"],
    [entry("user:4294967295:r"), "is no id"],
    [entry("mask:a:rwx"), "has no name"],
    [entry("user:a:r", "u:a:w"), "twice"],
    [entry("user:a:r\n"), "no permissions"],
    [entry({ type: "usr", name: "a" }), "entries"],
    [entry(3), "entries"],
    [{ path, entries: "x" }, "list of entries"],
    [{ path, entries: ["user:a:r"], recursive: true }, "say what all below"],
    [{ path, entries: ["user:a:r"], state: "present", recursive: true }, "state: exact"],
    [{ path, entries: ["user:a:r"], state: "present", mode: "0755" }, "goes with state: exact"],
    [{ path, entries: ["other::---"], state: "absent" }, "cannot go"],
    [{ path, entries: ["user:a:r", "d:user:a:r"], inherit: true }, "leave default ones out"],
    [{ path, mode: "0750", entries: ["user:a:rwx"] }, "cuts user:a:rwx short"],
    [{ path, mode: "0750", entries: ["mask::rwx", "user:a:r"] }, "contradict"],
    [{ path, mode: 755 }, "quotes"],
    [{ path, mode: "0755", own_tree: true }, "own_tree goes with"],
  ])("%j", (bad, message) => {
    expect(problemsOf(acl, bad).join("\n")).toContain(message);
  });
});
