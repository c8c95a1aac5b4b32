import { describe, expect, test } from "vitest";
import { keepBytes, nodeText } from "../../../engine/sim/files/node.ts";
import { newHost } from "../../../engine/sim/host/new-host.ts";
import { runWords } from "../../../engine/sim/interpret/interpret-exec.ts";
import { qcow2Image } from "../../../engine/sim/pve/storage/disk-image.ts";
import type { Node } from "../../../engine/sim/world.ts";
import { rootSession } from "../../support/recorded-node.ts";
import { runSite, tasksSite } from "../../support/run-site.ts";
import { createWorld, type TestWorld } from "../../support/world.ts";

const GIB = 1024 ** 3;
const IMAGE = "/var/lib/vz/import/debian-12-genericcloud-amd64.qcow2";
const KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILhnOaHlsJTKRuHIPGlssw6MjIORSexoNiBfNgH+9co0 user@host one";

/** A node with a cloud image of 2 GiB, in which the guest agent is installed. */
const fresh = () => {
  const host = newHost({ kind: "proxmox", name: "h1" });
  const common = { uid: 0, gid: 0, mtime: 1 };
  const image = {
    type: "file",
    mode: "0644",
    ...common,
    ...keepBytes(qcow2Image(2 * GIB, "qemu-guest-agent")),
  } as Node;
  host.files["/var/lib/vz/import"] = { type: "directory", mode: "0755", ...common };
  host.files[IMAGE] = image;
  return createWorld({}, { h1: host });
};
const play = (world: TestWorld, tasks: string, check = false) => runSite({ files: tasksSite(tasks), world, check });
const conf = (world: TestWorld, vmid: number): string => {
  const node = world.host("h1").files[`/etc/pve/nodes/h1/qemu-server/${vmid}.conf`];
  return node?.type === "file" ? nodeText(node) : "";
};
const shell = (world: TestWorld, line: string) => {
  const { code, stdout, stderr } = runWords(rootSession(world.host("h1")), line.split(" "), {});
  return { code, text: Buffer.from(stdout).toString("utf8") + stderr };
};
const commands = (run: Awaited<ReturnType<typeof play>>) =>
  run.results
    .flatMap(({ steps }) => steps ?? [])
    .map((step) => (typeof step === "string" ? step : JSON.stringify(step)));

/** A check foretells, a run does it, a second run finds nothing to do. */
async function converges(tasks: string, world = fresh()) {
  const check = await play(world, tasks, true);
  expect(check.diagnostics).toEqual([]);
  expect(check.after).toBe(check.before);
  const run = await play(world, tasks);
  expect(run.results.map(({ reason }) => reason).filter((reason) => reason != null)).toEqual([]);
  expect(run.results.map(({ status }) => status)).toEqual(check.results.map(({ status }) => status));
  const again = await play(world, tasks);
  expect(again.results.map(({ status }) => status)).toEqual(again.results.map(() => "ok"));
  return { world, run };
}

const TEMPLATE = `
- qm:
    vmid: 9000
    name: debian-12
    template: true
    memory: 2048
    cores: 2
    cpu: x86-64-v2-AES
    ostype: l26
    scsihw: virtio-scsi-single
    agent: true
    disks:
      - { slot: scsi0, storage: local-zfs, import_from: ${IMAGE}, discard: true, ssd: true, iothread: true }
    nets: [{ slot: net0, bridge: vmbr0 }]
    boot: [scsi0]
    serial: socket
    vga: serial0
    cloudinit:
      storage: local-zfs
      user: admin
      password: geheim12
      sshkeys: ["${KEY}"]
      ipconfig: [{ net: net0, ip: dhcp }]
`;
const CLONE = `
- qm:
    vmid: 123
    clone: { from: 9000, full: true }
    name: app
    disks: [{ slot: scsi0, size: 32G, discard: true, ssd: true, iothread: true }]
    cloudinit: { ipconfig: [{ net: net0, ip: 192.0.2.23/24, gw: 192.0.2.1 }] }
    onboot: true
`;

/** The template, and a machine made from it. */
async function cloned(): Promise<TestWorld> {
  const { world } = await converges(TEMPLATE);
  await converges(CLONE, world);
  return world;
}

describe("virtual machines of an embedded node", () => {
  test("a template from a cloud image, and a machine from the template", async () => {
    const check = await play(fresh(), TEMPLATE + CLONE, true);
    expect(check.results.map(({ status, certainty }) => [status, certainty])).toEqual([
      ["changed", "certain"],
      ["deferred", undefined],
    ]);
    const whole = await play(fresh(), TEMPLATE + CLONE);
    expect(whole.results.map(({ status }) => status)).toEqual(["changed", "changed"]);
    expect(JSON.stringify([check.results, whole.results])).not.toContain("geheim12");

    const world = await cloned();
    expect(conf(world, 9000)).toContain("scsi0: local-zfs:base-9000-disk-0,discard=on,iothread=1,size=2G,ssd=1");
    expect(conf(world, 9000)).toMatch(/^cipassword: \$5\$/m);
    expect(conf(world, 123)).toMatch(/scsi0: local-zfs:vm-123-disk-\d,discard=on,iothread=1,size=32G,ssd=1/);
    expect(conf(world, 123)).toContain("ipconfig0: ip=192.0.2.23/24,gw=192.0.2.1");
    expect(shell(world, "qm status 123")).toEqual({ code: 0, text: "status: running\n" });
    expect(shell(world, "qm agent 123 ping")).toEqual({ code: 255, text: "QEMU guest agent is not running\n" });
    world.host("h1").clockMs += 60_000;
    expect(shell(world, "qm agent 123 ping").code).toBe(0);
    expect(shell(world, "zfs list -H -o name -t volume").text).toContain("rpool/data/base-9000-disk-0\n");
  });

  test("a linked clone goes before its template", async () => {
    const { world } = await converges(TEMPLATE);
    await converges("- qm: { vmid: 124, clone: { from: 9000 }, name: linked, state: stopped }", world);
    expect(conf(world, 124)).toContain("base-9000-disk-0/vm-124-disk-");
    const refused = await play(world, "- qm: { vmid: 9000, state: absent }");
    expect(refused.results[0]?.reason).toMatch(/still in use by linked clone/);
    await converges("- qm: { vmid: 124, state: absent }\n- qm: { vmid: 9000, state: absent }", world);
    expect(shell(world, "zfs list -H -o name -t volume").text).toBe("");
  });

  test("what a running machine takes at once, and what waits for its next start", async () => {
    const world = await cloned();
    const address = /net0: virtio=([\w:]+)/.exec(conf(world, 123))?.[1] ?? "none";
    const task = (more: string) => `
- qm: { vmid: 123, name: app2, tags: [B, a], memory: 4096, vga: std, nets: [{ slot: net0, bridge: vmbr0, firewall: true }]${more} }`;
    const first = await play(world, task(""));
    expect(first.results[0]).toMatchObject({ status: "changed" });
    expect(JSON.stringify(first.results[0]?.warnings)).toContain("next start of virtual machine 123 only: memory, vga");
    expect(conf(world, 123)).toContain(`net0: virtio=${address},bridge=vmbr0,firewall=1\n`);
    expect(conf(world, 123)).toContain("tags: a;b\n");
    expect(conf(world, 123)).toMatch(/\[PENDING\]\nmemory: 4096\nvga: std\n/);
    const second = await play(world, task(""));
    expect(second.results[0]).toMatchObject({ status: "ok", result: { restart_required: ["memory", "vga"] } });
    const pid = shell(world, "cat /run/qemu-server/123.pid").text;
    await converges(task(", restart: if_needed"), world);
    expect(conf(world, 123)).not.toContain("PENDING");
    expect(shell(world, "cat /run/qemu-server/123.pid").text).not.toBe(pid);
    // Taken back before it counted, it is gone without a restart.
    await play(world, "- qm: { vmid: 123, memory: 1024, vga: serial0 }");
    await converges("- qm: { vmid: 123, memory: 4096, vga: std, restart: if_needed }", world);
    expect(conf(world, 123)).not.toContain("PENDING");
  });

  test("an image is imported once, a disk grows and does not shrink", async () => {
    const world = await cloned();
    const disk = (size: string, more = "") =>
      `- qm: { vmid: 123, disks: [{ slot: scsi0, size: ${size}, import_from: ${IMAGE}, discard: true, ssd: true, iothread: true }]${more} }`;
    const same = await play(world, disk("32G"));
    expect(same.results[0]?.status).toBe("ok");
    await converges(disk("40G"), world);
    expect(conf(world, 123)).toContain("size=40G");
    const shrunk = await play(world, disk("39G"));
    expect(shrunk.results[0]?.reason).toMatch(/has 40G and cannot shrink to 39G/);
    await converges(
      "- qm: { vmid: 123, disks: [{ slot: scsi0 }, { slot: scsi1, storage: local, size: 1G, backup: false }] }",
      world,
    );
    expect(conf(world, 123)).toContain("scsi1: local:123/vm-123-disk-0.raw,backup=0,size=1G");
    const kept = await play(world, "- qm: { vmid: 123, disks: [{ slot: scsi0 }] }");
    expect(kept.results[0]?.reason).toMatch(/has a disk at scsi1/);
    await converges("- qm: { vmid: 123, disks: [{ slot: scsi0 }], detach: true }", world);
    expect(conf(world, 123)).toContain("unused0: local:123/vm-123-disk-0.raw");
  });

  test("another key of cloud-init changes that alone, and the image is made anew", async () => {
    const { world } = await converges(TEMPLATE.replace("template: true", "state: stopped"));
    const other = KEY.replace("user@host one", "other");
    const before = conf(world, 9000);
    const { run } = await converges(
      `- qm: { vmid: 9000, state: stopped, cloudinit: { sshkeys: ["${other}", "${KEY}"], password: another1 } }`,
      world,
    );
    expect(commands(run)).toHaveLength(2);
    expect(commands(run)[1]).toContain("qm cloudinit update 9000");
    const lines = (text: string) => text.split("\n").filter((line) => !line.startsWith("sshkeys"));
    expect(lines(conf(world, 9000))).toEqual(lines(before));
    expect(shell(world, "qm cloudinit dump 9000 user").text).toContain(`  - ${other}\n`);
    // Which key comes first makes no difference.
    const turned = await play(
      world,
      `- qm: { vmid: 9000, state: stopped, cloudinit: { sshkeys: ["${KEY}", "${other}"] } }`,
    );
    expect(turned.results[0]?.status).toBe("ok");
  });

  test("starts, stops and restarts", async () => {
    const world = await cloned();
    const pid = () => shell(world, "cat /run/qemu-server/123.pid").text;
    const first = pid();
    await converges("- qm: { vmid: 123, state: stopped }", world);
    await converges("- qm: { vmid: 123 }", world);
    expect(pid()).not.toBe(first);
    const second = pid();
    const restarted = await play(world, "- qm: { vmid: 123, state: restarted }");
    expect(restarted.results[0]?.status).toBe("changed");
    expect(pid()).not.toBe(second);
    // No system, nobody who heeds the power button.
    await converges("- qm: { vmid: 130, disks: [{ slot: scsi0, storage: local, size: 1G }], timeout: 5 }", world);
    const deaf = await play(world, "- qm: { vmid: 130, state: stopped, timeout: 5 }");
    expect(deaf.results[0]?.reason).toMatch(/got timeout/);
    await converges("- qm: { vmid: 130, state: stopped, timeout: 5, force: true }", world);
  });

  test("what cannot be is refused, and nothing has changed", async () => {
    const world = await cloned();
    shell(world, "pct create 140 local:vztmpl/none.tar.gz");
    world.host("h1").files["/etc/pve/nodes/h1/lxc/140.conf"] = {
      type: "file",
      mode: "0640",
      uid: 0,
      gid: 33,
      mtime: 1,
      content: "hostname: box\n",
    };
    const before = world.state();
    const refused: readonly (readonly [RegExp, string])[] = [
      [/140 is a container on node h1/, "vmid: 140"],
      [/no bridge vmbr9/, "vmid: 150, nets: [{ slot: net0, bridge: vmbr9 }]"],
      [/there is no storage nope/, "vmid: 150, disks: [{ slot: scsi0, storage: nope, size: 1G }]"],
      [/say on which storage/, "vmid: 150, disks: [{ slot: scsi0, size: 1G }]"],
      [/say its size, or import_from/, "vmid: 150, disks: [{ slot: scsi0, storage: local }]"],
      [/is no image on the node/, "vmid: 150, disks: [{ slot: scsi0, storage: local, import_from: /srv/none.qcow2 }]"],
      [
        /is a disk of 2G: scsi0 cannot be 1G/,
        `vmid: 150, disks: [{ slot: scsi0, storage: local, size: 1G, import_from: ${IMAGE} }]`,
      ],
      [/there is no virtual machine 151/, "vmid: 150, clone: { from: 151 }"],
      [/is no template, so that a clone is a full copy/, "vmid: 150, clone: { from: 123, full: false }"],
      [/is on local-zfs, and is not moved to local/, "vmid: 123, disks: [{ slot: scsi0, storage: local }]"],
      [/cloud-init drive of virtual machine 123 \(ide2\) is on local-zfs/, "vmid: 123, cloudinit: { storage: local }"],
      [/there is a CD drive/, "vmid: 123, disks: [{ slot: scsi0 }, { slot: ide2, storage: local, size: 1G }]"],
      [/runs and cannot become a template/, "vmid: 123, template: true, state: present"],
      [/is a template, and stays one/, "vmid: 9000, template: false"],
      [/is a template and cannot be started/, "vmid: 9000, state: started"],
    ];
    for (const [why, params] of refused) {
      const run = await play(world, `- qm: { ${params} }`);
      expect([params, run.results[0]?.status]).toEqual([params, "failed"]);
      expect(run.results[0]?.reason).toMatch(why);
    }
    expect(world.state()).toBe(before);
  });
});
