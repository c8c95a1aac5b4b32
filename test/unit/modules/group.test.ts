import { describe, expect, test } from "vitest";
import { group } from "../../../modules/group.ts";
import { changeOf, commandsOf, exec, planOf, problemsOf, resultOf, stat } from "../../support/plan-module.ts";

const seen = (more = {}) => ({
  groups: "root:x:0:\nkids:x:3101:lisa,anna\nanna:x:3001:\n",
  passwd: "anna:x:3001:3001::/home/anna:/bin/sh\nlisa:x:3003:3003::/:/bin/sh\n",
  nss: exec("", 2),
  tool: stat(),
  ...more,
});

test.each([
  ["new", { name: "parents" }, ["groupadd -- parents"]],
  [
    "new, of the system, with members",
    { name: "media", system: true, gid: 990, members: ["anna"] },
    ["groupadd -g 990 -r -- media", "gpasswd -M anna media"],
  ],
  ["as it is", { name: "kids", gid: 3101, members: ["anna", "lisa", "anna"] }, []],
  ["other members", { name: "kids", members: ["lisa"] }, ["gpasswd -M lisa kids"]],
  ["no members", { name: "kids", members: [] }, ["gpasswd -M  kids"]],
  ["another number", { name: "kids", gid: 3200, change_gid: true }, ["groupmod -g 3200 -- kids"]],
  ["to go", { name: "kids", state: "absent" }, ["groupdel -- kids"]],
  ["gone", { name: "none", state: "absent" }, []],
])("%s", (_, raw, commands) => {
  expect(commandsOf(changeOf(group, raw, seen()).steps)).toEqual(commands);
});
test.each([
  ["another number", { name: "kids", gid: 3200 }, {}, /has the number 3101/],
  ["another's number", { name: "parents", gid: 3101 }, {}, /belongs to the group kids/],
  ["a primary group", { name: "anna", state: "absent" }, {}, /primary group of anna/],
  ["strangers", { name: "kids", members: ["per"] }, {}, /no user per/],
  ["of a directory service", { name: "ldap" }, { nss: exec("ldap:*:9:\n") }, /directory service/],
  ["no tools", { name: "new" }, { tool: null }, /no groupadd/],
])("%s is refused", (_, raw, more, why) => {
  expect(planOf(group, raw, seen(more))).toMatchObject({ kind: "refuse", why: expect.stringMatching(why) });
});
test("the result", () => {
  expect(resultOf(group, { name: "kids" }, seen(), new Date(0))).toEqual({
    name: "kids",
    gid: 3101,
    members: ["lisa", "anna"],
  });
});
describe("bad parameters", () => {
  test.each([
    [{}, "name"],
    [{ name: "--help" }, "name of a group"],
    [{ name: "a:b" }, "name of a group"],
    [{ name: "a", gid: 1.5 }, "expected a number"],
    [{ name: "a", gid: 4294967295 }, "gid"],
    [{ name: "a", members: ["x y"] }, "name of a user"],
    [{ name: "a", members: "x" }, "members"],
    [{ name: "a", change_gid: true }, "needs the gid"],
    [{ name: "a", state: "absent", gid: 1 }, "no gid"],
    [{ name: "root", state: "absent" }, "belongs to the system"],
  ])("%j", (bad, message) => {
    expect(problemsOf(group, bad).join("\n")).toContain(message);
  });
});
