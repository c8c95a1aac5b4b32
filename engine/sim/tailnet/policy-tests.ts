import type { Json } from "../../formats/hujson.ts";
import { reaches } from "../../formats/tailnet-access.ts";
import { splitDestination } from "../../formats/tailnet-normal.ts";
import { isArray, isObject } from "../../formats/tailnet-sections.ts";
import type { RolesOf } from "../../formats/tailnet-selector.ts";
import { failedSshTests } from "./ssh-tests.ts";
import type { TestFailure } from "./test-failure.ts";

type Rule = Readonly<Record<string, Json>>;

/** The tests of a policy, run against its own rules. Empty: all passed. */
export function failedTests(policy: Rule, rolesOf: RolesOf): readonly TestFailure[] {
  const tests = isArray(policy.tests) ? policy.tests.filter(isObject) : [];
  const failures = tests.map((test) => ({
    user: String(test.src),
    errors: [
      ...textsOf(test.accept).flatMap((asked) => wrong(policy, test, asked, "Accept", rolesOf)),
      ...textsOf(test.deny).flatMap((asked) => wrong(policy, test, asked, "Drop", rolesOf)),
    ],
  }));
  return [...failures, ...failedSshTests(policy, rolesOf)].filter(({ errors }) => errors.length > 0);
}

function wrong(policy: Rule, test: Rule, asked: string, want: "Accept" | "Drop", rolesOf: RolesOf): readonly string[] {
  const split = splitDestination(asked);
  if (split === null) return [`address ${JSON.stringify(asked)}: no port`];
  const proto = typeof test.proto === "string" ? { proto: test.proto } : {};
  const found = reaches(policy, { src: String(test.src), dst: split.host, ports: split.ports, ...proto }, rolesOf);
  // Of a group all members must get through, or none of them.
  const got = want === "Accept" ? found === "all" : found === "none";
  return got ? [] : [`address ${JSON.stringify(asked)}: want: ${want}, got: ${want === "Accept" ? "Drop" : "Accept"}`];
}

function textsOf(value: Json | undefined): readonly string[] {
  return isArray(value) ? value.filter((each) => typeof each === "string") : [];
}
