import { describe, expect, test } from "vitest";
import { kernelModule } from "../../../modules/kernel-module.ts";
import { changeOf, exec, plain, planOf, problemsOf, resultOf, stat } from "../../support/plan-module.ts";
import { playOnLab, zfsDesignLab } from "../../support/zfs-design-lab.ts";
import { run } from "../sim/lab-host.ts";

const folder = stat({ type: "directory" });
const PROC = "zfs 5902336 3 - Live 0x0 (POE)\nspl 143360 1 zfs, Live 0x0 (OE)\nusb_storage 81920 0 - Live 0x0\n";
const insmod = exec("insmod /lib/modules/6.1.0/kernel/drivers/net/tun.ko \n");
const seen = (more: object = {}) => ({
  loaded: PROC,
  sys: null,
  bootText: null,
  bootFolder: folder,
  optionsText: null,
  optionsFolder: folder,
  depends: insmod,
  ...more,
});
const load = { kind: "exec", argv: ["modprobe", "--", "tun"], touches: ["/proc", "/sys", "/dev"] };
const boot = { kind: "write-file", path: "/etc/modules-load.d/tun.conf", content: "tun\n", mode: "0644" };

test.each<[string, object, object, readonly object[]]>([
  ["missing now and at boot", { name: "tun" }, {}, [boot, load]],
  [
    "there now, not at boot",
    { name: "usb-storage" },
    {},
    [{ ...boot, path: "/etc/modules-load.d/usb-storage.conf", content: "usb-storage\n" }],
  ],
  ["there, spelled otherwise", { name: "usb-storage" }, { bootText: "# mine\nusb_storage\n" }, []],
  ["only now", { name: "tun", boot: false }, {}, [load]],
  ["built in", { name: "tun" }, { depends: exec("builtin tun\n"), bootText: "tun\n" }, []],
  ["built in, as /sys shows it", { name: "tun", boot: false }, { depends: exec("", 1), sys: folder }, []],
  [
    "an alias of one that is loaded",
    { name: "tun", boot: false },
    { depends: exec("insmod /lib/modules/6/usb-storage.ko.xz a=1\n"), loaded: PROC },
    [],
  ],
  [
    "a file with other lines",
    { name: "tun" },
    { bootText: "loop" },
    [{ kind: "write-file", path: "/etc/modules-load.d/tun.conf", content: "loop\ntun\n" }, load],
  ],
  [
    "unloaded",
    { name: "usb_storage", state: "unloaded" },
    { bootText: "usb-storage\n" },
    [
      { kind: "remove", path: "/etc/modules-load.d/usb_storage.conf", recursive: false },
      { kind: "exec", argv: ["modprobe", "-r", "--", "usb_storage"], touches: ["/proc", "/sys", "/dev"] },
    ],
  ],
  ["unloaded already", { name: "tun", state: "unloaded" }, {}, []],
  [
    "options",
    { name: "zfs", boot: false, options: { zfs_arc_max: 4096, zfs_x: true }, update_initramfs: true },
    { optionsText: "# arc\noptions zfs zfs_arc_max=1\n" },
    [
      {
        kind: "write-file",
        path: "/etc/modprobe.d/zfs.conf",
        content: "# arc\noptions zfs zfs_arc_max=4096 zfs_x=1\n",
      },
      { kind: "exec", argv: ["update-initramfs", "-u", "-k", "all"], touches: ["/boot"], limitMs: 600_000 },
    ],
  ],
  [
    "options that it has, on two lines",
    { name: "zfs", boot: false, options: { a: 1, b: "x" } },
    { optionsText: "options zfs b=x\nalias y z\noptions  zfs a=1\n" },
    [],
  ],
  [
    "no options",
    { name: "zfs", boot: false, options: {} },
    { optionsText: "options zfs a=1\n" },
    [{ kind: "remove", path: "/etc/modprobe.d/zfs.conf", recursive: false }],
  ],
])("%s", (_, raw, more, steps) => {
  expect(changeOf(kernelModule, raw, seen(more)).steps.map(plain)).toEqual(steps);
});

test.each<[string, object, object, RegExp]>([
  [
    "one that is not there",
    { name: "nosuch" },
    { depends: exec("", 1, "modprobe: FATAL: Module nosuch not found\n") },
    /no module "nosuch"/,
  ],
  ["no modprobe", { name: "tun" }, { depends: exec("", 127) }, /no modprobe/],
  ["unloading what is used by modules", { name: "spl", state: "unloaded" }, {}, /in use, by the modules zfs/],
  ["unloading what is used", { name: "zfs", state: "unloaded" }, {}, /in use, 3 times/],
  [
    "unloading what is built in",
    { name: "tun", state: "unloaded" },
    { depends: exec("builtin tun\n") },
    /built into the kernel/,
  ],
  ["no folder for the boot", { name: "tun" }, { bootFolder: null }, /no folder/],
])("refuses %s", (_, raw, more, why) => {
  expect(planOf(kernelModule, raw, seen(more))).toMatchObject({ kind: "refuse", why: expect.stringMatching(why) });
});

describe("bad parameters", () => {
  test.each<[object, string]>([
    [{}, "name"],
    [{ name: "-r" }, "name of a module"],
    [{ name: "a b" }, "name of a module"],
    [{ name: "../x" }, "name of a module"],
    [{ name: "tun", state: "present" }, "say loaded"],
    [{ name: "tun", state: "absent" }, "say unloaded"],
    [{ name: "tun", state: "unloaded", boot: true }, "loaded at boot"],
    [{ name: "tun", options: { "a b": 1 } }, "not the name of an option"],
    [{ name: "tun", options: { a: "x y" } }, "one word"],
    [{ name: "tun", options: { a: "x\ny" } }, "one word"],
    [{ name: "tun", load_file: "/etc/modules-load.d/x" }, ".conf"],
    [{ name: "tun", options_file: "/etc/modprobe.d/x" }, ".conf"],
    [{ name: "tun", options_file: "x.conf" }, "absolute"],
    [{ name: "tun", update_initramfs: "yes" }, "update_initramfs"],
  ])("%j", (bad, message) => {
    expect(problemsOf(kernelModule, bad).join("\n")).toContain(message);
  });
});

test("the result says what is", () => {
  expect(resultOf(kernelModule, { name: "spl" }, seen({ bootText: "spl" }), new Date(0))).toEqual({
    name: "spl",
    loaded: true,
    boot: true,
  });
});

test("on the embedded lab: loaded, with options, and unloaded again", async () => {
  const world = zfsDesignLab();
  const tasks = [
    { kernel_module: "tun" },
    { kernel_module: { name: "zfs", options: { zfs_arc_max: 1 }, update_initramfs: true } },
    { kernel_module: { name: "br_netfilter" } },
    { kernel_module: { name: "ext4", boot: false } },
  ];
  const check = await playOnLab(world, tasks, true);
  expect(check.after).toBe(check.before);
  const done = await playOnLab(world, tasks);
  expect(done.results.map(({ status, reason }) => reason ?? status)).toEqual(["changed", "changed", "changed", "ok"]);
  const host = world.host("h1");
  expect(run(host, "lsmod").stdout).toMatch(/^tun {20}61440 {2}0$/m);
  expect(run(host, "lsmod").stdout).toMatch(/^bridge +294912 {2}1 br_netfilter$/m);
  expect(Object.keys(host.files).filter((path) => path.startsWith("/boot/initrd"))).toHaveLength(1);
  const again = await playOnLab(world, tasks);
  expect(again.results.map(({ status }) => status)).toEqual(["ok", "ok", "ok", "ok"]);
  const gone = await playOnLab(world, [
    { kernel_module: { name: "tun", state: "unloaded" } },
    { kernel_module: { name: "llc", state: "unloaded" } },
  ]);
  expect(gone.results.map(({ status, reason }) => reason ?? status)).toEqual([
    "changed",
    expect.stringContaining("llc is in use"),
  ]);
  expect(run(host, "modprobe -r bridge")).toMatchObject({
    code: 1,
    stderr: "modprobe: FATAL: Module bridge is in use.\n",
  });
  expect(run(host, "modprobe nosuch")).toMatchObject({
    code: 1,
    stderr: "modprobe: FATAL: Module nosuch not found in directory /lib/modules/6.1.0-35-amd64\n",
  });
  expect(run(host, "modprobe tun", { user: "www-data" }).code).toBe(1);
});
