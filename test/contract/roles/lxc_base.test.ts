import { describe, expect, it } from "vitest";
import { assertFine, confOf, roleLab } from "../../support/role-lab.ts";
import { resultOf } from "../../support/run-site.ts";

const lab = roleLab(["lxc_base"], { box: 120 });
const play = (more = "") => `
- hosts: pve
  roles:
    - { role: lxc_base, vmid: 120, hostname: box, rootfs: { storage: local, size: 4G }${more} }
`;
const keysOf = (conf: string) =>
  conf
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.replace(/:.*/, ""));

describe("a container", () => {
  it("has what is declared and what Proxmox VE adds, runs, and is left alone the second time", async () => {
    const world = lab.world();
    await lab.converges(world, play(", guest_tags: [a], startup: { order: 2 }"));
    const conf = confOf(world, 120);
    expect(keysOf(conf).sort()).toEqual(
      "arch features hostname memory net0 onboot ostype rootfs startup swap tags timezone unprivileged"
        .split(" ")
        .sort(),
    );
    expect(conf).toContain("features: nesting=1\n");
    expect(conf).toContain("unprivileged: 1\n");
    expect(world.host("pve").pve?.containers["120"]?.running).not.toBeNull();
  });

  it("is looked at and nothing else by a check", async () => {
    const world = lab.world();
    const check = await lab.play(world, play(), true);
    assertFine(check);
    expect(check.after).toBe(check.before);
    expect(new Set(world.trips.map(({ way }) => way))).toEqual(new Set(["look"]));
  });

  it("takes memory at once, and a feature with the one restart that is asked for at the end", async () => {
    const world = lab.world();
    await lab.converges(world, play());
    const started = world.host("pve").pve?.containers["120"]?.running?.since;
    const changed = await lab.play(
      world,
      play(", memory: 768, features: { nesting: true, fuse: true }, restart: later"),
    );
    assertFine(changed);
    expect(resultOf(changed, "Container 120, box", "pve").result).toMatchObject({ restart_required: ["features"] });
    const running = () => world.host("pve").pve?.containers["120"]?.running;
    expect(running()?.since).toBe(started);
    expect(running()?.conf).toContain("memory: 768\n");
    expect(running()?.conf).not.toContain("fuse=1");
    const restart = `
      - hosts: pve
        tasks:
          - include_role: { name: lxc_base, tasks_from: restart }
            vars: { vmid: 120 }
    `;
    const restarted = await lab.converges(world, restart);
    expect(restarted.results.map(({ status }) => status)).toEqual(["changed"]);
    expect(running()?.conf).toContain("fuse=1");
  });

  it("is the same whatever the order of words in its configuration, and keeps its hardware address", async () => {
    const world = lab.world();
    await lab.converges(world, play());
    const path = "/etc/pve/nodes/pve/lxc/120.conf";
    const node = world.host("pve").files[path];
    if (node?.type !== "file") throw new Error("no configuration");
    const address = /hwaddr=([\w:]+)/.exec(node.content)?.[1] ?? "none";
    node.content = node.content.replace(/^net0: .*$/m, (line) => {
      const words = line.replace("net0: ", "").split(",");
      return `net0: ${words.reverse().join(",")}`;
    });
    const again = await lab.play(world, play());
    expect(again.results.map(({ status }) => status)).toEqual(["ok", "ok"]);
    const net = "nets: [{ name: eth0, bridge: vmbr0, ip: 192.0.2.120/24, firewall: true }]";
    await lab.converges(world, play(`, ${net}`));
    expect(confOf(world, 120)).toContain(`hwaddr=${address},`);
  });

  it("does not become privileged: that is refused, and nothing is touched", async () => {
    const world = lab.world();
    await lab.converges(world, play());
    const refused = await lab.play(world, play(", unprivileged: false, memory: 2048"));
    expect(resultOf(refused, "Container 120, box", "pve")).toMatchObject({
      status: "failed",
      reason: expect.stringContaining("is unprivileged and cannot become privileged"),
    });
    expect(refused.after).toBe(refused.before);
  });

  it("that binds a data set with children is told which of them would be empty inside", async () => {
    const world = lab.world(["sdb", "sdc"]);
    const storage = `
- hosts: pve
  tasks:
    - zpool: { name: tank, vdevs: [{ type: mirror, disks: [/dev/sdb, /dev/sdc] }], allow_create: true }
    - zfs: { name: "{{ item }}" }
      loop: [tank/family, tank/family/anna, tank/family/per]
`;
    const mounts = ", mounts: [{ source: /tank/family, target: /srv/family }";
    const run = await lab.play(
      world,
      `${storage}${play(`${mounts}, { source: /tank/family/anna, target: /srv/family/anna }]`)}`,
    );
    assertFine(run);
    expect(resultOf(run, "Container 120, box", "pve").warnings.join()).toMatch(
      /\/tank\/family comes to \/srv\/family without .*: \/tank\/family\/per will be empty folders/,
    );
    const all =
      ", { source: /tank/family/anna, target: /srv/family/anna }, { source: /tank/family/per, target: /srv/family/per }]";
    const quiet = await lab.play(world, play(`${mounts}${all}`));
    assertFine(quiet);
    expect(resultOf(quiet, "Container 120, box", "pve").warnings.join()).not.toContain("will be empty");
  });

  it("is refused what cannot be, in words that help, before anything is sent", async () => {
    const world = lab.world();
    const run = await lab.play(world, play(", unprivileged: false, features: { nesting: true, keyctl: true }"));
    expect(resultOf(run, "What is asked of container 120 fits together", "pve").reason).toContain(
      "leave keyctl out, or leave `unprivileged` at true",
    );
    expect(run.after).toBe(run.before);
    const typed = await lab.play(world, play(", vmid: 99"));
    expect(typed.exitCode).toBe(1);
  });
});

describe("verify", () => {
  const verify = `
    - hosts: pve
      tasks:
        - include_role: { name: lxc_base, tasks_from: verify }
          vars: { vmid: 120, hostname: box, rootfs: { storage: local, size: 4G } }
    - hosts: box
      tasks:
        - include_role: { name: lxc_base, tasks_from: verify_inside }
  `;
  const inside = "- hosts: box\n  tasks:\n    - include_role: { name: lxc_base, tasks_from: inside }\n";
  it("finds what was changed by hand, outside and inside, and changes nothing", async () => {
    const world = lab.world();
    await lab.converges(world, play() + inside);
    assertFine(await lab.play(world, verify));
    assertFine(await lab.play(world, "- hosts: pve\n  tasks:\n    - pct: { vmid: 120, memory: 256 }\n"));
    const outside = await lab.play(world, verify);
    expect(resultOf(outside, "It is", "pve").reason).toContain("container 120 is not as declared");
    expect(outside.after).toBe(outside.before);
    await lab.play(world, `${play()}- hosts: box\n  tasks:\n    - package: { name: curl, state: absent }\n`);
    const within = await lab.play(world, verify);
    expect(resultOf(within, "It is", "box").reason).toContain("the inside of box is not as declared");
    expect(within.after).toBe(within.before);
  });
});
