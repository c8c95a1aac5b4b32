import fc from "fast-check";
import { expect, test } from "vitest";
import { stringify } from "yaml";
import { keepBytes } from "../../engine/sim/files/node.ts";
import { newHost } from "../../engine/sim/host/new-host.ts";
import { runWords } from "../../engine/sim/interpret/interpret-exec.ts";
import { qcow2Image } from "../../engine/sim/pve/storage/disk-image.ts";
import type { Node } from "../../engine/sim/world.ts";
import { rootSession } from "../support/recorded-node.ts";
import { runSite, tasksSite } from "../support/run-site.ts";
import { createWorld } from "../support/world.ts";

/**
 * From whatever state, to whatever state: the check tells what the run does, no task fails, and a second run changes
 * nothing. What a machine was before is made with options that `qm` itself takes.
 */
const IMAGE = "/var/lib/vz/import/image.qcow2";
const option = fc.constantFrom(
  ["--memory", "current=300"],
  ["--cores", "2"],
  ["--cpu", "flags=+aes,cputype=host"],
  ["--onboot", "yes"],
  ["--tags", "b;A"],
  ["--description", "old"],
  ["--startup", "up=5,order=2"],
  ["--agent", "fstrim_cloned_disks=1,enabled=1"],
  ["--vga", "std"],
  ["--serial0", "socket"],
  ["--name", "old"],
  ["--balloon", "0"],
  ["--net0", "virtio,bridge=vmbr0"],
  ["--net1", "e1000=02:00:00:00:00:0b,bridge=vmbr0,firewall=1,queues=2"],
  ["--scsi0", `local:0,import-from=${IMAGE},discard=on`],
  ["--scsi1", "local-zfs:1,backup=0"],
  ["--ide2", "local:cloudinit"],
  ["--ciuser", "old"],
  ["--ipconfig0", "gw=192.0.2.1,ip=192.0.2.9/24"],
  ["--nameserver", "192.0.2.1,192.0.2.2"],
  ["--usb0", "host=1234:5678"],
  ["--hostpci0", "01:00.0"],
  ["--hotplug", "network"],
);
const gone = fc.constantFrom("cores", "tags", "net1", "ipconfig0", "usb0", "vga", "onboot", "serial0", "name");
const start = fc.record({
  options: fc.uniqueArray(option, { maxLength: 9, selector: ([name]) => name ?? "" }),
  running: fc.boolean(),
  later: fc.uniqueArray(option, { maxLength: 4, selector: ([name]) => name ?? "" }),
  deleted: fc.uniqueArray(gone, { maxLength: 2 }),
});

const some = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 2 });
const disk = fc.oneof(
  fc.record(
    {
      slot: fc.constant("scsi0"),
      import_from: fc.constant(IMAGE),
      storage: fc.constant("local"),
      size: fc.constantFrom("2G", "3G"),
      discard: fc.boolean(),
      cache: fc.constant("writeback"),
    },
    { requiredKeys: ["slot", "import_from", "storage"] },
  ),
  fc.record(
    {
      slot: fc.constantFrom("scsi1", "virtio0"),
      storage: fc.constant("local-zfs"),
      size: fc.constantFrom("1G", "2G"),
      backup: fc.boolean(),
      replicate: fc.boolean(),
    },
    { requiredKeys: ["slot", "storage", "size"] },
  ),
);
const net = fc.record(
  {
    slot: fc.constantFrom("net0", "net1"),
    bridge: fc.constant("vmbr0"),
    model: fc.constantFrom("virtio", "e1000"),
    firewall: fc.boolean(),
    link_down: fc.boolean(),
    tag: fc.constant(7),
  },
  { requiredKeys: ["slot", "bridge"] },
);
const bySlot = ({ slot }: { readonly slot: string }) => slot;
const wanted = fc.record({
  state: fc.constantFrom("started", "stopped", "present"),
  restart: some(fc.constantFrom("never", "if_needed")),
  name: some(fc.constantFrom("new", "old")),
  memory: some(fc.constantFrom(300, 512, 1024)),
  cores: some(fc.constantFrom(1, 2)),
  cpu: some(fc.constantFrom("host,flags=+aes", "x86-64-v2-AES")),
  agent: some(fc.boolean()),
  vga: some(fc.constantFrom("std", "serial0")),
  serial: some(fc.constantFrom("socket", "")),
  onboot: some(fc.boolean()),
  tags: some(fc.constantFrom([], ["a", "B"], "x")),
  description: some(fc.constantFrom("", "old", "two\nlines: 100%")),
  startup: some(fc.constantFrom("", { order: 2, up: 5 })),
  disks: some(fc.uniqueArray(disk, { maxLength: 3, selector: bySlot })),
  nets: some(fc.uniqueArray(net, { maxLength: 2, selector: bySlot })),
  usb: some(fc.constantFrom([], [{ slot: "usb0", host: "1234:5678", usb3: true }])),
  hostpci: some(fc.constantFrom([], [{ slot: "hostpci0", host: "01:00.0" }])),
  cloudinit: some(
    fc.record(
      {
        storage: fc.constant("local"),
        user: fc.constantFrom("old", "new"),
        ipconfig: fc.constantFrom([], [{ net: "net0", ip: "dhcp" }]),
        nameserver: fc.constantFrom("", "192.0.2.1 192.0.2.2"),
        sshkeys: fc.constantFrom([], ["ssh-ed25519 AAAA a"]),
        password: fc.constant("secret12"),
      },
      { requiredKeys: [] },
    ),
  ),
});

type Start = typeof start extends fc.Arbitrary<infer T> ? T : never;
function startWorld({ options, running, later, deleted }: Start) {
  const host = newHost({ kind: "proxmox", name: "h1" });
  const common = { uid: 0, gid: 0, mtime: 1 };
  host.files["/var/lib/vz/import"] = { type: "directory", mode: "0755", ...common };
  host.files[IMAGE] = { type: "file", mode: "0644", ...common, ...keepBytes(qcow2Image(2 * 1024 ** 3)) } as Node;
  const session = rootSession(host);
  // What the tool refuses (a drive for cloud-init twice, say) is no start to make.
  const qm = (...words: readonly string[]) => runWords(session, ["qm", ...words], {});
  qm("create", "101", ...options.flat());
  if (running) qm("start", "101");
  for (const words of later) qm("set", "101", ...words);
  for (const key of deleted) qm("set", "101", "--delete", key);
  return createWorld({}, { h1: host });
}

test("from any state to any other", { timeout: 300_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(start, wanted, async (from, params) => {
      const world = startWorld(from);
      const said = Object.fromEntries(Object.entries(params).filter(([, value]) => value !== undefined));
      const task = { qm: { vmid: 101, detach: true, force: true, timeout: 5, ...said } };
      const files = tasksSite(stringify([task]).trimEnd());
      const check = await runSite({ files, world, check: true });
      expect(check.diagnostics).toEqual([]);
      expect(check.after).toBe(check.before);
      const run = await runSite({ files, world });
      const [foretold] = check.results;
      const [done] = run.results;
      if (foretold?.status === "failed") {
        expect([done?.status, done?.reason]).toEqual(["failed", foretold.reason]);
        expect(run.after).toBe(run.before);
        return;
      }
      expect(done?.reason ?? null).toBeNull();
      expect([done?.status, done?.before, done?.after, done?.steps]).toEqual([
        foretold?.status,
        foretold?.before,
        foretold?.after,
        foretold?.steps,
      ]);
      const again = await runSite({ files, world });
      expect([again.results[0]?.status, again.results[0]?.reason ?? null]).toEqual(["ok", null]);
      expect(again.after).toBe(again.before);
    }),
    { numRuns: Number(process.env.LAB_RANDOM_STATES ?? 40) },
  );
});
