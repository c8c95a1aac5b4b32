import { expect, test } from "vitest";
import { pvePool } from "../../../modules/pve-pool.ts";
import { changeOf, commandsOf, planOf, problemsOf, resultOf, stat } from "../../support/plan-module.ts";

const CFG = "user:root@pam:1:0::::::\n\npool:p1:c%3A ü:101,102:local:\npool:p1/in::200::\npool:p2::::\n";
const seen = (cfg: string | null = CFG, pmxcfs: unknown = stat({ type: "directory" })) => ({ cfg, pmxcfs });

test.each<[object, readonly string[]]>([
  [{ pool: "new" }, ["create /pools --poolid new"]],
  [
    { pool: "new", comment: "x", vmids: [300] },
    ["create /pools --poolid new --comment x", "set /pools --poolid new --vms 300"],
  ],
  [{ pool: "p1", comment: "c: ü", vmids: [102, 101], storages: ["local"] }, []],
  [
    { pool: "p1", vmids: [101, 300] },
    ["set /pools --poolid p1 --vms 102 --delete 1", "set /pools --poolid p1 --vms 300"],
  ],
  [{ pool: "p1", vmids: [300], storages: [], exact: false }, ["set /pools --poolid p1 --vms 300"]],
  [
    { pool: "p1", vmids: [], storages: [], comment: "" },
    ["set /pools --poolid p1 --vms 101,102 --storage local --delete 1", "set /pools --poolid p1 --comment "],
  ],
  [{ pool: "p2", vmids: [101, 200], move: true }, ["set /pools --poolid p2 --vms 101,200 --allow-move 1"]],
  [{ pool: "p2", state: "absent" }, ["delete /pools --poolid p2"]],
  [
    { pool: "p1/in", state: "absent", even_if_used: true },
    ["set /pools --poolid p1/in --vms 200 --delete 1", "delete /pools --poolid p1/in"],
  ],
  [{ pool: "none", state: "absent" }, []],
])("%j", (raw, words) => {
  const plan = changeOf(pvePool, raw, seen());
  expect(commandsOf(plan.steps)).toEqual(words.map((each) => `pvesh ${each}`));
});

test.each<[object, RegExp]>([
  [{ pool: "p2", vmids: [101, 200] }, /in another pool: 101 \(p1\), 200 \(p1\/in\)/],
  [{ pool: "zz/in" }, /no pool zz/],
  [{ pool: "p1", state: "absent", even_if_used: true }, /pools in pool p1: p1\/in/],
  [{ pool: "p1/in", state: "absent" }, /has members: guest 200/],
])("%j is refused", (raw, why) => {
  expect(planOf(pvePool, raw, seen())).toMatchObject({ kind: "refuse", why: expect.stringMatching(why) });
});

test("a host that is no node is refused, and the result is the pool", () => {
  expect(planOf(pvePool, { pool: "p1" }, seen(null, null))).toMatchObject({ kind: "refuse" });
  expect(resultOf(pvePool, { pool: "p1" }, seen(), new Date(0))).toMatchObject({ comment: "c: ü", vmids: [101, 102] });
});

test.each<[object, string]>([
  [{ pool: "a b" }, "pool"],
  [{ pool: "a/b/c/d" }, "pool"],
  [{ pool: "p:x" }, "pool"],
  [{ pool: "p1", comment: "a\nb" }, "comment"],
  [{ pool: "p1", vmids: [99] }, "vmids.0"],
  [{ pool: "p1", vmids: "101" }, "vmids"],
  [{ pool: "p1", storages: ["a,b"] }, "storages.0"],
  [{ pool: "p1", exact: "x" }, "exact"],
  [{ pool: "p1", move: 1 }, "move"],
  [{ pool: "p1", even_if_used: true }, "even_if_used"],
  [{ pool: "p1", state: "absent", vmids: [100] }, "vmids"],
  [{ pool: "p1", state: "absent", move: true }, "move"],
  [{ pool: "p1", state: "here" }, "state"],
])("bad input: %j", (raw, where) => {
  expect(problemsOf(pvePool, raw).map((problem) => problem.split(": ")[0])).toContain(where);
});
