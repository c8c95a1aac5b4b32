import { describe, expect, test } from "vitest";
import type { Step } from "../../../engine/ops/ir.ts";
import { pct } from "../../../modules/pct/index.ts";
import { CREATED, INDEX, pctAnswers } from "../../support/pct-answers.ts";
import { changeOf, commandsOf, exec, planOf, problemsOf, stat } from "../../support/plan-module.ts";

const VOLUME = "local:vztmpl/debian-12-standard_12.7-1_amd64.tar.zst";
const base = { vmid: 101, state: "present", template: "debian-12" };
const none = pctAnswers(null);

test.each<[name: string, raw: object, argv: string]>([
  ["as little as there can be", {}, ""],
  ["privileged", { unprivileged: false }, "-"],
  [
    "note 000's container",
    {
      hostname: "syncthing-srv",
      cores: 1,
      memory: 512,
      nets: [{ name: "eth0", bridge: "vmbr0", ip: "dhcp" }],
      storage: "local-zfs",
      unprivileged: true,
      features: { nesting: true },
    },
    "--hostname syncthing-srv --cores 1 --memory 512 --features nesting=1 --net0 name=eth0,bridge=vmbr0,ip=dhcp --storage local-zfs",
  ],
  ["a root file system", { rootfs: { storage: "local-zfs", size: "8G", ro: false } }, "--rootfs local-zfs:8,ro=0"],
  [
    "a small one, on the storage of the container",
    { storage: "btr", rootfs: { size: "102M" } },
    "--rootfs btr:0.099609375",
  ],
  [
    "mounts, which want a root file system that is named",
    {
      mounts: [
        { target: "/m", source: "/srv/bind" },
        { target: "/d", storage: "local", size: 2 },
      ],
    },
    "--mp0 /srv/bind,mp=/m --mp1 local:2,mp=/d --rootfs local:4",
  ],
  [
    "what equals a default is said all the same",
    { memory: 512, swap: 0, onboot: false },
    "--memory 512 --swap 0 --onboot 0",
  ],
  ["what is empty is not", { tags: [], features: {}, description: "", cores: "all", nets: [], mounts: [] }, ""],
  [
    "all kinds of keys",
    {
      description: "a\nb",
      tags: "x y",
      startup: "order=1,up=2",
      nameserver: ["1.1.1.1", "fe80::1%eth0"],
      searchdomain: "a.test",
      timezone: "host",
      protection: true,
      ostype: "debian",
      arch: "amd64",
      tty: 3,
      console: false,
      cmode: "shell",
      cpulimit: 1.5,
      cpuunits: 200,
      hookscript: "local:snippets/x.pl",
      devices: [{ path: "/dev/dri/renderD128", gid: 104, mode: "0666", deny_write: true }],
    },
    "--cpulimit 1.5 --cpuunits 200 --tags x;y --description a\nb --startup order=1,up=2 --nameserver 1.1.1.1 fe80::1%eth0 --searchdomain a.test --timezone host --protection 1 --arch amd64 --ostype debian --tty 3 --console 0 --cmode shell --hookscript local:snippets/x.pl --dev0 /dev/dri/renderD128,deny-write=1,gid=104,mode=0666",
  ],
])("create: %s", (_, raw, argv) => {
  const [head, unprivileged] = argv === "-" ? ["", "0"] : [argv, "1"];
  expect(commandsOf(changeOf(pct, { ...base, ...raw }, none).steps)).toEqual([
    ["pct create 101", VOLUME, ...(head === "" ? [] : [head]), "--unprivileged", unprivileged].join(" "),
  ]);
});

test("password and keys never stand in a command line", () => {
  const raw = {
    ...base,
    password: "secret12",
    ssh_public_keys: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOtD0DSue8IUv6HKgF7TFtf1UB0HJbelT6br0P6ghtOU a@b\n\n# c\n",
  };
  const [step] = changeOf(pct, raw, none).steps;
  expect(JSON.stringify(wordsOf(step))).not.toContain("secret12");
  expect(wordsOf(step).slice(-3)).toEqual([
    "--ssh-public-keys",
    "file:ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOtD0DSue8IUv6HKgF7TFtf1UB0HJbelT6br0P6ghtOU a@b\n",
    "--password",
  ]);
  expect(step).toMatchObject({ stdin: expect.objectContaining({}) });
  expect(stdinOf(step)).toBe("secret12\nsecret12\n");
});

test("started: it runs afterwards, and a restart is not done twice", () => {
  const plan = changeOf(pct, { ...base, state: "restarted" }, none);
  expect(commandsOf(plan.steps).at(-1)).toBe("pct start 101");
  expect([plan.did, plan.before.status, plan.after.status]).toEqual([["restarted"], "absent", "running"]);
});

describe("template", () => {
  const stepsFor = (template: string | undefined, more: object) =>
    commandsOf(changeOf(pct, { ...base, template }, pctAnswers(null, { ...more })).steps);
  test("the newest on the disk, a download, an index first", () => {
    expect(stepsFor("debian", {})).toEqual([`pct create 101 ${VOLUME} --unprivileged 1`]);
    expect(stepsFor("debian-12", { templates: [] })).toEqual([
      "pveam download local debian-12-standard_12.7-1_amd64.tar.zst",
      `pct create 101 ${VOLUME} --unprivileged 1`,
    ]);
    const asked = changeOf(pct, base, pctAnswers(null, { templates: null, offered: null }));
    expect([commandsOf(asked.steps), asked.again]).toEqual([["pveam update"], true]);
  });
  test("a volume and a path", () => {
    expect(stepsFor(VOLUME, {})).toEqual([`pct create 101 ${VOLUME} --unprivileged 1`]);
    expect(stepsFor("/root/t.tar.zst", { archive: stat() })).toEqual([
      "pct create 101 /root/t.tar.zst --unprivileged 1",
    ]);
  });
  test.each([
    ["plan9", {}, /no template begins with "plan9"/],
    ["local:vztmpl/nope.tar.zst", {}, /no template local:vztmpl\/nope/],
    ["local:iso/x.iso", {}, /is no template/],
    ["nostore:vztmpl/x.tar.zst", { templates: null }, /nostore is not there/],
    ["/root/none.tar", { archive: null }, /no template \/root\/none.tar/],
    [undefined, {}, /no template to make it from/],
  ])("%s is refused", (template, more, why) => {
    expect(planOf(pct, { ...base, template }, pctAnswers(null, more))).toMatchObject({
      kind: "refuse",
      why: expect.stringMatching(why),
    });
  });
  test("a template storage that keeps none", () => {
    const raw = { ...base, template_storage: "local-zfs" };
    expect(planOf(pct, raw, none)).toMatchObject({
      kind: "refuse",
      why: expect.stringContaining("keeps no templates"),
    });
    expect(INDEX).toContain("debian-12-standard");
  });
});

test.each([
  [{ storage: "nowhere" }, /there is no storage nowhere/],
  [{ storage: "nocont" }, /nocont takes no volumes/],
  [{ rootfs: { storage: "nocont", size: "1G" } }, /nocont takes no volumes/],
  [{ storage: "nocont", rootfs: { storage: "btr" } }, null],
])("the storage of %j", (raw, why) => {
  const plan = planOf(pct, { ...base, ...raw }, none);
  if (why === null) expect(plan.kind).toBe("change");
  else
    expect(plan).toMatchObject({
      kind: "refuse",
      why: expect.stringMatching(why),
      hint: expect.stringContaining("btr"),
    });
});

test("a clone, and what is left to change is seen in it", () => {
  const raw = {
    vmid: 110,
    clone: { from: 101, full: true, storage: "local", snapshot: "s1" },
    hostname: "copy",
    memory: 700,
  };
  const plan = changeOf(pct, raw, { ...none, original: `${CREATED}\n[s1]\nmemory: 1\n` });
  expect([commandsOf(plan.steps), plan.again]).toEqual([
    ["pct clone 101 110 --hostname copy --snapname s1 --full 1 --storage local"],
    true,
  ]);
  expect(planOf(pct, raw, { ...none, original: CREATED })).toMatchObject({ why: "container 101 has no snapshot s1" });
  expect(planOf(pct, raw, none)).toMatchObject({ why: "there is no container 101 on this node to clone" });
  const privileged = { ...raw, clone: { from: 101 }, unprivileged: false };
  expect(planOf(pct, privileged, { ...none, original: CREATED })).toMatchObject({ kind: "refuse" });
});

test.each<[why: RegExp, clone: object, original: string, running?: boolean]>([
  [/is locked \(backup\)/, {}, `${CREATED}lock: backup\n`],
  [/is running, and only a stopped one/, {}, CREATED, true],
  [/has \/srv of the node mounted at \/mnt/, {}, `${CREATED}mp0: /srv,mp=/mnt\n`],
  [/has \/srv of the node/, { snapshot: "s1" }, `${CREATED}\n[s1]\nmp0: /srv,mp=/mnt\n`],
  [/only of one can a clone be linked/, { full: false }, CREATED],
  [/is linked to it and stays/, { storage: "local" }, `${CREATED}template: 1\n`],
])("a clone is refused before it begins: %s", (why, clone, original, running = false) => {
  const originalState = exec(`State: ${running ? "RUNNING" : "STOPPED"}\n`);
  const plan = planOf(pct, { vmid: 110, clone: { from: 101, ...clone } }, { ...none, original, originalState });
  expect(plan).toMatchObject({ kind: "refuse", why: expect.stringMatching(why) });
});

test.each([
  [{}, `${CREATED}template: 1\n`, false],
  [{ snapshot: "s1" }, `${CREATED}mp0: /srv,mp=/mnt\n\n[s1]\nmemory: 1\n`, true],
])("a clone %j that can be made", (clone, original, running) => {
  const originalState = exec(`State: ${running ? "RUNNING" : "STOPPED"}\n`);
  const plan = changeOf(pct, { vmid: 110, clone: { from: 101, ...clone } }, { ...none, original, originalState });
  expect(plan.steps).toHaveLength(1);
});

const net = (some: object) => ({ nets: [{ name: "eth0", ...some }] });
const mount = (some: object) => ({ mounts: [{ target: "/m", source: "/srv/bind", ...some }] });
test.each<[problem: RegExp, raw: object]>([
  [/^cpulimit: expected a number of cores/, { cpulimit: 1e-7 }],
  [/^nets.0.rate: expected a number of MB/, net({ rate: 1e-7 })],
  [/^nets.0.trunks: expected VLANs/, net({ trunks: "0x10" })],
  [/^nets.0.mtu: expected a whole number from 64 to 65535/, net({ mtu: 1e9 })],
  [/^timeout: expected a time limit: whole seconds.* from 1 to 7200 seconds/, { timeout: 0 }],
  [/^devices.0.uid: expected a whole number from 0 to 65534/, { devices: [{ path: "/dev/fuse", uid: 70_000 }] }],
  [/^nets.0.ip: expected/, net({ ip: "192.0.2.1/7" })],
  [/^nets.0.ip6: expected/, net({ ip6: "2001:db8::1/4" })],
  [/^nameserver: expected IP/, { nameserver: "192.0.2.1%eth0" }],
  [/^nameserver: expected IP/, { nameserver: "2001:db8::1%eth0" }],
  [/^timezone: there is no/, { timezone: "europe/vienna" }],
  [/^timezone: expected/, { timezone: "+05" }],
  [/^mounts.0.source: .*ASCII/, mount({ source: "/srv/Öl" })],
  [/^mounts.0.target: .*ASCII/, mount({ target: "/öl" })],
  [/^devices.0.path: .*ASCII/, { devices: [{ path: "/dev/ö" }] }],
  [/^template/, { template: "local:vztmpl/ö.tar.gz" }],
  [/^hookscript/, { hookscript: "local:snippets/a/b.pl" }],
  [/^ssh_public_keys: .*damaged/, { ssh_public_keys: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOtD0DSue8IUv6 x" }],
  [
    /^ssh_public_keys: .*damaged/,
    { ssh_public_keys: "ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIOtD0DSue8IUv6HKgF7TFtf1UB0HJbelT6br0P6ghtOU" },
  ],
  [/ssh_public_keys: .*private key/, { ssh_public_keys: "-----BEGIN OPENSSH PRIVATE KEY-----" }],
  [/^vmid: .*begin at 100/, { vmid: 99 }],
  [/^vmid: .*999999999/, { vmid: 1e9 }],
  [/^vmid: expected the id/, { vmid: "101" }],
  [/^memory: expected a whole number of MiB, at least 16/, { memory: 8 }],
  [/^memory: expected a whole number of MiB/, { memory: "1G" }],
  [/^memory/, { memory: 512.5 }],
  [/^swap/, { swap: -1 }],
  [/^cores/, { cores: 0 }],
  [/^cpulimit/, { cpulimit: 9000 }],
  [/^cpuunits/, { cpuunits: 500_001 }],
  [/^hostname: expected a DNS name/, { hostname: "a_b" }],
  [/^hostname/, { hostname: "" }],
  [/^hostname/, { hostname: "-x" }],
  [/^hostname/, { hostname: "a\nb" }],
  [/^template/, { template: "--force" }],
  [/^template/, { template: "/a/../b" }],
  [/^template/, { template: "a b" }],
  [/^storage/, { storage: "-x" }],
  [/^rootfs.size: "8" is no size/, { rootfs: { size: "8" } }],
  [/^rootfs.size/, { rootfs: { size: "-1G" } }],
  [/^rootfs.size: .*whole number of MiB/, { rootfs: { size: "1K" } }],
  [/^rootfs.mountoptions/, { rootfs: { mountoptions: "rw" } }],
  [/^rootfs: /, { rootfs: "8G" }],
  [/^nets.0.name/, { nets: [{ name: "eth0,bridge=x" }] }],
  [/^nets.1.name: two networks are called eth0/, { nets: [{ name: "eth0" }, { name: "eth0" }] }],
  [
    /^nets.1.hwaddr/,
    {
      nets: [
        { name: "eth0", hwaddr: "BC:24:11:00:00:01" },
        { name: "eth1", hwaddr: "bc:24:11:00:00:01" },
      ],
    },
  ],
  [/^nets.0.hwaddr/, net({ hwaddr: "01:00:00:00:00:01" })],
  [/^nets.0.ip: expected dhcp, manual, or an address with its prefix/, net({ ip: "192.168.1.5" })],
  [/^nets.0.gw: with ip: dhcp/, net({ ip: "dhcp", gw: "192.168.1.1" })],
  [/^nets.0.gw: a gateway goes with/, net({ gw: "192.168.1.1" })],
  [/^nets.0.gw6/, net({ ip6: "auto", gw6: "fe80::1" })],
  [/^nets.0.bridge/, net({ bridge: "vmbr0,tag=5" })],
  [/^nets.0.mtu/, net({ mtu: 60 })],
  [/^nets.0.tag/, net({ tag: 0 })],
  [/^nets.0.trunks/, net({ trunks: "1;5000" })],
  [/nets.0: .*"vlan"/, net({ vlan: 5 })],
  [/^nets: expected a list/, { nets: { name: "eth0" } }],
  [/^mounts.0.target: .*absolute/, mount({ target: "mnt/a" })],
  [/^mounts.0.target: .*`\.\.`/, mount({ target: "/mnt/../a" })],
  [/^mounts.0.target: .*comma/, mount({ target: "/m,ro=0" })],
  [/^mounts.0.target/, mount({ target: "/m\nlxc.cap.drop: x" })],
  [/^mounts.0.target: \/ is rootfs/, mount({ target: "//" })],
  [
    /^mounts.1.target: two mounts are at \/m/,
    {
      mounts: [
        { target: "/m", source: "/a" },
        { target: "/m/", source: "/b" },
      ],
    },
  ],
  [/^mounts.0.source: source and storage/, mount({ storage: "local", size: "1G" })],
  [/^mounts.0.size/, mount({ size: "1G" })],
  [/^mounts.0.source: say what to mount/, { mounts: [{ target: "/m" }] }],
  [/^mounts.0.source/, mount({ source: "srv/bind" })],
  [/^mounts.0.source/, mount({ source: "/srv/a,mp=/etc" })],
  [/^mounts.0.mountoptions.0/, mount({ mountoptions: ["noatime,ro=1"] })],
  [/^mounts.0.type: this is a bind/, mount({ type: "volume" })],
  [/^devices.0/, { devices: ["/etc/passwd"] }],
  [/^devices.0/, { devices: [{ path: "/dev/a,mode=0666" }] }],
  [/^devices.0/, { devices: [{ path: "/dev/a", mode: "666" }] }],
  [/^devices.0/, { devices: [{ path: "/dev/a", gid: "video" }] }],
  [/^devices.1.path/, { devices: ["/dev/a", "/dev/a"] }],
  [/features: .*"bogus"/, { features: { bogus: true } }],
  [/^features.mount/, { features: { mount: ["nfs;cifs=1"] } }],
  [/^tags/, { tags: ["a b!"] }],
  [/^description/, { description: "x".repeat(8192) }],
  [/^startup/, { startup: "any" }],
  [/^startup/, { startup: { order: -1 } }],
  [/^nameserver/, { nameserver: "foo" }],
  [/^searchdomain/, { searchdomain: "a_b" }],
  [/^timezone/, { timezone: "Mars Base" }],
  [/^timezone: there is no such time zone/, { timezone: "Mars/Base" }],
  [/^arch/, { arch: "x86_64" }],
  [/^ostype/, { ostype: "redhat" }],
  [/^tty/, { tty: 7 }],
  [/^cmode/, { cmode: "foo" }],
  [/^hookscript/, { hookscript: "/root/x.pl" }],
  [/^ssh_public_keys/, { ssh_public_keys: "not a key" }],
  [/^password/, { password: "abc" }],
  [/^password/, { password: "abc\ndef" }],
  [/^clone: template and clone/, { clone: { from: 102 } }],
  [/^clone: .*itself/, { template: undefined, clone: { from: 101 } }],
  [/^clone.from/, { clone: { from: 1 } }],
  [/^timeout/, { timeout: 0 }],
  [/^restart/, { restart: "always" }],
  [/^state/, { state: "running" }],
  [/"memroy"/, { memroy: 512 }],
])("bad input: %s", (problem, raw) => {
  expect(problemsOf(pct, { ...base, ...raw }).join("\n")).toMatch(problem);
});

function wordsOf(step: Step | undefined): readonly string[] {
  if (step?.kind !== "exec") return [];
  return step.argv.map((word) => (typeof word === "string" ? word : `file:${word.content.reveal()}`));
}
function stdinOf(step: Step | undefined): string | undefined {
  const stdin = step?.kind === "exec" ? step.stdin : undefined;
  return typeof stdin === "object" && "reveal" in stdin ? stdin.reveal() : undefined;
}
