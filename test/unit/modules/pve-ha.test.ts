import { describe, expect, test } from "vitest";
import { pveDigest } from "../../../engine/formats/pve-digest.ts";
import type { StateModule } from "../../../engine/module/define-module.ts";
import { pveHa } from "../../../modules/pve-ha.ts";
import { pveHaGroup } from "../../../modules/pve-ha-group.ts";
import { pveHaRule } from "../../../modules/pve-ha-rule.ts";
import { changeOf, commandsOf, planOf, problemsOf, resultOf, stat } from "../../support/plan-module.ts";

const bytes = (text: string) => new Uint8Array(Buffer.from(text));
const GUESTS =
  '{"ids":{"101":{"node":"a","type":"lxc"},"102":{"node":"b","type":"lxc"},"200":{"node":"a","type":"qemu"}}}';
const digest = (text: string) => `--digest ${pveDigest(text)}`;

describe("a resource", () => {
  const seen = (resources: string | null, more = {}) => ({
    resources: resources === null ? null : bytes(resources),
    groups: null,
    guests: GUESTS,
    rules: null,
    pmxcfs: stat({ type: "directory" }),
    members: null,
    storages: null,
    replication: null,
    conf: null,
    ...more,
  });
  const commands = (raw: object, resources: string | null, more = {}) =>
    commandsOf(changeOf(pveHa, raw, seen(resources, more)).steps);

  test.each<[object, string]>([
    [{ guest: 101 }, "add ct:101"],
    [{ guest: "200", state: "started", max_restart: 1 }, "add vm:200"],
    [{ guest: "vm:200", state: "ignored", comment: "x y" }, "add vm:200 --state ignored --comment x y"],
  ])("that is new: %j", (raw, words) => {
    expect(commands(raw, null)).toEqual([`ha-manager ${words}`]);
  });

  const CT = "ct: 101\n\tcomment a\n\tgroup g1\n\tmax_restart 3\n\tstate enabled\n\n";
  test.each<[object, string | null]>([
    [{ guest: 101, state: "started", comment: "a", max_restart: 3 }, null],
    [{ guest: 101, max_relocate: 1 }, null],
    [{ guest: 101, comment: "", group: null }, `set ct:101 --delete group,comment ${digest(CT)}`],
    [{ guest: 101, state: "disabled", max_restart: 0 }, `set ct:101 --state disabled --max_restart 0 ${digest(CT)}`],
    [{ guest: 101, state: "absent" }, "remove ct:101"],
    [{ guest: 102, state: "absent" }, null],
    [{ guest: 999, state: "absent" }, null],
  ])("that is there: %j", (raw, words) => {
    expect(commands(raw, CT)).toEqual(words === null ? [] : [`ha-manager ${words}`]);
  });

  test("of a guest that is gone can be taken away", () => {
    expect(commands({ guest: 777, state: "absent" }, "vm: 777\n\n")).toEqual(["ha-manager remove vm:777"]);
  });
  test("its digest is that of the bytes", () => {
    const latin = new Uint8Array(Buffer.from("ct: 101\n\tcomment \xfc\n\n", "latin1"));
    const plan = changeOf(pveHa, { guest: 101, state: "stopped" }, { ...seen(""), resources: latin });
    expect(commandsOf(plan.steps)[0]).toContain(`--digest ${pveDigest(latin)}`);
    expect(resultOf(pveHa, { guest: 101 }, { ...seen(""), resources: latin }, new Date(0))).toMatchObject({
      sid: "ct:101",
      managed: true,
    });
  });
  test.each<[object, object, RegExp]>([
    [{ guest: 101 }, { pmxcfs: null }, /no node/],
    [{ guest: 999 }, {}, /no guest 999/],
    [{ guest: "ct:200" }, {}, /is a VM/],
    [{ guest: 101, group: "g1" }, {}, /no HA group g1/],
    [{ guest: 101, group: "g1" }, { rules: stat() }, /no groups any more/],
    [{ guest: 101, failback: true }, {}, /no failback/],
  ])("refused: %j with %j", (raw, more, why) => {
    expect(planOf(pveHa, raw, seen(null, more))).toMatchObject({ kind: "refuse", why: expect.stringMatching(why) });
  });
  test("of Proxmox VE 9", () => {
    expect(commands({ guest: 101, failback: false }, "ct: 101\n\n", { rules: stat() })).toEqual([
      `ha-manager set ct:101 --failback 0 ${digest("ct: 101\n\n")}`,
    ]);
    expect(commands({ guest: 101, failback: true }, "ct: 101\n\n", { rules: stat() })).toEqual([]);
    const groups = { rules: stat(), groups: bytes("group: g1\n\tnodes a\n\n") };
    expect(commands({ guest: 101, group: "g1" }, null, groups)).toEqual(["ha-manager add ct:101 --group g1"]);
  });
});

describe("a guest that is tied to its node", () => {
  const seen = (conf: string, more = {}) => ({
    resources: null,
    groups: null,
    guests: GUESTS,
    rules: null,
    pmxcfs: stat({ type: "directory" }),
    members: null,
    storages: "zfspool: local-zfs\n\tpool rpool/data\n\nnfs: nas\n\tserver n\n\texport /x\n\n",
    replication: null,
    conf,
    ...more,
  });
  test.each<[number, string]>([
    [101, "mp0: /tank/photos,mp=/photos"],
    [101, "mp1: volume=/tank/photos,mp=/photos,ro=1"],
    [101, "dev0: /dev/dri/renderD128,gid=104"],
    [101, "lxc.mount.entry: /dev/dri dev/dri none bind,optional,create=dir"],
    [200, "hostpci0: 0000:01:00.0"],
    [200, "usb0: host=0951:1666"],
    [200, "scsi1: /dev/disk/by-id/ata-x,size=4T"],
    [200, "serial0: /dev/ttyUSB0"],
  ])("%i with %s is refused, and the line named", (guest, line) => {
    const plan = planOf(pveHa, { guest }, seen(`${line}\n`));
    expect(plan).toMatchObject({ kind: "refuse", why: expect.stringContaining(line) });
    // Who is not started elsewhere may be tied.
    for (const state of ["disabled", "ignored"])
      expect(planOf(pveHa, { guest, state }, seen(line)).kind).toBe("change");
  });
  test.each<[number, string]>([
    [101, "mp0: /nfs/photos,mp=/photos,shared=1"],
    [101, "mp0: nas:101/vm-101-disk-1.raw,mp=/photos"],
    [101, "dev0: /dev/net/tun,uid=0"],
    [101, "lxc.mount.entry: /dev/net/tun dev/net/tun none bind,create=file"],
    [101, "lxc.cgroup2.devices.allow: c 10:200 rwm"],
    [200, "hostpci0: mapping=gpu"],
    [200, "usb0: spice"],
    [200, "serial0: socket"],
  ])("%i with %s is not", (guest, line) => {
    expect(changeOf(pveHa, { guest }, seen(`${line}\n[snap]\nmp0: /tank,mp=/x\n`)).warnings).toEqual([]);
  });
  test("a disk on its node alone is warned of until it is replicated", () => {
    const conf = "rootfs: local-zfs:subvol-101-disk-0,size=4G\nmp0: nas:101/x.raw,mp=/x\n";
    expect(changeOf(pveHa, { guest: 101 }, seen(conf)).warnings).toEqual([
      "local-zfs:subvol-101-disk-0 of guest 101 is on its node alone: replicate it (pve_replication), or it cannot be started elsewhere",
    ]);
    const replication = "local: 101-0\n\ttarget b\n\n";
    expect(changeOf(pveHa, { guest: 101 }, seen(conf, { replication })).warnings).toEqual([]);
  });
});

test.each<[StateModule, object, object]>([
  [
    pveHa,
    { guest: 101 },
    { pmxcfs: stat({ type: "directory" }), guests: GUESTS, storages: null, replication: null, conf: null },
  ],
  [pveHaGroup, { group: "g1", nodes: ["a"] }, { known: ["a"] }],
  [
    pveHaRule,
    { rule: "r1", type: "node-affinity", guests: [101], nodes: ["a"] },
    { nine: stat(), known: ["a"], guestList: GUESTS, resources: bytes("ct: 101\n\n") },
  ],
])("without quorum no command is sent: %#", (module, raw, more) => {
  const seen = { resources: null, groups: null, rules: null, ...more };
  const members = (quorate: number) =>
    JSON.stringify({
      nodename: "a",
      cluster: { name: "lab", quorate },
      nodelist: { a: { online: 1 }, b: { online: quorate } },
    });
  expect(planOf(module, raw, { ...seen, members: members(1) }).kind).toBe("change");
  expect(planOf(module, raw, { ...seen, members: members(0) })).toMatchObject({
    kind: "refuse",
    why: "the cluster lab has no quorum, so nothing below /etc/pve can be changed; off: b",
  });
});

describe("a group", () => {
  const seen = (groups: string | null, more = {}) => ({
    groups: groups === null ? null : bytes(groups),
    resources: null,
    rules: null,
    known: ["a", "b"],
    members: null,
    ...more,
  });
  const commands = (raw: object, groups: string | null) => commandsOf(changeOf(pveHaGroup, raw, seen(groups)).steps);
  const G1 = "group: g1\n\tnodes b:2,a\n\trestricted 0\n\n";

  test.each<[object, string | null, string | null]>([
    [{ group: "g1", nodes: ["b", "a"] }, null, "groupadd g1 --nodes a,b"],
    [{ group: "g1", nodes: { b: 2, a: 0 }, restricted: true }, null, "groupadd g1 --nodes a,b:2 --restricted 1"],
    [{ group: "g1", nodes: { a: 0, b: 2 }, restricted: false, nofailback: false, comment: "" }, G1, null],
    [{ group: "g1", nodes: ["a"] }, G1, `groupset g1 --nodes a ${digest(G1)}`],
    [{ group: "g1", nofailback: true }, G1, `groupset g1 --nofailback 1 ${digest(G1)}`],
    [{ group: "g1", state: "absent" }, G1, "groupremove g1"],
    [{ group: "g2", state: "absent" }, G1, null],
  ])("%j on %j", (raw, groups, words) => {
    expect(commands(raw, groups)).toEqual(words === null ? [] : [`ha-manager ${words}`]);
  });
  test("warns of a node that is not there, refuses what cannot be", () => {
    expect(changeOf(pveHaGroup, { group: "g1", nodes: ["zz"] }, seen(null)).warnings.join()).toContain("no node zz");
    const refusal = (raw: object, more = {}) => planOf(pveHaGroup, raw, seen(null, more));
    expect(refusal({ group: "g1" })).toMatchObject({ kind: "refuse", why: "there is no HA group g1" });
    expect(refusal({ group: "g1", nodes: ["a"] }, { rules: stat() })).toMatchObject({ kind: "refuse" });
    expect(refusal({ group: "g1", nodes: ["a"] }, { known: null })).toMatchObject({ kind: "refuse" });
  });
});

describe("a rule", () => {
  const RULES = "node-affinity: home\n\tdisable\n\tnodes b,a:2\n\tresources vm:200,ct:101\n\n";
  const seen = (more = {}) => ({
    rules: bytes(RULES),
    groups: null,
    resources: bytes("ct: 101\n\nct: 102\n\nvm: 200\n\n"),
    guestList: GUESTS,
    nine: stat(),
    known: ["a", "b"],
    members: null,
    ...more,
  });
  test.each<[object, string | null]>([
    [{ rule: "home", guests: [101, "vm:200"], nodes: { a: 2, b: 0 }, disable: true, strict: false }, null],
    [{ rule: "home", disable: false }, `set node-affinity home --delete disable ${digest(RULES)}`],
    [
      { rule: "home", guests: [101, 102], strict: true },
      `set node-affinity home --resources ct:101,ct:102 --strict 1 ${digest(RULES)}`,
    ],
    [
      { rule: "rr", type: "resource-affinity", guests: [102, 101], affinity: "negative", comment: "c" },
      "add resource-affinity rr --resources ct:101,ct:102 --affinity negative --comment c",
    ],
    [{ rule: "home", state: "absent" }, "remove home"],
    [{ rule: "none", state: "absent" }, null],
  ])("%j", (raw, words) => {
    const plan = changeOf(pveHaRule, raw, seen());
    expect(commandsOf(plan.steps)).toEqual(words === null ? [] : [`ha-manager rules ${words}`]);
  });
  test.each<[object, object, RegExp]>([
    [{ rule: "home" }, { nine: null }, /has no rules/],
    [{ rule: "home" }, { known: null }, /no node of Proxmox/],
    [{ rule: "home" }, { groups: bytes("group: g1\n\tnodes a\n") }, /still are groups/],
    [{ rule: "rr" }, {}, /no rule rr/],
    [{ rule: "rr", type: "node-affinity", guests: [102] }, {}, /must know nodes/],
    [{ rule: "rr", type: "node-affinity", guests: [101], nodes: ["a"] }, {}, /in the rule home already/],
    [{ rule: "rr", type: "node-affinity", guests: [102], nodes: ["zz"] }, {}, /no node zz/],
    [{ rule: "rr", type: "node-affinity", guests: [300], nodes: ["a"] }, {}, /not under high availability: 300/],
    [{ rule: "rr", type: "resource-affinity", guests: [102], affinity: "positive" }, {}, /takes two/],
    [
      { rule: "rr", type: "resource-affinity", guests: [101, 102, 200], affinity: "negative" },
      {},
      /cannot run on different nodes/,
    ],
    [{ rule: "home", type: "resource-affinity" }, {}, /cannot be changed/],
    [{ rule: "home", affinity: "positive" }, {}, /no option of a node-affinity/],
  ])("refused: %j", (raw, more, why) => {
    expect(planOf(pveHaRule, raw, seen(more))).toMatchObject({ kind: "refuse", why: expect.stringMatching(why) });
  });
});

describe("bad input", () => {
  test.each<[StateModule, object, string]>([
    [pveHa, { guest: 99 }, "guest"],
    [pveHa, { guest: "lxc:101" }, "guest"],
    [pveHa, { guest: "101\nvm: 1" }, "guest"],
    [pveHa, { guest: 101, state: "enabled" }, "state"],
    [pveHa, { guest: 101, max_restart: -1 }, "max_restart"],
    [pveHa, { guest: 101, max_relocate: "1" }, "max_relocate"],
    [pveHa, { guest: 101, failback: 1 }, "failback"],
    [pveHa, { guest: 101, group: "g 1" }, "group"],
    [pveHa, { guest: 101, comment: "ü" }, "comment"],
    [pveHa, { guest: 101, comment: "a\nb" }, "comment"],
    [pveHa, { guest: 101, state: "absent", group: null }, "group"],
    [pveHaGroup, { group: "1g" }, "group"],
    [pveHaGroup, { group: "g1", nodes: [] }, "nodes"],
    [pveHaGroup, { group: "g1", nodes: {} }, "nodes"],
    [pveHaGroup, { group: "g1", nodes: "a,b" }, "nodes"],
    [pveHaGroup, { group: "g1", nodes: { "a b": 1 } }, "nodes"],
    [pveHaGroup, { group: "g1", nodes: { a: -1 } }, "nodes"],
    [pveHaGroup, { group: "g1", restricted: "yes" }, "restricted"],
    [pveHaGroup, { group: "g1", nofailback: 1 }, "nofailback"],
    [pveHaGroup, { group: "g1", comment: "€" }, "comment"],
    [pveHaGroup, { group: "g1", state: "absent", nodes: ["a"] }, "nodes"],
    [pveHaRule, { rule: "r" }, "rule"],
    [pveHaRule, { rule: "r1", type: "other" }, "type"],
    [pveHaRule, { rule: "r1", guests: [] }, "guests"],
    [pveHaRule, { rule: "r1", guests: ["ct:x"] }, "guests.0"],
    [pveHaRule, { rule: "r1", type: "resource-affinity", nodes: ["a"] }, "nodes"],
    [pveHaRule, { rule: "r1", type: "node-affinity", affinity: "positive" }, "affinity"],
    [pveHaRule, { rule: "r1", nodes: ["a,b"] }, "nodes"],
    [pveHaRule, { rule: "r1", strict: 1 }, "strict"],
    [pveHaRule, { rule: "r1", affinity: "both" }, "affinity"],
    [pveHaRule, { rule: "r1", disable: "x" }, "disable"],
    [pveHaRule, { rule: "r1", comment: "a\tb" }, "comment"],
    [pveHaRule, { rule: "r1", state: "absent", strict: true }, "strict"],
  ])("%# %j", (module, raw, where) => {
    const places = problemsOf(module, raw).map((problem) => problem.split(": ")[0] ?? "");
    expect(places.some((place) => place === where || place.startsWith(`${where}.`))).toBe(true);
  });
});
