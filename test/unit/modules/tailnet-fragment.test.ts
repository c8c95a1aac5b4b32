import { describe, expect, it } from "vitest";
import { Secret } from "../../../engine/value/secret.ts";
import { tailnetFragment } from "../../../modules/tailnet-fragment.ts";
import { problemsOf, runOf } from "../../support/plan-module.ts";

describe("tailnet_fragment", () => {
  it("contributes the sections that are given, as they are given", () => {
    const fragment = { tagOwners: { "tag:nas": [] }, tests: [{ src: "anna@example.com", deny: ["tag:nas:22"] }] };
    expect(runOf(tailnetFragment, fragment)).toEqual({
      contribute: fragment,
      result: { sections: ["tagOwners", "tests"] },
    });
  });

  it.each<[unknown, string | RegExp]>([
    [{}, /an empty fragment/],
    [{ acl: [], postures: {} }, /Unrecognized key/],
    [{ groups: [] }, "groups: expected a map of groups"],
    [{ acls: {} }, "acls: expected a list of rules"],
    [{ groups: { "group:kids": ["group:parents"] } }, /^groups\.group:kids\.0: .*groups cannot hold groups/],
    [{ groups: { "group:kids": ["tag:tablet"] } }, /not devices/],
    [{ tagOwners: { nas: [] } }, /^tagOwners\.nas: /],
    [{ hosts: { home: "192.168.1.1/24" } }, /write 192\.168\.1\.0\/24/],
    [{ acls: [{ action: "accept", src: ["*"], dst: ["tag:nas"] }] }, /^acls\.0\.dst\.0: .*has no ports/],
    [{ grants: [{ src: ["*"], dst: ["tag:nas:445"], ip: ["*"] }] }, /stand in `ip`/],
    [{ tests: [{ src: "autogroup:self", accept: ["tag:nas:445"] }] }, /cannot be the source of a test/],
    [{ hosts: { nas: new Secret("192.168.1.5") } }, /cannot hold a secret/],
    [{ acls: [{ action: "accept", src: [new Secret("anna@example.com")], dst: ["*:*"] }] }, /cannot hold a secret/],
    ...["", ";", "a\nb", "a\0b", "--option", "$(id)", "`id`", 'a"b', "é", "x".repeat(10_000)].map(
      (text): [unknown, RegExp] => [{ acls: [{ action: "accept", src: [text], dst: ["*:*"] }] }, /^acls\.0\.src\.0: /],
    ),
  ])("refuses %j", (given, message) => {
    const problems = problemsOf(tailnetFragment, given);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(typeof message === "string" ? new RegExp(`${message}`) : message);
    expect(problems[0]?.length).toBeLessThan(300);
  });
});
