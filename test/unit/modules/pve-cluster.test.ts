import { expect, test } from "vitest";
import { printCorosyncConf } from "../../../engine/formats/corosync-conf.ts";
import { pveCluster } from "../../../modules/pve-cluster.ts";
import { changeOf, commandsOf, planOf, problemsOf, resultOf, stat } from "../../support/plan-module.ts";

const ALONE = '{\n"nodename": "a",\n"version": 0\n}\n';
const members = (quorate: number, online: readonly [string, number][]) =>
  JSON.stringify({
    nodename: "a",
    cluster: { name: "lab", quorate },
    nodelist: Object.fromEntries(
      online.map(([name, is], index) => [name, { id: index + 1, online: is, ip: "10.0.0.1" }]),
    ),
  });
const conf = (names: readonly string[]) =>
  printCorosyncConf({
    cluster: "lab",
    version: 2,
    nodes: names.map((name, index) => ({ name, id: index + 1, links: new Map([[0, `10.0.0.${index + 1}`]]) })),
    qdevice: null,
  });
const alone = { conf: null, members: ALONE, guests: '{"ids":{}}', authkey: null, pmxcfs: stat({ type: "directory" }) };
const inside = {
  ...alone,
  conf: conf(["a", "b"]),
  members: members(1, [
    ["a", 1],
    ["b", 1],
  ]),
};

test.each<[object, string]>([
  [{ name: "lab" }, "pvecm create lab"],
  [{ name: "lab", links: ["10.0.0.1", "fd00::1"] }, "pvecm create lab --link0 10.0.0.1 --link1 fd00::1"],
  [{ name: "lab", join: "10.0.0.9", links: ["10.0.0.1"] }, "pvecm add 10.0.0.9 --use_ssh 1 --link0 10.0.0.1"],
])("%j", (raw, command) => {
  expect(commandsOf(changeOf(pveCluster, raw, alone).steps)).toEqual([command]);
});

test("in its cluster it has nothing to do, and warns of two nodes", () => {
  const plan = changeOf(pveCluster, { name: "lab", join: "10.0.0.2", links: ["10.0.0.1"], nodes: ["b", "a"] }, inside);
  expect(plan.steps).toEqual([]);
  expect(plan.warnings.join()).toContain("QDevice");
  expect(resultOf(pveCluster, { name: "lab" }, inside, new Date(0))).toEqual({
    name: "lab",
    node: "a",
    quorate: true,
    nodes: ["a", "b"],
    online: ["a", "b"],
    qdevice: null,
  });
});

const GUEST = { guests: '{"ids":{"101":{"node":"a","type":"lxc"}}}' };
test.each<[object, object, string, RegExp]>([
  [{ name: "lab" }, { ...alone, pmxcfs: null }, "refuse", /no node of Proxmox/],
  [{ name: "lab" }, { ...alone, authkey: stat() }, "refuse", /has a key of a cluster/],
  [{ name: "lab", join: "10.0.0.9" }, { ...alone, ...GUEST }, "refuse", /has guests \(101\)/],
  [{ name: "lab" }, { ...alone, conf: "nonsense" }, "refuse", /is not that of a cluster/],
  [{ name: "other" }, inside, "refuse", /in the cluster lab, not in other/],
  [{ name: "lab", links: ["10.0.0.7"] }, inside, "refuse", /links of a are 10.0.0.1/],
  [{ name: "lab" }, { ...inside, members: members(0, [["a", 1]]) }, "waiting", /no quorum/],
  [{ name: "lab" }, { ...inside, members: ALONE }, "waiting", /no quorum/],
  [
    { name: "lab", nodes: ["a", "b"] },
    {
      ...inside,
      members: members(1, [
        ["a", 1],
        ["b", 0],
      ]),
    },
    "waiting",
    /not running: b/,
  ],
  [{ name: "lab", nodes: ["a", "c"] }, inside, "waiting", /not in the cluster yet: c/],
])("%j with %j", (raw, answers, kind, why) => {
  expect(planOf(pveCluster, raw, { ...answers })).toMatchObject({ kind, why: expect.stringMatching(why) });
});
test("a node with guests may make the cluster", () => {
  expect(changeOf(pveCluster, { name: "lab" }, { ...alone, ...GUEST }).steps).toHaveLength(1);
});

test.each<[object, string]>([
  [{ name: "a_b" }, "name"],
  [{ name: "sixteen-letters-" }, "name"],
  [{ name: "lab", join: "-x" }, "join"],
  [{ name: "lab", join: "10.0.0.1", links: ["10.0.0.1"] }, "join"],
  [{ name: "lab", links: [] }, "links"],
  [{ name: "lab", links: ["a b"] }, "links.0"],
  [{ name: "lab", nodes: [] }, "nodes"],
  [{ name: "lab", nodes: ["a.b"] }, "nodes.0"],
  [{ name: "lab", password: "x" }, ""],
])("bad input: %j", (raw, where) => {
  expect(problemsOf(pveCluster, raw).map((problem) => problem.split(": ")[0])).toContain(where);
});
