import { describe, expect, test } from "vitest";
import { sysctl } from "../../../modules/sysctl.ts";
import { changeOf, exec, looksOf, plain, planOf, problemsOf, resultOf, stat } from "../../support/plan-module.ts";

const FILE = "/etc/sysctl.d/90-lab.conf";
const folder = stat({ type: "directory" });
const seen = (live: string, saved: string | null, more = {}) => ({
  live: exec(`${live}\n`),
  saved,
  folder,
  etc: [],
  run: null,
  local: null,
  lib: [],
  ...more,
});
const raw = { name: "net.ipv4.ip_forward", value: 1 };
const set = { kind: "exec", argv: ["sysctl", "-w", "--", "net.ipv4.ip_forward=1"], touches: ["/proc/sys/net"] };

test.each([
  {
    name: "neither now nor at boot",
    raw,
    seen: seen("0", null),
    before: { live: "0", boot: null },
    steps: [{ kind: "write-file", path: FILE, content: "net.ipv4.ip_forward = 1\n", mode: "0644" }, set],
  },
  { name: "both right", raw, seen: seen("1", "net.ipv4.ip_forward=1\n"), before: { live: "1", boot: "1" }, steps: [] },
  {
    name: "right in another spelling",
    raw,
    seen: seen("1", "-net/ipv4/ip_forward = 1"),
    before: { live: "1", boot: "1" },
    steps: [],
  },
  {
    name: "only now",
    raw,
    seen: seen("0", "net.ipv4.ip_forward = 1\n"),
    before: { live: "0", boot: "1" },
    steps: [set],
  },
  {
    name: "only at boot, among other lines",
    raw,
    seen: seen("1", "# x\nnet.ipv4.ip_forward=0\na.b=2\n"),
    before: { live: "1", boot: "0" },
    steps: [{ kind: "write-file", path: FILE, content: "# x\nnet.ipv4.ip_forward = 1\na.b=2\n" }],
  },
  {
    name: "runtime alone",
    raw: { ...raw, boot: false },
    seen: { live: exec("0\n") },
    before: { live: "0" },
    steps: [set],
  },
  {
    name: "boot alone",
    raw: { ...raw, now: false },
    seen: seen("", null),
    before: { boot: null },
    steps: [{ kind: "write-file", path: FILE, content: "net.ipv4.ip_forward = 1\n", mode: "0644" }],
  },
])("$name", ({ raw, seen, before, steps }) => {
  const plan = changeOf(sysctl, raw, seen);
  expect(plan.before).toEqual(before);
  expect(plan.steps.map(plain)).toEqual(steps);
});

test("several numbers are compared as such", () => {
  const ports = { name: "net.ipv4.ip_local_port_range", value: "1024  65000" };
  expect(changeOf(sysctl, ports, seen("1024\t65000", "net.ipv4.ip_local_port_range = 1024 65000\n")).steps).toEqual([]);
});

test("absent forgets it for the boot, and the file goes with its last line", () => {
  const gone = { name: "a.b", state: "absent" };
  expect(changeOf(sysctl, gone, seen("", "a.b = 1\nc.d = 2\n")).steps.map(plain)).toEqual([
    { kind: "write-file", path: FILE, content: "c.d = 2\n" },
  ]);
  expect(changeOf(sysctl, gone, seen("", "a.b = 1\na/b = 2\n")).steps.map(plain)).toEqual([
    { kind: "remove", path: FILE, recursive: false },
  ]);
  expect(changeOf(sysctl, gone, seen("", null)).steps).toEqual([]);
});

test("a file that is read later and says otherwise is named", () => {
  const more = {
    etc: ["10-a.conf", "90-lab.conf", "99-b.conf", "README", "zz.txt"],
    lib: ["10-a.conf", "99-b.conf", "99-c.conf"],
    "/etc/sysctl.d/99-b.conf": Buffer.from("net/ipv4/ip_forward=0\n"),
    "/usr/lib/sysctl.d/99-c.conf": Buffer.from("net.ipv4.ip_forward = 1\n"),
  };
  const plan = changeOf(sysctl, raw, seen("1", "net.ipv4.ip_forward = 1\n", more));
  expect(plan.warnings).toEqual([
    "/etc/sysctl.d/99-b.conf is read after /etc/sysctl.d/90-lab.conf and sets net.ipv4.ip_forward to 0: that wins at boot",
  ]);
  const looks = looksOf(sysctl, raw, seen("1", "", more));
  expect(Object.keys(looks).filter((name) => name.startsWith("/"))).toEqual([
    "/etc/sysctl.d/99-b.conf",
    "/usr/lib/sysctl.d/99-c.conf",
  ]);
});

test.each([
  [
    "an unknown parameter",
    { live: exec("", 1, "sysctl: cannot stat /proc/sys/x: No such file or directory\n") },
    /no parameter/,
  ],
  ["an unreadable one", { live: exec("", 1, "sysctl: permission denied on key\n") }, /permission denied/],
  ["no folder", { folder: null }, /no folder/],
])("%s is refused", (_, some, why) => {
  expect(planOf(sysctl, raw, { ...seen("0", null), ...some })).toMatchObject({
    kind: "refuse",
    why: expect.stringMatching(why),
  });
});

describe("bad parameters", () => {
  test.each([
    [{}, "name"],
    [{ name: "a.b" }, "say the value"],
    [{ ...raw, value: "" }, "1 to 4000"],
    [{ ...raw, value: true }, "text or an integer"],
    [{ ...raw, value: 1.5 }, "text or an integer"],
    [{ ...raw, value: "1\nkernel.panic=1" }, "one line"],
    [{ ...raw, value: "1\0" }, "one line"],
    [{ ...raw, value: "x".repeat(5000) }, "1 to 4000"],
    [{ ...raw, name: "-w" }, "kernel parameter"],
    [{ ...raw, name: "a.b=1" }, "kernel parameter"],
    [{ ...raw, name: "a.b\n" }, "kernel parameter"],
    [{ ...raw, name: "$(id)" }, "kernel parameter"],
    [{ ...raw, state: "absent" }, "takes no value"],
    [{ ...raw, now: false, boot: false }, "nothing left"],
    [{ ...raw, file: "/etc/sysctl.d/lab" }, ".conf"],
    [{ ...raw, file: "lab.conf" }, "absolute"],
  ])("%j", (bad, message) => {
    expect(problemsOf(sysctl, bad).join("\n")).toContain(message);
  });
});

test("the result has both values", () => {
  expect(resultOf(sysctl, raw, seen("1", "net.ipv4.ip_forward = 1\n"), new Date(0))).toEqual({
    name: raw.name,
    live: "1",
    boot: "1",
    file: FILE,
  });
});
