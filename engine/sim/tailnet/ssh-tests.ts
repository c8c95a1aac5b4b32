import type { Json } from "../../formats/hujson.ts";
import { isArray, isObject } from "../../formats/tailnet-sections.ts";
import {
  coversDestination,
  coversSource,
  expandSelector,
  isLogin,
  namesOf,
  type RolesOf,
} from "../../formats/tailnet-selector.ts";
import type { TestFailure } from "./test-failure.ts";

type Rule = Readonly<Record<string, Json>>;
type Verdict = "accept" | "check" | "deny";

/** Tests of who may log in with Tailscale SSH, and as whom. */
export function failedSshTests(policy: Rule, rolesOf: RolesOf): readonly TestFailure[] {
  const tests = isArray(policy.sshTests) ? policy.sshTests.filter(isObject) : [];
  return tests.map((test) => {
    const src = String(test.src);
    const errors = (["accept", "check", "deny"] as const).flatMap((want) =>
      textsOf(test[want]).flatMap((user) =>
        textsOf(test.dst).flatMap((dst) => {
          const got = verdict(policy, src, dst, user, rolesOf);
          return got === want ? [] : [`ssh ${user}@${dst}: want: ${want}, got: ${got}`];
        }),
      ),
    );
    return { user: src, errors };
  });
}

/** Of the rules that fit one that checks goes before one that accepts. */
function verdict(policy: Rule, src: string, dst: string, user: string, rolesOf: RolesOf): Verdict {
  const names = namesOf(policy);
  const rules = isArray(policy.ssh) ? policy.ssh.filter(isObject) : [];
  const everyone = expandSelector(src, names);
  const verdicts = everyone.map((one): Verdict => {
    const fitting = rules.filter(
      (each) =>
        textsOf(each.src).some((wide) => expandSelector(wide, names).some((w) => coversSource(w, one, rolesOf))) &&
        textsOf(each.dst).some((wide) =>
          expandSelector(wide, names).some((w) =>
            expandSelector(dst, names).every((d) => coversDestination(w, d, one)),
          ),
        ) &&
        textsOf(each.users).some((allowed) => mayBe(allowed, user, one)),
    );
    return fitting.length === 0 ? "deny" : fitting.some(({ action }) => action === "check") ? "check" : "accept";
  });
  return verdicts.find((each) => each === "deny") ?? verdicts.find((each) => each === "check") ?? verdicts[0] ?? "deny";
}

/** `localpart:*@example.com`: the user whose name stands in front of the @ of the login. */
function mayBe(allowed: string, user: string, login: string): boolean {
  if (allowed === user) return true;
  if (allowed === "autogroup:nonroot") return user !== "root";
  const domain = /^localpart:\*(@.+)$/.exec(allowed)?.[1];
  return domain !== undefined && isLogin(login) && login === `${user}${domain}`;
}

function textsOf(value: Json | undefined): readonly string[] {
  return isArray(value) ? value.filter((each) => typeof each === "string") : [];
}
