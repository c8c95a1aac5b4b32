import { describe, expect, test } from "vitest";
import { printCorosyncConf } from "../../../engine/formats/corosync-conf.ts";
import { pveDigest } from "../../../engine/formats/pve-digest.ts";
import { pveReplication } from "../../../modules/pve-replication.ts";
import { changeOf, commandsOf, planOf, problemsOf, resultOf } from "../../support/plan-module.ts";

const nodes = ["a", "b", "c"].map((name, index) => ({ name, id: index + 1, links: new Map([[0, `10.0.0.${index}`]]) }));
const corosync = printCorosyncConf({ cluster: "lab", version: 1, nodes, qdevice: null });
const guests = '{"ids":{"101":{"node":"a","type":"lxc"},"102":{"node":"b","type":"qemu"}}}';
const none = { members: null, storages: null, conf: null };
const seen = (cfg: string | null, more = {}) => ({ cfg, corosync, guests, ...none, ...more });
const JOB = "local: 101-0\n\ttarget b\n\trate 5\n\tschedule */5\n\tsource a\n\n";
const base = { guest: 101, target: "b" };

test.each<[string | null, object, string | null]>([
  [null, base, "create-local-job 101-0 b"],
  [JOB, { ...base, target: "c" }, "create-local-job 101-1 c"],
  [null, { ...base, number: 7, schedule: "*/15", rate: null }, "create-local-job 101-7 b"],
  [
    null,
    { ...base, rate: 1.5, comment: "x: ü", disable: true },
    "create-local-job 101-0 b --rate 1.5 --comment x: ü --disable 1",
  ],
  [JOB, { ...base, schedule: "0/5", rate: 5.0, comment: "", disable: false }, null],
  [JOB, { ...base, schedule: null, rate: null }, `update 101-0 --delete schedule,rate --digest ${pveDigest(JOB)}`],
  [JOB, { ...base, disable: true }, `update 101-0 --disable 1 --digest ${pveDigest(JOB)}`],
  [JOB, { ...base, state: "absent" }, "delete 101-0"],
  [JOB, { ...base, state: "absent", keep: true }, "delete 101-0 --keep 1"],
  [JOB, { ...base, state: "absent", force: true }, "delete 101-0 --force 1"],
  [null, { ...base, state: "absent" }, null],
])("%j with %j", (cfg, raw, words) => {
  const plan = changeOf(pveReplication, raw, seen(cfg));
  expect(commandsOf(plan.steps)).toEqual(words === null ? [] : [`pvesr ${words}`]);
});

const STORAGES =
  "dir: local\n\tpath /var/lib/vz\n\nzfspool: local-zfs\n\tpool rpool/data\n\nzfspool: VM-SSD\n\tpool VM-SSD\n\tnodes a,b\n\n";
const INQUORATE =
  '{"nodename":"a","cluster":{"name":"lab","quorate":0},"nodelist":{"a":{"online":1},"b":{"online":0}}}';

test("a guest on a storage that both nodes have is replicated", () => {
  const conf = "rootfs: local-zfs:subvol-101-disk-0,size=4G\nmp0: local:101/x.raw,mp=/x,replicate=0\n";
  expect(changeOf(pveReplication, base, seen(null, { storages: STORAGES, conf })).steps).toHaveLength(1);
});

describe("a job", () => {
  test("runs the other way after its guest has moved, and is left to", () => {
    const moved = "local: 102-0\n\ttarget a\n\tsource b\n\n";
    const plan = changeOf(pveReplication, { guest: 102, target: "b" }, seen(moved));
    expect(plan.steps).toEqual([]);
    expect(plan.warnings.join()).toContain("replicates back to a");
  });
  test("that is marked is waited for, or its end is forced", () => {
    const marked = JOB.replace("\trate", "\tremove_job full\n\trate");
    expect(planOf(pveReplication, { ...base, state: "absent" }, seen(marked))).toMatchObject({ kind: "waiting" });
    expect(planOf(pveReplication, base, seen(marked))).toMatchObject({
      kind: "refuse",
      why: "job 101-0 is being removed",
    });
    const forced = changeOf(pveReplication, { ...base, state: "absent", force: true }, seen(marked));
    expect(commandsOf(forced.steps)).toEqual(["pvesr delete 101-0 --force 1"]);
    expect(resultOf(pveReplication, base, seen(marked), new Date(0))).toMatchObject({ removing: true, rate: 5 });
  });
  test.each<[object, object, RegExp]>([
    [base, { corosync: null }, /in no cluster/],
    [{ ...base, target: "z" }, {}, /no node z/],
    [{ ...base, guest: 999 }, {}, /no guest 999/],
    [{ ...base, target: "a" }, { cfg: null }, /is on a itself/],
    [{ ...base, target: "c", number: 0 }, {}, /a target cannot be changed/],
    [{ ...base, number: 3 }, {}, /replicates guest 101 to b already/],
    [{ ...base, target: "c", number: 0, state: "absent" }, {}, /not to c/],
    [{ ...base, target: "c" }, { members: INQUORATE }, /no quorum/],
    [{ ...base, target: "c" }, { storages: STORAGES, conf: "rootfs: local:101/x.raw\n" }, /on local, which is no ZFS/],
    [
      { ...base, target: "c" },
      { storages: STORAGES, conf: "rootfs: VM-SSD:subvol-101-disk-0\n" },
      /which c does not have/,
    ],
    [{ ...base, target: "c" }, { storages: STORAGES, conf: "rootfs: gone:subvol-101-disk-0\n" }, /not declared/],
  ])("%j with %j is refused", (raw, more, why) => {
    expect(planOf(pveReplication, raw, seen(JOB, more))).toMatchObject({
      kind: "refuse",
      why: expect.stringMatching(why),
    });
  });
});

test.each<[object, string]>([
  [{ ...base, guest: 99 }, "guest"],
  [{ ...base, guest: "101" }, "guest"],
  [{ ...base, target: "a b" }, "target"],
  [{ ...base, target: "a\n\tsource x" }, "target"],
  [{ ...base, number: -1 }, "number"],
  [{ ...base, schedule: "foo" }, "schedule"],
  [{ ...base, rate: 0 }, "rate"],
  [{ ...base, rate: "fast" }, "rate"],
  [{ ...base, comment: "a\nb" }, "comment"],
  [{ ...base, disable: "no" }, "disable"],
  [{ ...base, keep: true }, "keep"],
  [{ ...base, force: true }, "force"],
  [{ ...base, state: "absent", keep: true, force: true }, "keep"],
  [{ ...base, state: "absent", rate: 5 }, "rate"],
  [{ ...base, state: "gone" }, "state"],
  [{ guest: 101 }, "target"],
])("bad input: %j", (raw, where) => {
  expect(problemsOf(pveReplication, raw).map((problem) => problem.split(": ")[0])).toContain(where);
});
