import { fails, says } from "../../tool.ts";
import { checkProperties } from "../../zfs/check-properties.ts";
import { findPool } from "../../zfs/find-dataset.ts";
import { setProperty } from "../../zfs/set-property.ts";
import { rulesOf } from "../../zfs/versions.ts";
import { splitPairs, type ZfsCommand, zfsOptions } from "./options.ts";
import { mayDo } from "./rights.ts";
import { openSubject } from "./subjects.ts";
import { misused } from "./usage.ts";

/** `zfs set`: all values are checked first; what only the kernel refuses leaves the other pairs set. */
export const set: ZfsCommand = (context, args) => {
  const { session } = context;
  const rules = rulesOf(session.host);
  const options = zfsOptions(context, "set", args, { letters: rules.setWithoutMount ? "u" : "" });
  if ("failure" in options) return options.failure;
  const words = options.words;
  if (words.length === 0) return misused(rules, "set", "missing arguments");
  const count = words.findIndex((word) => !word.includes("="));
  const given = count < 0 ? words : words.slice(0, count);
  const names = count < 0 ? [] : words.slice(count);
  if (names.length === 0) return misused(rules, "set", "missing dataset name(s)");
  const split = splitPairs(given);
  if ("error" in split) return fails(rules.setFailure, `${split.error}\n`);
  let stderr = "";
  let code = 0;
  const failed = (status: number, text: string) => {
    stderr += text;
    code = Math.max(code, status);
  };
  for (const name of names) {
    const subject = openSubject(session, name);
    if ("error" in subject) {
      failed(1, `${subject.error}\n`);
      continue;
    }
    const cannot = (why: string) => `cannot set property for '${name}': ${why}\n`;
    const { host } = session;
    if (subject.kind === "bookmark") {
      failed(rules.setFailure, cannot("operation not applicable to datasets of this type"));
      continue;
    }
    const checked = checkProperties({ host, type: subject.kind, dataset: subject.dataset }, split.pairs);
    if ("error" in checked) {
      failed(rules.setFailure, cannot(checked.error));
      continue;
    }
    const denied = checked.pairs.some((pair) => !mayDo(session, subject.dataset.name, rightFor(pair.name)));
    if (denied || findPool(host, name)?.readOnly) {
      failed(rules.setFailure, cannot(denied ? "permission denied" : "pool is read-only"));
      continue;
    }
    const faults = new Set<string>();
    for (const pair of checked.pairs) {
      const outcome = setProperty(session, subject, pair, { mount: !options.flags.has("u") });
      if (outcome.kind === "refused") faults.add(cannot(outcome.why));
      else if (outcome.warning !== null) failed(outcome.code, outcome.warning);
    }
    if (faults.size > 0) failed(rules.setFailure, [...faults].join(""));
  }
  return { ...says("", stderr), code };
};

function rightFor(property: string): string {
  if (property.includes("@")) return property.split("@", 1)[0] ?? property;
  return property.includes(":") ? "userprop" : property;
}
