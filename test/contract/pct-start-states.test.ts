import fc from "fast-check";
import { expect, test } from "vitest";
import { embeddedNode } from "../support/embedded-node.ts";
import type { Scenario } from "../support/scenario.ts";
import { findGround, runScenario } from "../support/scenario-run.ts";

/**
 * From whatever state, to whatever state: the check tells what the run does, no task fails, and a second run changes
 * nothing. What a container was before is made with options that `pct` itself takes.
 */
const ID = "{{ scenario_vmid }}";
const CREATE = `pct create ${ID} {{ scenario_template }} --rootfs {{ scenario_storage }}:1 --unprivileged 1`;

const option = fc.constantFrom(
  "--memory 300",
  "--swap 0",
  "--cores 2",
  "--cpulimit 1.50",
  "--onboot yes",
  "--tags b,A",
  "--description old",
  "--startup up=5,order=2",
  "--features keyctl=1,nesting=on",
  "--nameserver 192.0.2.1",
  "--timezone UTC",
  "--tty 0",
  "--console 0",
  "--net0 bridge=vmbr0,name=eth0,ip=dhcp",
  "--net1 name=eth1,bridge=vmbr0,hwaddr=02:00:00:00:00:0b,firewall=1,ip=192.0.2.9/24",
  "--net3 name=eth3,bridge=vmbr1",
  "--mp0 /srv,mp=/a",
  "--mp1 mp=b/,volume=/opt,ro=yes",
  "--mp4 {{ scenario_storage }}:1,mp=/data",
  "--dev0 /dev/fuse",
  "--dev3 gid=5,path=/dev/null",
  "--hostname old",
);
const gone = fc.constantFrom("cores", "tags", "features", "net1", "mp0", "timezone", "dev0", "nameserver", "onboot");
const start = fc
  .record({
    options: fc.uniqueArray(option, { maxLength: 7, selector: (text) => text.split(" ")[0] ?? text }),
    running: fc.boolean(),
    later: fc.uniqueArray(option, { maxLength: 4, selector: (text) => text.split(" ")[0] ?? text }),
    deleted: fc.uniqueArray(gone, { maxLength: 2 }),
  })
  .map(({ options, running, later, deleted }) => [
    [CREATE, ...options].join(" "),
    ...(running ? [`pct start ${ID}`] : []),
    // One by one: a volume that is there is not asked for again.
    ...later.filter((text) => !options.includes(text) || !text.includes(":1,")).map((text) => `pct set ${ID} ${text}`),
    ...deleted.map((key) => `pct set ${ID} --delete ${key}`),
  ]);

const some = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 2 });
const net = fc.record(
  {
    name: fc.constantFrom("eth0", "eth1", "lan0"),
    bridge: fc.constantFrom("vmbr0", "vmbr1"),
    ip: fc.constantFrom("dhcp", "192.0.2.9/24", "manual"),
    firewall: fc.boolean(),
    mtu: fc.constant(1400),
    link_down: fc.boolean(),
  },
  { requiredKeys: ["name", "bridge"] },
);
const mount = fc.oneof(
  fc.record(
    {
      target: fc.constantFrom("/a", "/b", "/c"),
      source: fc.constantFrom("/srv", "/opt"),
      ro: fc.boolean(),
      backup: fc.boolean(),
    },
    { requiredKeys: ["target", "source"] },
  ),
  fc.record(
    {
      target: fc.constant("/data"),
      storage: fc.constant("{{ scenario_storage }}"),
      size: fc.constantFrom("1G", "2G"),
      acl: fc.boolean(),
    },
    { requiredKeys: ["target", "storage", "size"] },
  ),
);
const wanted = fc.record({
  state: fc.constantFrom("present", "started", "stopped"),
  restart: some(fc.constantFrom("never", "if_needed")),
  detach: fc.constant(true),
  force: fc.constant(true),
  timeout: fc.constant(10),
  memory: some(fc.constantFrom(300, 512)),
  swap: some(fc.constantFrom(0, 512)),
  cores: some(fc.constantFrom("all", 1)),
  cpulimit: some(fc.constantFrom(0, 1.5)),
  onboot: some(fc.boolean()),
  tags: some(fc.constantFrom([], ["a", "B"])),
  description: some(fc.constantFrom("", "old", "new\nlines")),
  startup: some(fc.constantFrom({}, { order: 2, up: 5 })),
  features: some(fc.constantFrom({}, { nesting: true }, { nesting: true, keyctl: true })),
  nameserver: some(fc.constantFrom([], ["192.0.2.1"])),
  timezone: some(fc.constantFrom("", "UTC", "host")),
  tty: some(fc.constantFrom(0, 2)),
  console: some(fc.boolean()),
  hostname: some(fc.constantFrom("old", "new")),
  rootfs: some(fc.constantFrom({ size: "1G" }, { size: "2G", mountoptions: ["noatime"] }, { ro: false })),
  nets: some(fc.uniqueArray(net, { maxLength: 3, selector: ({ name }) => name })),
  mounts: some(fc.uniqueArray(mount, { maxLength: 3, selector: ({ target }) => target })),
  devices: some(fc.constantFrom([], ["/dev/fuse"], [{ path: "/dev/null", gid: 5 }, "/dev/net/tun"])),
});

test.each(["local", "btr", "local-zfs"])("from any state to any other, on %s", async (storage) => {
  const player = embeddedNode(storage);
  const ground = await findGround(player);
  await fc.assert(
    fc.asyncProperty(start, wanted, async (start, wanted) => {
      const named = Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== undefined));
      const scenario: Scenario = {
        file: "any",
        name: "any",
        needs: {},
        start: start.map((text) => text.match(/(?:\{\{.*?\}\}|\S)+/g) ?? []),
        play: [{ name: "the container", pct: { vmid: ID, ...named } }],
        expect: { status: { present: undefined, started: "running", stopped: "stopped" }[wanted.state] as "running" },
      };
      const verdict = await runScenario(scenario, player, ground);
      expect(verdict).toEqual({ kind: "passed" });
    }),
    { numRuns: Number(process.env.LAB_RANDOM_STATES ?? 12) },
  );
});
