import { describe, expect, test } from "vitest";
import { mount } from "../../../modules/mount.ts";
import { changeOf, exec, looksOf, plain, planOf, problemsOf, stat } from "../../support/plan-module.ts";

const ROOT = "20 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw";
const folder = stat({ type: "directory" });
const seen = (fstab: string, live: readonly string[], more = {}) => ({
  fstab,
  live: [ROOT, ...live].map((line) => `${line}\n`).join(""),
  point: folder,
  systemd: null,
  real: exec("/dev/sdb1\n"),
  there: stat({ type: "block" }),
  users: exec(""),
  ...more,
});
const path = "/mnt/x";
const disk = { path, src: "UUID=ab-cd", fstype: "ext4", options: ["nofail", "noatime"] };
const LINE = "UUID=ab-cd /mnt/x ext4 nofail,noatime 0 0\n";
const LIVE = "21 20 8:17 / /mnt/x rw,noatime - ext4 /dev/sdb1 rw";
const TMP = { path, src: "tmpfs", fstype: "tmpfs", options: "size=64M,nodev" };
const TMPLINE = "tmpfs /mnt/x tmpfs size=64M,nodev 0 0\n";
const steps = (raw: object, answers: object) =>
  changeOf(mount, raw, answers as never).steps.map((step) => {
    const each = plain(step) as { kind: string; argv?: readonly string[]; path?: string; content?: string };
    return each.argv?.join(" ") ?? `${each.kind} ${each.path}${each.content === undefined ? "" : `: ${each.content}`}`;
  });

test.each([
  ["new", disk, seen("", []), [`write-file /etc/fstab: ${LINE}`, "mount -t ext4 -o noatime -- UUID=ab-cd /mnt/x"]],
  [
    "whose folder is missing",
    disk,
    seen(LINE, [], { point: null }),
    ["mkdir /mnt/x", "mount -t ext4 -o noatime -- UUID=ab-cd /mnt/x"],
  ],
  ["as it is", disk, seen(LINE, [LIVE]), []],
  ["options in another order, quoted", disk, seen('UUID="ab-cd" /mnt/x ext4 noatime,nofail 0 0', [LIVE]), []],
  [
    "with systemd",
    disk,
    seen("", [LIVE], { systemd: folder }),
    [`write-file /etc/fstab: ${LINE}`, "systemctl daemon-reload"],
  ],
  [
    "read-only after an error",
    disk,
    seen(LINE, ["21 20 8:17 / /mnt/x ro,noatime - ext4 /dev/sdb1 rw"]),
    ["mount -o remount,noatime,rw -- /mnt/x"],
  ],
  ["unmounted by hand", disk, seen(LINE, []), ["mount -t ext4 -o noatime -- UUID=ab-cd /mnt/x"]],
  [
    "something else there",
    disk,
    seen(LINE, ["21 20 8:33 / /mnt/x rw,noatime - ext4 /dev/sdc1 rw"]),
    ["umount -- /mnt/x", "mount -t ext4 -o noatime -- UUID=ab-cd /mnt/x"],
  ],
  ["memory, as it is", TMP, seen(TMPLINE, ["21 20 0:50 / /mnt/x rw,nodev,relatime - tmpfs tmpfs rw,size=65536k"]), []],
  [
    "memory of another size",
    TMP,
    seen(TMPLINE, ["21 20 0:50 / /mnt/x rw,nodev,relatime - tmpfs tmpfs rw,size=4096k"]),
    ["mount -o remount,size=64M,nodev,rw -- /mnt/x"],
  ],
  [
    "a folder",
    { path, src: "/srv/a", fstype: "none", options: ["bind", "ro"] },
    seen("", [], { real: exec("/srv/a\n"), there: folder }),
    ["write-file /etc/fstab: /srv/a /mnt/x none bind,ro 0 0\n", "mount -o bind,ro -- /srv/a /mnt/x"],
  ],
  [
    "a folder, as it is",
    { path, src: "/srv/a", fstype: "none", options: ["bind", "ro"] },
    seen("/srv/a /mnt/x none ro,bind 0 0\n", ["21 20 8:1 /srv/a /mnt/x ro,relatime - ext4 /dev/sda1 rw"], {
      real: exec("/srv/a\n"),
      there: folder,
    }),
    [],
  ],
  ["only in fstab", { ...disk, state: "present" }, seen("", []), [`write-file /etc/fstab: ${LINE}`]],
  ["to be unmounted", { path, state: "unmounted" }, seen(LINE, [LIVE]), ["umount -- /mnt/x"]],
  [
    "to go: unmounted first",
    { path, state: "absent" },
    seen(`# top\n${LINE}`, [LIVE]),
    ["umount -- /mnt/x", "write-file /etc/fstab: # top\n"],
  ],
  ["gone", { path, state: "absent" }, seen("# top\n", []), []],
])("%s", (_, raw, answers, commands) => {
  expect(steps(raw, answers)).toEqual(commands);
});

test("who uses it is asked only where something would be unmounted", () => {
  expect(looksOf(mount, { path, state: "absent" }, seen(LINE, [LIVE])).users).toMatchObject({
    name: "path-users",
    argv: [path],
  });
  expect(looksOf(mount, disk, seen(LINE, [LIVE])).users).toBeUndefined();
  expect(looksOf(mount, { ...disk, src: "LABEL=x" }, seen("", [])).real).toMatchObject({ argv: ["findfs", "LABEL=x"] });
  expect(looksOf(mount, { path, src: "nas:/x", fstype: "nfs4" }, seen("", [])).real).toBeUndefined();
});
test.each([
  [
    "in use",
    { path, state: "absent" },
    seen(LINE, [LIVE], { users: exec("12 smbd\n99 my shell\n") }),
    /in use by smbd \(process 12\), my shell \(process 99\)/,
  ],
  [
    "with a mount below",
    { path, state: "unmounted" },
    seen(LINE, [LIVE, "22 21 0:9 / /mnt/x/y rw - tmpfs tmpfs rw"]),
    /mounted below/,
  ],
  [
    "the system's own",
    { path: "/var", state: "unmounted" },
    seen("", ["21 20 8:2 / /var rw - ext4 /dev/sda2 rw"]),
    /belongs to the system/,
  ],
  ["without its disk", disk, seen(LINE, [], { real: exec("", 1) }), /there is no UUID=ab-cd/],
  ["two lines", disk, seen(LINE + LINE, [LIVE]), /two lines/],
  ["a file in its place", disk, seen(LINE, [], { point: stat() }), /no folder/],
])("%s is refused", (_, raw, answers, why) => {
  expect(planOf(mount, raw, answers)).toMatchObject({ kind: "refuse", why: expect.stringMatching(why) });
});
test("a disk that the host would wait for at boot", () => {
  expect(changeOf(mount, { ...disk, options: [] }, seen("", [LIVE])).warnings.join()).toContain("nofail");
  expect(changeOf(mount, disk, seen("", [LIVE])).warnings).toEqual([]);
});

describe("bad parameters", () => {
  test.each([
    [{}, "path"],
    [{ path }, "say what is to be mounted"],
    [{ path, src: "x" }, "say the file system"],
    [{ ...disk, path: "x" }, "absolute"],
    [{ ...disk, path: "/" }, "stays so"],
    [{ ...disk, path: "/proc" }, "system's own"],
    [{ ...disk, src: "-o bind" }, "hyphen"],
    [{ ...disk, src: "a\nb" }, "one line"],
    [{ ...disk, fstype: "ext4;id" }, "expected a file system"],
    [{ ...disk, fstype: "zfs" }, "module zfs"],
    [{ ...disk, options: ["a b"] }, "no blanks"],
    [{ ...disk, options: ["ro", "rw"] }, "contradict"],
    [{ ...disk, options: 3 }, "expected options"],
    [{ ...disk, pass: 3 }, "pass"],
    [{ path, src: "x", fstype: "none" }, "goes with the option bind"],
    [{ path, src: "x", fstype: "none", options: "bind" }, "absolute path"],
    [{ path, src: "/x", fstype: "ext4", options: "bind" }, "fstype: none"],
    [{ path, state: "absent", src: "x" }, "takes no src"],
    [{ path, state: "gone" }, "expected mounted"],
  ])("%j", (bad, message) => {
    expect(problemsOf(mount, bad).join("\n")).toContain(message);
  });
});
