import { describe, expect, test } from "vitest";
import { lxcconf } from "../../../modules/lxcconf/index.ts";
import { CREATED } from "../../support/pct-answers.ts";
import { changeOf, commandsOf, exec, plain, planOf, problemsOf, resultOf, stat } from "../../support/plan-module.ts";

const NUMBERS = "e2 0 /dev/dri/card0\ne2 80 /dev/dri/renderD128\na c8 /dev/net/tun\n";
const seen = (conf: string | null, more: object = {}) => ({
  guests: JSON.stringify({ version: 1, ids: conf === null ? {} : { 100: { node: "pve1", type: "lxc", version: 1 } } }),
  conf,
  state: exec("State:          STOPPED\n"),
  lockFolder: stat({ type: "directory" }),
  members: '{"nodename":"pve1","version":4}',
  subuid: "root:100000:65536\n",
  subgid: "root:100000:65536\n",
  numbers: exec(NUMBERS),
  running: exec("", 3),
  generated: null,
  "/dev/dri": ["card0", "renderD128"],
  ...more,
});
const running = (stdout: string, more: object = {}) => ({
  state: exec("State: RUNNING\n"),
  running: exec(stdout),
  ...more,
});
const textAfter = (raw: object, conf: string, more = {}) => {
  const [step] = changeOf(lxcconf, { vmid: 100, ...raw }, seen(conf, more)).steps;
  return step?.kind === "write-file" ? step.content : null;
};
const TUN =
  "lxc.cgroup2.devices.allow: c 10:200 rwm\nlxc.mount.entry: /dev/net/tun dev/net/tun none bind,create=file\n";
const GPU =
  "lxc.cgroup2.devices.allow: c 226:0 rwm\nlxc.cgroup2.devices.allow: c 226:128 rwm\nlxc.mount.entry: /dev/dri dev/dri none bind,optional,create=dir\n";
const SECTIONS = "\n[pve:pending]\ntty: 1\n\n[snap]\nmemory: 512\nlxc.cap.drop: mknod\n";

test("the snippets of a gateway, as words, as a block and as pairs, come to the same", () => {
  const block = `# Intel QuickSync\n${GPU}\n# TUN\n${TUN}`;
  const entries = `${GPU}${TUN}`.trim().split("\n");
  for (const raw of [
    { preset: ["quicksync", "tun"] },
    { lines: block },
    { entries },
    { entries: entries.map((line) => line.split(/: (.*)/).slice(0, 2)) },
  ]) {
    expect(textAfter(raw, `${CREATED}${SECTIONS}`)).toBe(`${CREATED}${GPU}${TUN}${SECTIONS}`);
    expect(textAfter(raw, `${CREATED}${GPU}${TUN}${SECTIONS}`)).toBeNull();
  }
});

test("written under the lock of Proxmox VE, whose folder may be missing after a boot", () => {
  const steps = changeOf(lxcconf, { vmid: 100, preset: "tun" }, seen(CREATED, { lockFolder: null })).steps.map(plain);
  expect(steps).toEqual([
    { kind: "mkdir", path: "/run/lock/lxc", parents: true },
    {
      kind: "write-file",
      path: "/etc/pve/lxc/100.conf",
      content: `${CREATED}${TUN}`,
      lock: "/run/lock/lxc/pve-config-100.lock",
    },
  ]);
});

test.each<[name: string, raw: object, conf: string, after: string | null]>([
  ["in another spelling", { lines: "lxc.cap.drop = sys_admin" }, "lxc.cap.drop:   sys_admin  \n", null],
  [
    "twice there",
    { lines: "lxc.cap.drop: a" },
    "lxc.cap.drop: a\nlxc.cap.drop: b\nlxc.cap.drop = a\n",
    "lxc.cap.drop: a\nlxc.cap.drop: b\n",
  ],
  [
    "among lines of its key",
    { lines: "lxc.hook.start: a\nlxc.hook.start: b\nlxc.hook.start: c" },
    "lxc.hook.start: a\nx: 1\nlxc.hook.start: c\n",
    "lxc.hook.start: a\nlxc.hook.start: b\nx: 1\nlxc.hook.start: c\n",
  ],
  [
    "in the order of its key",
    { lines: "lxc.hook.start: a\nlxc.hook.start: b" },
    "lxc.hook.start: b\nx: 1\nlxc.hook.start: a\n",
    "lxc.hook.start: a\nx: 1\nlxc.hook.start: b\n",
  ],
  [
    "others stay",
    { lines: "lxc.cap.drop: a" },
    "lxc.aa_profile: x\nbogus\n",
    "lxc.aa_profile: x\nbogus\nlxc.cap.drop: a\n",
  ],
  [
    "no others",
    { lines: "lxc.cap.drop: a", mode: "exact" },
    "lxc.aa_profile: x\nbogus\nlxc.cap.keep: b\n[s]\nlxc.cap.keep: b\n",
    "bogus\nlxc.cap.drop: a\n[s]\nlxc.cap.keep: b\n",
  ],
  [
    "absent",
    { lines: "lxc.cap.drop: a", state: "absent" },
    "lxc.cap.drop: a\nlxc.cap.drop: b\n[s]\nlxc.cap.drop: a\n",
    "lxc.cap.drop: b\n[s]\nlxc.cap.drop: a\n",
  ],
  [
    "all absent",
    { mode: "exact", state: "absent" },
    "m: 1\nlxc.cap.drop: a\nlxc.cap.drop: b\n[s]\nlxc.cap.drop: a\n",
    "m: 1\n[s]\nlxc.cap.drop: a\n",
  ],
  ["absent already", { lines: "lxc.cap.drop: a", state: "absent" }, "lxc.cap.drop: b\n[s]\nlxc.cap.drop: a\n", null],
  ["no line end at the end", { lines: "lxc.cap.drop: a" }, "memory: 1", "memory: 1\nlxc.cap.drop: a\n"],
])("%s", (_, raw, conf, after) => {
  expect(textAfter(raw, conf)).toBe(after);
});

test("before and after are the lines", () => {
  const plan = changeOf(
    lxcconf,
    { vmid: 100, lines: "lxc.cap.drop: a\nlxc.cap.drop: b" },
    seen("lxc.cap.drop: b\nlxc.cap.keep: c\n"),
  );
  expect([plan.before, plan.after]).toEqual([
    { lines: ["lxc.cap.drop: b"] },
    { lines: ["lxc.cap.drop: a", "lxc.cap.drop: b"] },
  ]);
});

describe("restart", () => {
  const TUN_ON =
    "lxc.cgroup2.devices.allow c 10:200 rwm\nlxc.mount.entry /dev/net/tun dev/net/tun none bind,create=file\n";
  const raw = { vmid: 100, preset: "tun" };
  test("what waits for one is told at every run, and nothing while it is stopped", () => {
    const waits = TUN.trim().split("\n");
    expect(resultOf(lxcconf, raw, seen(`${CREATED}${TUN}`, running("")), new Date(0))?.restart_required).toEqual(waits);
    expect(resultOf(lxcconf, raw, seen(`${CREATED}${TUN}`, running(TUN_ON)), new Date(0))?.restart_required).toEqual(
      [],
    );
    expect(resultOf(lxcconf, raw, seen(`${CREATED}${TUN}`), new Date(0))?.restart_required).toEqual([]);
    expect(changeOf(lxcconf, raw, seen(CREATED, running(""))).warnings.join()).toContain("next start");
  });
  test("if_needed restarts for new lines, for what an earlier run left, and not again", () => {
    const needed = { ...raw, restart: "if_needed" };
    expect(commandsOf(changeOf(lxcconf, needed, seen(CREATED, running(""))).steps)).toEqual([
      "pct reboot 100 --timeout 60",
    ]);
    const left = changeOf(lxcconf, needed, seen(`${CREATED}${TUN}`, running("")));
    expect(left.before.restart_required).toEqual(TUN.trim().split("\n"));
    expect(commandsOf(left.steps)).toEqual(["pct reboot 100 --timeout 60"]);
    expect(changeOf(lxcconf, needed, seen(`${CREATED}${TUN}`, running(TUN_ON))).steps).toEqual([]);
  });
  test("lines that went and are still in force", () => {
    const gone = { vmid: 100, lines: "lxc.cgroup2.devices.allow: c 10:200 rwm", state: "absent", restart: "if_needed" };
    const line = "without lxc.cgroup2.devices.allow: c 10:200 rwm";
    expect(commandsOf(changeOf(lxcconf, gone, seen(`${CREATED}${TUN}`, running(TUN_ON))).steps)).toEqual([
      "pct reboot 100 --timeout 60",
    ]);
    const generated = "lxc.cgroup2.devices.allow = c 10:200 rwm\n";
    expect(changeOf(lxcconf, gone, seen(CREATED, running(TUN_ON, { generated }))).before.restart_required).toEqual([
      line,
    ]);
    expect(changeOf(lxcconf, gone, seen(CREATED, running(TUN_ON, { generated: "" }))).steps).toEqual([]);
  });
  test("lines of which nothing can be told count in the run that writes them", () => {
    const raw = { vmid: 100, lines: "lxc.tty.max: 5", restart: "if_needed" };
    expect(commandsOf(changeOf(lxcconf, raw, seen(CREATED, running(""))).steps)).toEqual([
      "pct reboot 100 --timeout 60",
    ]);
    expect(changeOf(lxcconf, raw, seen(`${CREATED}lxc.tty.max: 5\n`, running(""))).steps).toEqual([]);
  });
});

const MAP =
  "lxc.idmap: u 0 100000 1000\nlxc.idmap: g 0 100000 1000\nlxc.idmap: u 1000 1000 1\nlxc.idmap: g 1000 1000 1\n";
test.each<[why: RegExp, raw: object, conf: string | null, more?: object]>([
  [/there is no container 100/, { preset: "tun" }, null],
  [/is a virtual machine/, { preset: "tun" }, null, { guests: '{"ids":{"100":{"node":"pve1","type":"qemu"}}}' }],
  [/on node pve2/, { preset: "tun" }, null, { guests: '{"ids":{"100":{"node":"pve2","type":"lxc"}}}' }],
  [/no Proxmox VE node/, { preset: "tun" }, CREATED, { guests: null }],
  [/no lxc-info/, { preset: "tun" }, CREATED, { state: exec("", 127, "sh: lxc-info: not found\n") }],
  [/locked \(backup\)/, { preset: "tun" }, `${CREATED}lock: backup\n`],
  [
    /the cluster home has no quorum, so nothing below \/etc\/pve can be changed; off: pve2/,
    { preset: "tun" },
    CREATED,
    {
      members:
        '{"nodename":"pve1","cluster":{"name":"home","quorate":0},"nodelist":{"pve1":{"online":1},"pve2":{"online":0}}}',
    },
  ],
  [/dev0 of container 100 makes \/dev\/net\/tun/, { preset: "tun" }, `${CREATED}dev0: /dev/net/tun\n`],
  [
    /dev1 .* makes \/dev\/dri\/renderD128/,
    { preset: "quicksync" },
    `${CREATED}dev1: gid=44,path=/dev/dri/renderD128\n`,
  ],
  [/root may not hand out ids/, { lines: MAP }, CREATED],
  [
    /uid 500 of the container is mapped twice/,
    { lines: "lxc.idmap: u 0 100000 1000\nlxc.idmap: g 0 100000 1000\nlxc.idmap: u 500 105000 10" },
    CREATED,
  ],
  [
    /gid 100000 of the host is mapped twice/,
    { lines: "lxc.idmap: u 0 100000 10\nlxc.idmap: g 0 100000 10\nlxc.idmap: g 10 100000 10" },
    CREATED,
  ],
  [/no gid is mapped/, { lines: "lxc.idmap: u 0 100000 1000" }, CREATED],
  [
    /uid 0, the container's root, is not mapped/,
    { lines: "lxc.idmap: u 1 100000 10\nlxc.idmap: g 0 100000 10" },
    CREATED,
  ],
  [
    /mapped twice/,
    { lines: "lxc.idmap: u 0 100000 10\nlxc.idmap: g 0 100000 10" },
    `${CREATED}lxc.idmap: u 5 100005 10\n`,
  ],
])("refused: %s", (why, raw, conf, more = {}) => {
  expect(planOf(lxcconf, { vmid: 100, ...raw }, seen(conf, more))).toMatchObject({
    kind: "refuse",
    why: expect.stringMatching(why),
  });
});

test("the line that is missing in /etc/subuid is named, and is enough", () => {
  const refused = planOf(lxcconf, { vmid: 100, lines: MAP }, seen(CREATED));
  expect(refused).toMatchObject({ hint: "add first: root:1000:1 in /etc/subuid, root:1000:1 in /etc/subgid" });
  const more = { subuid: "root:100000:65536\nroot:1000:1\n", subgid: "0:100000:65536\nroot:1000:1\n" };
  expect(textAfter({ lines: MAP }, CREATED, more)).toBe(`${CREATED}${MAP}`);
});

test.each<[warning: RegExp | null, raw: object, more?: object]>([
  [null, { preset: ["quicksync", "tun"] }],
  [
    /"c 226:0 rwm" lets in a device that is not there: .*card1 is 226:1/,
    { preset: "quicksync" },
    { numbers: exec("e2 1 /dev/dri/card1\ne2 80 /dev/dri/renderD128\n") },
  ],
  [
    /no \/dev\/net\/tun, and the line is not optional: the container will not start/,
    { preset: "tun" },
    { numbers: exec("", 1) },
  ],
  [/no \/dev\/dri: the container starts without it/, { preset: "quicksync" }, { "/dev/dri": null, numbers: exec("") }],
  [/lxc.cgroup.devices.allow counts with cgroup v1 alone/, { lines: "lxc.cgroup.devices.allow: c 1:3 r" }],
  [/lets in every device of major 226/, { lines: "lxc.cgroup2.devices.allow: c 226:* rwm" }],
  [/lets in every device$/, { lines: "lxc.cgroup2.devices.allow: a" }],
  [/uid 10 to 19/, { lines: "lxc.idmap: u 0 100000 10\nlxc.idmap: g 0 100000 30\nlxc.idmap: u 20 100020 10" }],
])("warned of: %s", (warning, raw, more = {}) => {
  const { warnings } = changeOf(lxcconf, { vmid: 100, ...raw }, seen(CREATED, more));
  if (warning === null) expect(warnings).toEqual([]);
  else expect(warnings.join("\n")).toMatch(warning);
});

test.each<[problem: RegExp, raw: object]>([
  [/say which lines/, {}],
  [/say which lines/, { lines: "# nothing\n\n" }],
  [/lines: line 2 \(foo\): is no line/, { lines: "lxc.cap.drop: a\nfoo" }],
  [/memory: 5\): is no line/, { lines: "memory: 5" }],
  [/entries.0: .*"memory" is no raw key/, { entries: [["memory", "5"]] }],
  [/lxc.rootfs.path cannot be set: Proxmox VE makes it from `rootfs`/, { lines: "lxc.rootfs.path: /x" }],
  [/lxc.rootfs.options cannot be set/, { lines: "lxc.rootfs.options: ro" }],
  [/lxc.aa_profile is an old name: write lxc.apparmor.profile/, { lines: "lxc.aa_profile: x" }],
  [/does not know lxc.caps.drop \(is it lxc.cap.drop\?\)/, { lines: "lxc.caps.drop: x" }],
  [/control character/, { entries: [["lxc.cap.drop", "a\n[snap]"]] }],
  [/entries.0: expected \[lxc.key, value\]/, { entries: [{ a: 1, b: 2 }] }],
  [/preset: expected quicksync or tun/, { preset: "gpu" }],
  [/is no id map/, { lines: "lxc.idmap: u 0 100000" }],
  [/maps no id at all/, { lines: "lxc.idmap: u 0 100000 0" }],
  [/goes beyond the last id/, { lines: "lxc.idmap: u 0 4294967295 2" }],
  [/mode: exact with state: absent/, { mode: "exact", state: "absent", preset: "tun" }],
  [/^timeout: .* from 1 to 7200 seconds/, { preset: "tun", timeout: 0 }],
  [/^lines: line 1 \(x{60}…\): is no line/, { lines: "x".repeat(5000) }],
  [/vmid: ids of guests begin/, { vmid: 1, preset: "tun" }],
  [/"line"/, { line: "x" }],
])("bad input: %s", (problem, raw) => {
  expect(problemsOf(lxcconf, { vmid: 100, ...raw }).join("\n")).toMatch(problem);
});
