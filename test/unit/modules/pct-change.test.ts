import { expect, test } from "vitest";
import { pveDigest } from "../../../engine/formats/pve-digest.ts";
import { pct } from "../../../modules/pct/index.ts";
import { CREATED, pctAnswers } from "../../support/pct-answers.ts";
import { changeOf, commandsOf, exec, planOf, problemsOf, resultOf, stat } from "../../support/plan-module.ts";

const base = { vmid: 101, state: "present" };
const digest = (conf: string) => `--digest ${pveDigest(conf)}`;
const stepsOf = (raw: object, conf: string, more = {}) =>
  commandsOf(changeOf(pct, { ...base, ...raw }, pctAnswers(conf, more)).steps);
const withLines = (...lines: string[]) => `${CREATED}${lines.map((line) => `${line}\n`).join("")}`;
const eth0 = { name: "eth0", bridge: "vmbr0", ip: "192.168.77.101/24" };

test.each<[name: string, raw: object, conf: string, set: string]>([
  ["memory", { memory: 768 }, CREATED, "--memory 768"],
  ["several keys in one call", { memory: 768, cores: 2, onboot: true }, CREATED, "--cores 2 --memory 768 --onboot 1"],
  ["a key that goes", { cores: "all" }, withLines("cores: 2"), "--delete cores"],
  ["set and delete in one call", { cores: "all", swap: 0 }, withLines("cores: 2"), "--swap 0 --delete cores"],
  ["cpulimit as number", { cpulimit: 1.5 }, withLines("cpulimit: 1"), "--cpulimit 1.5"],
  ["tags", { tags: ["B", "a"] }, withLines("tags: a;c"), "--tags a;b"],
  ["no tags", { tags: [] }, withLines("tags: a"), "--delete tags"],
  ["description", { description: "one\ntwo\n" }, `#one\n${CREATED}`, "--description one\ntwo"],
  ["no description", { description: "" }, `#one\n${CREATED}`, "--delete description"],
  ["features", { features: { nesting: true, keyctl: false } }, withLines("features: keyctl=1"), "--features nesting=1"],
  ["no features", { features: {} }, withLines("features: keyctl=1"), "--delete features"],
  ["startup", { startup: { order: 2, up: 5 } }, withLines("startup: up=5"), "--startup order=2,up=5"],
  ["nameserver", { nameserver: "1.1.1.1, 9.9.9.9" }, CREATED, "--nameserver 1.1.1.1 9.9.9.9"],
  ["timezone", { timezone: "" }, withLines("timezone: UTC"), "--delete timezone"],
  [
    "a net keeps its hardware address",
    { nets: [{ ...eth0, bridge: "vmbr1" }] },
    CREATED,
    "--net0 name=eth0,bridge=vmbr1,hwaddr=BC:24:11:00:01:01,ip=192.168.77.101/24",
  ],
  [
    "a sub-option that should vanish",
    { nets: [eth0] },
    CREATED.replace("ip=192", "gw=192.168.77.1,ip=192"),
    "--net0 name=eth0,bridge=vmbr0,hwaddr=BC:24:11:00:01:01,ip=192.168.77.101/24",
  ],
  ["a net that goes", { nets: [] }, CREATED, "--delete net0"],
  [
    "a net takes the place of one that goes",
    { nets: [{ name: "lan0", bridge: "vmbr0" }] },
    CREATED,
    "--net0 name=lan0,bridge=vmbr0",
  ],
  [
    "a new net takes the lowest free place",
    { nets: [eth0, { name: "eth1", bridge: "vmbr1", tag: 5, firewall: true }] },
    withLines("net2: name=eth2,bridge=vmbr1,hwaddr=BC:24:11:00:01:03,type=veth").replace(
      /net2.*eth2/,
      "net2: name=eth1",
    ),
    "--net2 name=eth1,bridge=vmbr1,firewall=1,hwaddr=BC:24:11:00:01:03,tag=5",
  ],
  [
    "what a newer version knows stays",
    { nets: [{ ...eth0, mtu: 1400 }] },
    CREATED.replace("type=veth", "host-managed=1,type=veth"),
    "--net0 name=eth0,bridge=vmbr0,host-managed=1,hwaddr=BC:24:11:00:01:01,ip=192.168.77.101/24,mtu=1400",
  ],
  ["a bind mount", { mounts: [{ target: "/mnt/a", source: "/srv/bind" }] }, CREATED, "--mp0 /srv/bind,mp=/mnt/a"],
  [
    "mounts are found by target and keep their place",
    { mounts: [{ target: "/mnt/b", source: "/srv/bind2", ro: true }] },
    withLines("mp0: /srv/bind,mp=/mnt/a", "mp3: /srv/bind,mp=/mnt/b,backup=1"),
    "--mp3 /srv/bind2,mp=/mnt/b,ro=1 --delete mp0",
  ],
  [
    "a volume keeps its id, and options may change",
    { mounts: [{ target: "/data", storage: "local", size: "1G", backup: true }] },
    withLines("mp1: local:101/vm-101-disk-1.raw,mp=/data,size=1G"),
    "--mp1 local:101/vm-101-disk-1.raw,mp=/data,backup=1,size=1G",
  ],
  [
    "a new volume, on the storage of the container",
    { storage: "local-zfs", mounts: [{ target: "/data", size: "512M", mountoptions: ["nosuid", "noatime"] }] },
    CREATED,
    "--mp0 local-zfs:0.5,mp=/data,mountoptions=noatime;nosuid",
  ],
  [
    "numbers on the disk, in one order",
    { mounts: [{ target: "/mnt/a", source: "/srv/bind", idmap: "u:3000:3000:200;g:03000:3000:200" }] },
    withLines("mp0: /srv/bind,mp=/mnt/a"),
    "--mp0 /srv/bind,mp=/mnt/a,idmap=g:3000:3000:200;u:3000:3000:200",
  ],
  [
    "numbers of the container's own map again",
    { mounts: [{ target: "/mnt/a", source: "/srv/bind" }] },
    withLines("mp0: /srv/bind,mp=/mnt/a,idmap=passthrough"),
    "--mp0 /srv/bind,mp=/mnt/a",
  ],
  [
    "a volume goes when it may",
    { mounts: [], detach: true },
    withLines("mp1: local:101/vm-101-disk-1.raw,mp=/data,size=1G"),
    "--delete mp1",
  ],
  [
    "options of rootfs, one by one",
    { rootfs: { ro: true, mountoptions: ["noatime"] } },
    CREATED.replace("size=1G", "acl=1,mountoptions=discard,size=1G"),
    "--rootfs local:101/vm-101-disk-0.raw,acl=1,mountoptions=noatime,ro=1,size=1G",
  ],
  [
    "devices",
    { devices: [{ path: "/dev/dri/renderD128", gid: 104 }, "/dev/net/tun"] },
    withLines("dev1: gid=44,path=/dev/dri/renderD128"),
    "--dev1 /dev/dri/renderD128,gid=104 --dev0 /dev/net/tun",
  ],
])("%s", (_, raw, conf, set) => {
  expect(stepsOf(raw, conf)).toEqual([`pct set 101 ${set} ${digest(conf)}`]);
});

test.each<[name: string, raw: object, conf: string]>([
  ["in the order of another", { nets: [{ ip: "192.168.77.101/24", bridge: "vmbr0", name: "eth0" }] }, CREATED],
  ["another spelling of a MAC", { nets: [{ ...eth0, hwaddr: "bc:24:11:00:01:01" }] }, CREATED],
  [
    "another spelling of IPv6",
    { nets: [{ name: "eth0", ip6: "FD00:0:0::5/64", gw6: "fe80::0:1" }] },
    "net0: name=eth0,ip6=fd00:0:0:0:0:0:0:5/64,gw6=FE80::1\n",
  ],
  [
    "options that say nothing",
    { nets: [{ ...eth0, firewall: false }] },
    CREATED.replace("type=veth", "link_down=0,type=veth"),
  ],
  [
    "mount points in other words",
    { mounts: [{ target: "/mnt/a/", source: "/srv/bind", ro: false }] },
    withLines("mp0: mp=mnt/a,volume=/srv/bind/,backup=0,replicate=1"),
  ],
  [
    "numbers on the disk in another order",
    { mounts: [{ target: "/mnt/a", source: "/srv/bind", idmap: "u:3000:3000:200;g:3000:3000:200" }] },
    withLines("mp0: /srv/bind,mp=/mnt/a,idmap=u:3000:3000:200;g:3000:3000:200"),
  ],
  [
    "sizes in other units",
    { mounts: [{ target: "/data", size: "1024M", storage: "local" }], rootfs: { size: 1 } },
    withLines("mp0: local:101/x.raw,mp=/data,size=1048576K"),
  ],
  ["a size that LVM rounded up", { rootfs: { size: "102M" } }, CREATED.replace("size=1G", "size=104M")],
  ["features in other words", { features: { nesting: true } }, withLines("features: nesting=yes,keyctl=0")],
  [
    "devices in other words",
    { devices: [{ path: "/dev/net/tun", mode: "0660", gid: 0 }] },
    withLines("dev3: path=/dev/net/tun,uid=0"),
  ],
  ["tags in another case and order", { tags: "b A" }, withLines("tags: B;a")],
  ["a description that ends in lines", { description: "one\n\n" }, `#one\n${CREATED}`],
  [
    "defaults that are not written",
    {
      onboot: false,
      protection: false,
      tty: 2,
      console: true,
      cmode: "tty",
      cpulimit: 0,
      cores: "all",
      tags: [],
      features: {},
      startup: {},
      nameserver: [],
      timezone: "",
      hookscript: "",
      description: "",
    },
    CREATED,
  ],
  [
    "what other people write by hand",
    {
      memory: 512,
      hostname: "deb",
      cores: 2,
      swap: 64,
      protection: true,
      nameserver: "1.1.1.1 9.9.9.9",
      searchdomain: "a.test",
      description: "says: this",
      startup: { order: 3 },
      timezone: "",
      devices: ["/dev/net/tun"],
    },
    `#says%3A this
arch: amd64
memory: 0999
memory:   0512
hostname: deb\t
cores: 02
  cores: 7
CORES: 9
swap: 64
Some words without a key
protection: YES
nameserver: 1.1.1.1,9.9.9.9;
searchdomain: a.test \r
startup: 3
timezone:
newkey: of PVE 12
dev3: uid=0,path=/dev//net/tun,gid=00
rootfs: local:101/vm-101-disk-0.raw,size=1G
unused0: local:101/vm-101-disk-9.raw
lxc.aa_profile = unconfined

[snap]
memory: 9
`,
  ],
  ["weights that were cut", { cpuunits: 20000 }, withLines("cpuunits: 10000")],
  ["cpulimit with a zero", { cpulimit: 1.5 }, withLines("cpulimit: 1.50")],
  ["switches in words", { onboot: true }, withLines("onboot: yes")],
  ["an empty value", { tags: [], features: {} }, withLines("tags: ", "features:  ")],
  ["unprivileged as it is", { unprivileged: true }, CREATED],
])("means the same: %s", (_, raw, conf) => {
  const plan = changeOf(pct, { ...base, ...raw }, pctAnswers(conf));
  expect(plan.steps).toEqual([]);
});

test.each<[what: string, net: object, is: string, set: string]>([
  ["the address", { hwaddr: "bc:24:11:00:01:01" }, "", "hwaddr=BC:24:11:00:01:01"],
  ["IPv6", { ip6: "2001:0DB8::0:5/64" }, "ip6=2001:db8::5/64,", "ip6=2001:db8::5/64"],
])("what means the same in a net stays as it is written: %s", (_, net, is, set) => {
  const conf = CREATED.replace("ip=192", `${is}ip=192`);
  const [step] = stepsOf({ nets: [{ ...eth0, ...net, firewall: true }] }, conf);
  expect(step).toContain(set);
  expect(stepsOf({ nets: [{ ...eth0, ...net }] }, conf)).toEqual([]);
});

const v1 = "tmpfs /sys/fs/cgroup tmpfs rw 0 0\ncgroup /sys/fs/cgroup/cpu cgroup rw 0 0\n";
const v2 = "cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n";
test.each<[mounts: string, wanted: number, is: number, changes: boolean]>([
  [v1, 1, 2, false],
  [v1, 20_000, 10_000, true],
  [v1, 20_000, 20_000, false],
  [v2, 1, 2, true],
  [v2, 20_000, 10_000, false],
  ["", 1, 2, false],
  ["", 20_000, 10_000, false],
  ["", 300, 10_000, true],
])("weights, cut as the control groups have it: %j", (mounts, cpuunits, is, changes) => {
  const plan = changeOf(pct, { ...base, cpuunits }, pctAnswers(withLines(`cpuunits: ${is}`), { mounts }));
  expect(plan.steps.length > 0).toBe(changes);
});

test("text beyond ASCII goes in a locale that can hold it", () => {
  const [step] = changeOf(pct, { ...base, description: "Gästenetz" }, pctAnswers(CREATED)).steps;
  expect(step).toMatchObject({ env: { LC_ALL: "C.UTF-8" } });
  const [plain] = changeOf(pct, { ...base, description: "guests" }, pctAnswers(CREATED)).steps;
  expect(JSON.stringify(plain)).not.toContain("LC_ALL");
});

test("growing goes through resize, and before the set that names the volume", () => {
  expect(stepsOf({ rootfs: { size: "2G", ro: true } }, CREATED)).toEqual([
    `pct resize 101 rootfs 2G ${digest(CREATED)}`,
    "pct set 101 --rootfs local:101/vm-101-disk-0.raw,ro=1,size=2G",
  ]);
  const conf = withLines("mp1: local:101/x.raw,mp=/data,size=1G");
  expect(stepsOf({ mounts: [{ target: "/data", size: "2G", storage: "local" }] }, conf)).toEqual([
    `pct resize 101 mp1 2G ${digest(conf)}`,
  ]);
  const unknown = CREATED.replace(",size=1G", "");
  const plan = changeOf(pct, { ...base, rootfs: { size: "2G" } }, pctAnswers(unknown));
  expect([commandsOf(plan.steps), plan.again]).toEqual([["pct rescan --vmid 101"], true]);
});

test("a volume has the size that it has now, whatever a pending entry of it says", () => {
  const conf = `${withLines("mp1: local:101/x.raw,mp=/data,size=2G")}\n[pve:pending]\nmp1: local:101/x.raw,mp=/data,acl=0,size=1G\n`;
  const mount = { target: "/data", storage: "local", size: "2G", acl: false };
  expect(stepsOf({ mounts: [mount] }, conf, { running: true })).toEqual([]);
  expect(stepsOf({ mounts: [{ ...mount, size: "3G", ro: true }] }, conf, { running: true })).toEqual([
    `pct resize 101 mp1 3G ${digest(conf)}`,
    "pct set 101 --mp1 local:101/x.raw,mp=/data,acl=0,ro=1,size=3G",
  ]);
});

const pendingConf = (...lines: string[]) => `${CREATED}\n[pve:pending]\n${lines.map((line) => `${line}\n`).join("")}`;
test.each<[name: string, raw: object, conf: string, sets: readonly string[]]>([
  ["pending is what counts", { timezone: "UTC" }, pendingConf("timezone: UTC"), []],
  ["pending alone is reverted, not deleted", { timezone: "" }, pendingConf("timezone: UTC"), ["--revert timezone"]],
  ["what is in force already is reverted", { features: {} }, pendingConf("features: nesting=1"), ["--revert features"]],
  [
    "in force, in another spelling than the one wanted",
    { mounts: [{ target: "/mnt/a", source: "/srv/bind" }] },
    pendingConf("mp0: /srv/bind2,mp=/mnt/a").replace("net0", "mp0: mp=/mnt/a,volume=/srv/bind\nnet0"),
    ["--revert mp0"],
  ],
  ["pending deletion is taken back", { nets: [eth0] }, pendingConf("delete: net0"), ["--revert net0"]],
  [
    "pending deletion, and now otherwise",
    { nets: [{ ...eth0, bridge: "vmbr1" }] },
    pendingConf("delete: net0"),
    ["--net0 name=eth0,bridge=vmbr1,hwaddr=BC:24:11:00:01:01,ip=192.168.77.101/24"],
  ],
  ["deleted already", { nets: [] }, pendingConf("delete: net0"), []],
])("pending: %s", (_, raw, conf, sets) => {
  expect(stepsOf(raw, conf, { running: true })).toEqual(sets.map((set) => `pct set 101 ${set} ${digest(conf)}`));
});

test("a key that is set and pending is reverted first: the pending value would come back", () => {
  const conf = pendingConf("mp0: /srv/bind2,mp=/mnt/a").replace("net0", "mp0: /srv/bind,mp=/mnt/a\nnet0");
  expect(stepsOf({ mounts: [] }, conf, { running: true })).toEqual([
    `pct set 101 --revert mp0 ${digest(conf)}`,
    "pct set 101 --delete mp0",
  ]);
});

test("protection is lifted in a call of its own where volumes change with it", () => {
  const conf = withLines("protection: 1");
  expect(stepsOf({ protection: false, mounts: [{ target: "/m", source: "/srv/bind" }] }, conf)).toEqual([
    `pct set 101 --protection 0 ${digest(conf)}`,
    "pct set 101 --mp0 /srv/bind,mp=/m",
  ]);
});

test("snapshots and raw lines are no part of what is compared", () => {
  const conf = `${CREATED}lxc.cap.drop: sys_admin\n\n[snap]\nmemory: 9999\n`;
  expect(stepsOf({ memory: 512 }, conf)).toEqual([]);
});

test("before and after are the user's words, and only what the task names", () => {
  const plan = changeOf(pct, { ...base, nets: [{ ...eth0, ip: "dhcp" }], memory: 512 }, pctAnswers(CREATED));
  const { name, ...rest } = eth0;
  expect(plan.before).toEqual({ status: "stopped", memory: 512, nets: { [name]: rest } });
  expect(plan.after).toEqual({ status: "stopped", memory: 512, nets: { [name]: { ...rest, ip: "dhcp" } } });
});

test("two entries of one name are two, and one of them goes", () => {
  const conf = withLines("mp0: /srv/bind,mp=/m", "mp4: /srv/bind2,mp=/m");
  const plan = changeOf(pct, { ...base, mounts: [{ target: "/m", source: "/srv/bind" }] }, pctAnswers(conf));
  expect(plan.before.mounts).toEqual({ "/m": { source: "/srv/bind" }, "/m (2)": { source: "/srv/bind2" } });
  expect(commandsOf(plan.steps)).toEqual([`pct set 101 --delete mp4 ${digest(conf)}`]);
});

test.each([
  ["started", false, ["pct start 101"], "running"],
  ["started", true, [], "running"],
  ["stopped", true, ["pct shutdown 101 --timeout 60"], "stopped"],
  ["stopped", false, [], "stopped"],
  ["present", true, [], "running"],
])("state %s while running is %s", (state, running, steps, status) => {
  const plan = changeOf(pct, { vmid: 101, state }, pctAnswers(CREATED, { running }));
  expect(commandsOf(plan.steps)).toEqual(steps);
  expect(plan.after.status).toBe(status);
});

test("force kills what does not shut down, restarted restarts", () => {
  const stop = changeOf(
    pct,
    { vmid: 101, state: "stopped", force: true, timeout: 5 },
    pctAnswers(CREATED, { running: true }),
  );
  expect(commandsOf(stop.steps)).toEqual(["pct shutdown 101 --timeout 5 --forceStop 1"]);
  const fresh = changeOf(pct, { vmid: 101, state: "restarted" }, pctAnswers(CREATED));
  expect([commandsOf(fresh.steps), fresh.did]).toEqual([["pct start 101"], ["restarted"]]);
});

test("restart_required: told at every run, restarted only where it may be", () => {
  const conf = pendingConf("timezone: UTC", "delete: features");
  const running = pctAnswers(conf, { running: true });
  expect(resultOf(pct, { ...base }, running, new Date(0))?.restart_required).toEqual(["features", "timezone"]);
  const never = changeOf(pct, base, running);
  expect(never.steps).toEqual([]);
  expect(never.warnings.join()).toContain("features, timezone");
  const needed = changeOf(pct, { ...base, restart: "if_needed" }, running);
  expect(needed.before.restart_required).toEqual(["features", "timezone"]);
  expect(needed.after.restart_required).toEqual([]);
  expect(commandsOf(needed.steps)).toEqual(["pct reboot 101 --timeout 60"]);
  expect(changeOf(pct, { ...base, restart: "if_needed" }, pctAnswers(conf)).steps).toEqual([]);
});

test.each([
  [{ features: { nesting: true } }, true],
  [{ memory: 700 }, false],
  [{ hostname: "other" }, true],
  [{ nets: [{ ...eth0, mtu: 1400 }] }, true],
  [{ nets: [{ ...eth0, ip: "dhcp" }] }, false],
  [{ mounts: [{ target: "/m", source: "/srv/bind" }] }, false],
  [{ devices: ["/dev/net/tun"] }, true],
])("if_needed after %j: restarts %s", (raw, restarts) => {
  const steps = stepsOf({ ...raw, restart: "if_needed" }, CREATED, { running: true });
  expect(steps.some((step) => step.startsWith("pct reboot"))).toBe(restarts);
});

test("raw lines that are not in force are told of", () => {
  const conf = withLines("lxc.cgroup2.devices.allow: c 10:200 rwm", "lxc.mount.entry: /a a none bind");
  const running_config = exec("lxc.cgroup2.devices.allow c 10:200 rwm\nlxc.cgroup2.devices.allow c 1:3 rwm\n");
  const answers = pctAnswers(conf, { running: true, running_config });
  expect(resultOf(pct, base, answers, new Date(0))?.restart_required).toEqual(["lxc.mount.entry: /a a none bind"]);
});

test.each<[why: RegExp, raw: object, conf: string | null, more?: Parameters<typeof pctAnswers>[1]]>([
  [/virtual machine on node pve1/, {}, null, { type: "qemu" }],
  [/on node pve1 of the cluster/, {}, null, { type: "lxc" }],
  [/no Proxmox VE node/, {}, CREATED, { guests: null }],
  [/locked \(backup\)/, { memory: 700 }, withLines("lock: backup")],
  [/cannot become privileged/, { unprivileged: false }, CREATED],
  [/cannot shrink to 512M/, { rootfs: { size: "512M" } }, CREATED],
  [/is on local and not on local-zfs/, { rootfs: { storage: "local-zfs" } }, CREATED],
  [
    /that the task does not name: local:101\/x.raw at \/data/,
    { mounts: [] },
    withLines("mp1: local:101/x.raw,mp=/data,size=1G"),
  ],
  [
    /that the task does not name/,
    { mounts: [{ target: "/data", source: "/srv/bind" }] },
    withLines("mp1: local:101/x.raw,mp=/data,size=1G"),
  ],
  [
    /cannot shrink/,
    { mounts: [{ target: "/data", size: "512M" }] },
    withLines("mp1: local:101/x.raw,mp=/data,size=1G"),
  ],
  [/no storage is named/, { mounts: [{ target: "/data", size: "1G" }] }, CREATED],
  [
    /a folder without a size, and cannot be given 1G/,
    { mounts: [{ target: "/data", size: "1G" }] },
    withLines("mp1: local:101/subvol-101-disk-1.subvol,mp=/data,size=0T"),
  ],
  [
    /a folder without a size/,
    { rootfs: { size: "1G" } },
    CREATED.replace("vm-101-disk-0.raw,size=1G", "subvol-101-disk-0.subvol,size=0T"),
  ],
  [/no time zone US\/Pacific/, { timezone: "US/Pacific" }, CREATED],
  [/no hookscript local:snippets\/gone.pl/, { hookscript: "local:snippets/gone.pl" }, CREATED],
  [/plain.pl is not executable/, { hookscript: "local:snippets/plain.pl" }, CREATED],
  [/no lxc-info/, {}, CREATED, { state: exec("", 127, "sh: lxc-info: not found\n") }],
  [/no bridge vmbr9/, { nets: [{ ...eth0, bridge: "vmbr9" }] }, CREATED],
  [/no device \/dev\/gone/, { devices: ["/dev/gone"] }, CREATED],
  [
    /pve-container is 5\.2\.6, and only 6\.1\.6 and later know idmap/,
    { mounts: [{ target: "/m", source: "/srv/bind", idmap: "passthrough" }] },
    CREATED,
    { version: exec("5.2.6") },
  ],
  [
    /pve-container is 6\.1\.5/,
    { template: "debian-12", mounts: [{ target: "/m", source: "/srv/bind", idmap: "u:1:2:3" }] },
    null,
    { version: exec("6.1.5") },
  ],
  [
    /privileged, and Proxmox VE passes over idmap/,
    { mounts: [{ target: "/m", source: "/srv/bind", idmap: "passthrough" }] },
    CREATED.replace("unprivileged: 1\n", ""),
  ],
  [
    /privileged, and Proxmox VE passes over idmap/,
    {
      template: "debian-12",
      unprivileged: false,
      mounts: [{ target: "/m", source: "/srv/bind", idmap: "passthrough" }],
    },
    null,
  ],
  [/no \/srv\/none to mount/, { mounts: [{ target: "/m", source: "/srv/none" }] }, CREATED],
  [/passes 1500 bytes at most/, { nets: [{ ...eth0, mtu: 9000 }] }, CREATED],
  [/is a link, and Proxmox VE follows none/, { mounts: [{ target: "/m", source: "/srv/link" }] }, CREATED],
  [/there is no storage nowhere/, { mounts: [{ target: "/m", storage: "nowhere", size: 1 }] }, CREATED],
  [/the storage nocont takes no volumes/, { mounts: [{ target: "/m", storage: "nocont", size: 1 }] }, CREATED],
  [/is a template/, { state: "started" }, withLines("template: 1")],
  [/is protected/, { state: "absent" }, withLines("protection: 1")],
  [/is replicated \(job 101-0\)/, { state: "absent" }, CREATED, { replication: "local: 101-0\n\ttarget pve2\n" }],
  [/high availability/, { state: "absent" }, CREATED, { ha: "ct: 101\n\tstate started\n" }],
])("refused: %s", (why, raw, conf, more = {}) => {
  expect(planOf(pct, { ...base, ...raw }, pctAnswers(conf, more))).toMatchObject({
    kind: "refuse",
    why: expect.stringMatching(why),
  });
});

test.each([
  ["u:0:3000:10;u:5:4000:10", "u:0:3000:10 and u:5:4000:10 have numbers in common inside"],
  ["g:0:3000:10;u:0:3000:10;g:10:3009:1", "g:0:3000:10 and g:10:3009:1 have numbers in common on the disk"],
  ["u:0:0:0", "expected passthrough, or ranges"],
  ["b:0:3000:10", "expected passthrough, or ranges"],
])("no map of a mount: %s", (idmap, why) => {
  const mounts = [{ target: "/m", source: "/srv/bind", idmap }];
  expect(problemsOf(pct, { ...base, mounts }).join()).toContain(why);
});

test("a locked container with nothing to do is fine, and told of", () => {
  const plan = changeOf(pct, { ...base, memory: 512 }, pctAnswers(withLines("lock: backup")));
  expect([plan.steps, plan.warnings]).toEqual([[], ["container 101 is locked (backup)"]]);
});

test("a device that vanished makes pct end with 2, and is told of", () => {
  const plan = changeOf(pct, { ...base, memory: 700 }, pctAnswers(withLines("dev0: /dev/gone")));
  expect(plan.steps[0]).toMatchObject({ okCodes: [0, 2] });
  expect(plan.warnings.join()).toContain("/dev/gone (dev0)");
  expect(changeOf(pct, { ...base, memory: 700 }, pctAnswers(CREATED)).steps[0]).not.toHaveProperty("okCodes");
});

test("absent says what goes", () => {
  const conf = `${withLines("mp0: local:101/d.raw,mp=/d,size=1G", "mp1: /srv/bind,mp=/b", "unused0: local:101/u.raw")}\n[s1]\nmemory: 1\n`;
  const plan = changeOf(pct, { vmid: 101, state: "absent" }, pctAnswers(conf, { running: true }));
  expect(plan.before).toEqual({
    status: "running",
    volumes: ["local:101/vm-101-disk-0.raw", "local:101/d.raw", "local:101/u.raw"],
    snapshots: ["s1"],
  });
  expect(commandsOf(plan.steps)).toEqual(["pct shutdown 101 --timeout 60 --forceStop 1", "pct destroy 101"]);
  const purged = changeOf(pct, { vmid: 101, state: "absent", purge: true }, pctAnswers(CREATED));
  expect(commandsOf(purged.steps)).toEqual(["pct destroy 101 --purge 1"]);
  // What it clears elsewhere is seen by later tasks of a check.
  const touched = (given: typeof plan): unknown => given.steps.at(-1);
  expect(touched(plan)).toMatchObject({ touches: expect.arrayContaining(["guest:101", "/etc/pve/user.cfg"]) });
  expect(touched(plan)).not.toMatchObject({ touches: expect.arrayContaining(["/etc/pve/jobs.cfg"]) });
  expect(touched(purged)).toMatchObject({ touches: expect.arrayContaining(["/etc/pve/jobs.cfg"]) });
  expect(changeOf(pct, { vmid: 101, state: "absent" }, pctAnswers(null)).steps).toEqual([]);
});

test("every step says what it touches, every look what it looks at", () => {
  const plan = changeOf(pct, { ...base, memory: 700, state: "started" }, pctAnswers(CREATED));
  for (const step of plan.steps)
    if (step.kind === "exec")
      expect(step).toMatchObject({ touches: ["guest:101", "/etc/pve/lxc/101.conf", "/var/lib/lxc/101"] });
});

test("devices beside those that are named stay with append_devices, and one that is absent goes", () => {
  const conf = withLines("dev0: /dev/gone", "dev1: /dev/net/tun,gid=5");
  expect(stepsOf({ devices: ["/dev/dri/renderD128"], append_devices: true }, conf)).toEqual([
    `pct set 101 --dev2 /dev/dri/renderD128 ${digest(conf)}`,
  ]);
  const gone = { path: "/dev/net/tun", state: "absent" };
  expect(stepsOf({ devices: [gone], append_devices: true }, conf)).toEqual([
    `pct set 101 --delete dev1 ${digest(conf)}`,
  ]);
  const never = { path: "/dev/kvm", state: "absent" };
  expect(stepsOf({ devices: [never], append_devices: true }, conf)).toEqual([]);
  expect(stepsOf({ devices: [never] }, conf)).toEqual([`pct set 101 --delete dev0,dev1 ${digest(conf)}`]);
});

test.each([
  ["the node itself", "/dev/net/tun dev/net/tun none bind,create=file"],
  ["the folder that it is in", "/dev/net dev/net none bind,create=dir"],
])("a device that a raw line makes already is refused: %s", (_, line) => {
  const conf = withLines(`lxc.mount.entry: ${line}`);
  const plan = planOf(pct, { ...base, devices: ["/dev/net/tun"] }, pctAnswers(conf));
  expect(plan).toMatchObject({ kind: "refuse", why: expect.stringContaining("makes /dev/net/tun inside already") });
  const gone = { devices: [{ path: "/dev/net/tun", state: "absent" }] };
  expect(planOf(pct, { ...base, ...gone }, pctAnswers(conf))).toMatchObject({ kind: "change" });
});

test("a folder that has others mounted in it is told of, at creation and later", () => {
  const mounts = [
    { source: "/tank", target: "/srv" },
    { source: "/tank/b", target: "/srv/b" },
  ];
  const answers = {
    mounts: "tank /tank zfs rw 0 0\ntank/a /tank/a zfs rw 0 0\ntank/b /tank/b zfs rw 0 0\nx /tanker zfs rw 0 0\n",
    "/tank": stat({ type: "directory" }),
    "/tank/b": stat({ type: "directory" }),
  };
  const told = expect.objectContaining({
    warnings: [expect.stringMatching(/^\/tank comes to \/srv without .*: \/tank\/a will be empty/)],
  });
  expect(planOf(pct, { ...base, mounts }, pctAnswers(CREATED, answers))).toEqual(told);
  const created = { ...base, template: "/var/tmp/x.tar.zst", mounts };
  expect(planOf(pct, created, pctAnswers(null, { ...answers, archive: stat() }))).toEqual(told);
});
