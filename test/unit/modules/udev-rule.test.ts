import { describe, expect, test } from "vitest";
import { udevRule } from "../../../modules/udev-rule.ts";
import { changeOf, plain, planOf, problemsOf, stat } from "../../support/plan-module.ts";
import { playOnLab, zfsDesignLab } from "../../support/zfs-design-lab.ts";

const rule = 'SUBSYSTEM=="block", ENV{ID_SERIAL_SHORT}=="A1", ATTR{queue/scheduler}="none"';
const raw = { name: "das", rules: rule };
const path = "/etc/udev/rules.d/70-das.rules";
const folder = stat({ type: "directory" });
const none = { text: null, file: null, folder };
const there = { text: `${rule}\n`, file: stat(), folder };
const own = { mode: "0644", owner: "root", group: "root" };
const reload = { kind: "exec", argv: ["udevadm", "control", "--reload"], touches: ["/run/udev"] };
const devices = { touches: ["/dev", "/run/udev", "/sys/devices", "/sys/block"] };
const settle = { kind: "exec", argv: ["udevadm", "settle", "--timeout=30"], limitMs: 60_000, ...devices };

test.each<[string, object, typeof none | typeof there, readonly object[]]>([
  [
    "missing",
    raw,
    none,
    [
      { kind: "write-file", path, content: `${rule}\n`, ...own },
      reload,
      { kind: "exec", argv: ["udevadm", "trigger"], ...devices },
      settle,
    ],
  ],
  ["there", raw, there, []],
  [
    "as a list, elsewhere, and not triggered",
    { name: "das", order: 5, rules: ["# x", rule], trigger: false },
    none,
    [{ kind: "write-file", path: "/etc/udev/rules.d/05-das.rules", content: `# x\n${rule}\n`, ...own }, reload],
  ],
  [
    "of one subsystem",
    { ...raw, subsystem: "block" },
    { ...there, text: "old\n" },
    [
      { kind: "write-file", path, content: `${rule}\n`, ...own },
      reload,
      { kind: "exec", argv: ["udevadm", "trigger", "--subsystem-match=block"], ...devices },
      settle,
    ],
  ],
  ["writable for others", raw, { ...there, file: stat({ mode: "0666" }) }, [{ kind: "attributes", path, ...own }]],
  [
    "absent",
    { name: "das", state: "absent", trigger: false },
    there,
    [{ kind: "remove", path, recursive: false }, reload],
  ],
  ["absent already", { name: "das", state: "absent" }, none, []],
])("%s", (_, given, seen, steps) => {
  expect(changeOf(udevRule, given, seen).steps.map(plain)).toEqual(steps);
});

test("is refused where there is no udev, and over what is no file", () => {
  expect(planOf(udevRule, raw, { ...none, folder: null })).toMatchObject({
    kind: "refuse",
    why: expect.stringContaining("no folder"),
  });
  expect(planOf(udevRule, raw, { ...there, file: stat({ type: "symlink" }) })).toMatchObject({
    kind: "refuse",
    why: expect.stringContaining("symlink"),
  });
});

describe("rules are looked at before they are written", () => {
  test.each<[string, string | null]>([
    ['ACTION=="add|change", KERNEL=="sd[a-z]*", ATTR{idVendor}=="152d", MODE="0660", GROUP="disk"', null],
    ['SUBSYSTEM=="usb", ATTR{a}=="b", \\\n  RUN+="/bin/true \\"x\\""', null],
    ['SUBSYSTEM=="drm", KERNEL=="renderD*" SYMLINK+="gpu"', null],
    ['ENV{ID_X}=="?*", IMPORT{program}="/bin/x", TAG+="systemd", LABEL="end"', null],
    ["# a comment", null],
    ["", "no rule"],
    ['SUBSYSTEM="usb"', "SUBSYSTEM is compared: write SUBSYSTEM==… and not SUBSYSTEM=…"],
    ['KERNEL=="x", MODE=="0660"', "MODE is set: write MODE=…"],
    ["KERNEL=='x'", "double quotes"],
    ['KERNEL=="x', "double quotes"],
    ['KERNAL=="x"', "udev knows no key KERNAL"],
    ["whatever", "expected KEY"],
    ['KERNEL=="x", rm -rf /', "expected KEY"],
  ])("%s", (rules, fault) => {
    const problems = problemsOf(udevRule, { name: "x", rules }).join("\n");
    if (fault === null) expect(problems).toBe("");
    else expect(problems).toContain(fault);
  });
});

test.each<[object, string]>([
  [{}, "name"],
  [{ name: "x" }, "say the rules"],
  [{ name: "x.rules", rules: rule }, "leave .rules out"],
  [{ name: "../x", rules: rule }, "letters, digits"],
  [{ name: "a/b", rules: rule }, "letters, digits"],
  [{ ...raw, order: 100 }, "order"],
  [{ ...raw, order: "70" }, "number from 0 to 99"],
  [{ ...raw, rules: 5 }, "as a text, or as a list"],
  [{ ...raw, rules: ["a\nb"] }, "one line"],
  [{ ...raw, state: "absent" }, "takes no rules"],
  [{ ...raw, subsystem: "a b" }, "subsystem such as"],
])("%j is no way to say it", (bad, message) => {
  expect(problemsOf(udevRule, bad).join("\n")).toContain(message);
});

test("on the embedded lab", async () => {
  const world = zfsDesignLab();
  const tasks = [
    { udev_rule: raw },
    { udev_rule: { name: "gpu", order: 60, rules: ['SUBSYSTEM=="drm", MODE="0660"'], subsystem: "drm" } },
  ];
  expect((await playOnLab(world, tasks)).results.map(({ status, reason }) => reason ?? status)).toEqual([
    "changed",
    "changed",
  ]);
  expect((await playOnLab(world, tasks)).results.map(({ status }) => status)).toEqual(["ok", "ok"]);
  const gone = [{ udev_rule: { name: "das", state: "absent" } }];
  expect((await playOnLab(world, gone)).results.map(({ status }) => status)).toEqual(["changed"]);
});
