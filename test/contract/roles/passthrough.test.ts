import { describe, expect, it } from "vitest";
import { assertFine, confOf, rawLines, roleLab } from "../../support/role-lab.ts";
import { resultOf, type SiteRun } from "../../support/run-site.ts";

const lab = roleLab(["lxc_base", "gpu_passthrough", "tun_passthrough"], { box: 120 });
const container = `
- hosts: pve
  tasks:
    - pct: { vmid: 120, template: debian-12, features: { nesting: true } }
`;
const use = (role: string, more = "", from = "main") => `
- hosts: pve
  tasks:
    - include_role: { name: ${role}, tasks_from: ${from} }
      vars: { vmid: 120${more} }
`;
const NOTE = [
  "lxc.cgroup2.devices.allow: c 226:0 rwm",
  "lxc.cgroup2.devices.allow: c 226:128 rwm",
  "lxc.mount.entry: /dev/dri dev/dri none bind,optional,create=dir",
  "lxc.cgroup2.devices.allow: c 10:200 rwm",
  "lxc.mount.entry: /dev/net/tun dev/net/tun none bind,create=file",
];
const rebootsIn = (run: SiteRun): number =>
  run.events.filter(
    (event) =>
      event.type === "step" && JSON.stringify(event).includes("pct reboot") && JSON.stringify(event).includes('"done"'),
  ).length;

describe("raw lines", () => {
  it("are those of the note, word by word, in force, and the second run changes nothing", async () => {
    const world = lab.world();
    await lab.converges(world, container);
    await lab.converges(world, use("gpu_passthrough", ", method: raw") + use("tun_passthrough", ", method: raw"));
    expect(rawLines(confOf(world, 120))).toEqual(NOTE);
    expect(rawLines(world.host("pve").pve?.containers["120"]?.running?.conf ?? "")).toEqual(NOTE);
    const verbatim = lab.world();
    await lab.converges(verbatim, container);
    const extra = ["lxc.environment: LIBVA_DRIVER_NAME=iHD", ...NOTE.slice(3)];
    await lab.converges(verbatim, use("gpu_passthrough", `, extra_raw: ${JSON.stringify(extra)}`));
    expect(rawLines(confOf(verbatim, 120))).toEqual(extra);
  });

  it("stand above a snapshot, which keeps what it had", async () => {
    const world = lab.world();
    await lab.converges(world, container);
    const file = "/etc/pve/nodes/pve/lxc/120.conf";
    const node = world.host("pve").files[file];
    if (node?.type !== "file") throw new Error("no configuration");
    node.content = `${node.content}\n[before]\nmemory: 512\nsnaptime: 1750000000\n`;
    await lab.converges(world, use("tun_passthrough", ", method: raw"));
    const [head = "", snapshot = ""] = confOf(world, 120).split("[before]");
    expect(rawLines(head)).toEqual(NOTE.slice(3));
    expect(snapshot).not.toContain("lxc.");
  });

  it("go with `absent`, and others stay", async () => {
    const world = lab.world();
    await lab.converges(world, container);
    const own = "- hosts: pve\n  tasks:\n    - lxcconf: { vmid: 120, entries: ['lxc.cap.drop: sys_time'] }\n";
    const both = use("gpu_passthrough", ", method: raw") + use("tun_passthrough", ", method: raw");
    await lab.converges(world, own + both);
    await lab.converges(world, use("gpu_passthrough", ", state: absent") + use("tun_passthrough", ", state: absent"));
    expect(rawLines(confOf(world, 120))).toEqual(["lxc.cap.drop: sys_time"]);
    expect(world.host("pve").pve?.containers["120"]?.running?.conf).not.toContain("/dev/dri");
  });
});

describe("device keys", () => {
  it("have the number that the group has inside, and leave other devices alone", async () => {
    const world = lab.world();
    await lab.converges(world, container);
    const fuse = "- hosts: pve\n  tasks:\n    - pct: { vmid: 120, devices: [/dev/fuse], restart: if_needed }\n";
    await lab.play(world, fuse);
    await lab.converges(world, use("gpu_passthrough") + use("tun_passthrough"));
    const conf = confOf(world, 120);
    expect(conf).toContain("dev0: /dev/fuse\n");
    expect(conf).toContain("dev1: /dev/dri/card0,gid=44\n");
    expect(conf).toContain("dev2: /dev/dri/renderD128,gid=106\n");
    expect(conf).toContain("dev3: /dev/net/tun,mode=0666\n");
    await lab.converges(world, use("gpu_passthrough", ", state: absent") + use("tun_passthrough", ", state: absent"));
    expect(confOf(world, 120).match(/^dev.*$/gm)).toEqual(["dev0: /dev/fuse"]);
  });

  it("let a service open the GPU that is in its group; raw lines do not, in an unprivileged container", async () => {
    const service = `
- hosts: box
  tasks:
    - user: { name: player, groups: [GROUP], append: true }
    - name: opened
      command: { argv: [dd, if=/dev/dri/renderD128, of=/dev/null, count=0, status=none] }
      reads: true
      become: true
      become_user: player
`;
    const open = async (method: string, group: string) => {
      const world = lab.world();
      await lab.converges(world, container);
      await lab.converges(world, use("gpu_passthrough", `, method: ${method}`));
      return resultOf(await lab.play(world, service.replace("GROUP", group)), "opened", "box");
    };
    expect(await open("device", "render")).toMatchObject({ status: "ok" });
    expect(await open("device", "audio")).toMatchObject({ status: "failed" });
    expect(await open("raw", "render")).toMatchObject({ status: "failed" });
  });

  it("take the place of raw lines, and the other way round, and never stand beside them", async () => {
    const world = lab.world();
    await lab.converges(world, container);
    for (const method of ["raw", "device", "raw"]) {
      await lab.converges(
        world,
        use("tun_passthrough", `, method: ${method}`) + use("gpu_passthrough", `, method: ${method}`),
      );
      const conf = confOf(world, 120);
      expect([/^dev\d/m.test(conf), rawLines(conf).length > 0]).toEqual([method === "device", method === "raw"]);
      const verify =
        use("tun_passthrough", `, method: ${method}`, "verify") +
        use("gpu_passthrough", `, method: ${method}`, "verify");
      assertFine(await lab.play(world, verify));
    }
  });

  it("are what an older pve-container does not know: then it is raw lines by themselves", async () => {
    const world = lab.world();
    await lab.converges(world, container);
    const installed = world.host("pve").packages["pve-container"];
    if (installed === undefined) throw new Error("no pve-container");
    world.host("pve").packages["pve-container"] = { ...installed, version: "5.0.4" };
    await lab.converges(world, use("tun_passthrough"));
    expect(rawLines(confOf(world, 120))).toEqual(NOTE.slice(3));
  });
});

it("many changes are one restart, asked for at the end", async () => {
  const world = lab.world();
  await lab.converges(world, container);
  const many = `
- hosts: pve
  roles:
    - { role: lxc_base, vmid: 120, hostname: box, rootfs: { storage: local, size: 4G }, features: { nesting: true, fuse: true }, restart: later }
    - { role: gpu_passthrough, vmid: 120, method: raw, restart: later }
    - { role: tun_passthrough, vmid: 120, restart: later }
  tasks:
    - include_role: { name: lxc_base, tasks_from: restart }
      vars: { vmid: 120 }
`;
  const run = await lab.converges(world, many);
  expect(rebootsIn(run)).toBe(1);
  const running = world.host("pve").pve?.containers["120"]?.running?.conf ?? "";
  expect([running.includes("fuse=1"), running.includes("226:128"), running.includes("/dev/net/tun")]).toEqual([
    true,
    true,
    true,
  ]);
});

it("a card whose number is another one is found by verify, and told of at each run", async () => {
  const world = lab.world();
  await lab.converges(world, container);
  await lab.converges(world, use("gpu_passthrough", ", method: raw"));
  assertFine(await lab.play(world, use("gpu_passthrough", ", method: raw", "verify")));
  const card = world.host("pve").files["/dev/dri/card0"];
  if (card?.type !== "char") throw new Error("no card");
  world.host("pve").files["/dev/dri/card0"] = { ...card, minor: 1 };
  const verified = await lab.play(world, use("gpu_passthrough", ", method: raw", "verify"));
  expect(verified.exitCode).toBe(2);
  expect(JSON.stringify(verified.results)).toContain("/dev/dri/card0 of the node is not 226:0");
  const again = await lab.play(world, use("gpu_passthrough", ", method: raw"));
  expect(resultOf(again, "Raw lines", "pve").warnings.join()).toContain("lets in a device that is not there");
});

it("a container that is locked is left as it is, with what to do", async () => {
  const world = lab.world();
  await lab.converges(world, container);
  const node = world.host("pve").files["/etc/pve/nodes/pve/lxc/120.conf"];
  if (node?.type !== "file") throw new Error("no configuration");
  node.content = node.content.replace(/^memory/m, "lock: backup\nmemory");
  const before = node.content;
  const run = await lab.play(world, use("tun_passthrough", ", method: raw"));
  expect(resultOf(run, "Raw lines for it", "pve")).toMatchObject({
    status: "failed",
    reason: expect.stringContaining("container 120 is locked (backup)"),
    hint: expect.stringContaining("pct unlock 120"),
  });
  expect(confOf(world, 120)).toBe(before);
});
