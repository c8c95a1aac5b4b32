import { namesIn } from "../../files/file-tree.ts";
import type { Session } from "../../session.ts";
import type { FrozenHost } from "../../world.ts";
import { membershipOf } from "../cluster/members.ts";
import { assertDigest, normalValue, readSections, type Section, writeSections } from "../cluster/section-file.ts";
import { distinctWords } from "../command/formats.ts";
import { ParameterError, PveError } from "../command/pve-error.ts";

import { groupsMigrated, RULE_OPTIONS, RULES, resourcesFile } from "./files.ts";
import type { Given } from "./groups.ts";

const TYPES = ["node-affinity", "resource-affinity"];

/** What the schema of a rule's type has against the parameters. */
function checkParameters(given: Given, isNew: boolean): void {
  const type = given.get("type") ?? "";
  const known = RULES.types[type];
  const errors = new Map<string, string>();
  const missing = known === undefined || !isNew ? [] : known.required.filter((name) => !given.has(name));
  for (const name of missing) errors.set(`oneOf[${type}].${name}`, "property is missing and it is not optional");
  for (const name of given.keys()) {
    if (["type", "rule", "digest", "delete"].includes(name) || !Object.hasOwn(RULE_OPTIONS, name)) continue;
    if (known === undefined && (name === "comment" || name === "disable")) continue;
    if (known?.required.includes(name) || known?.optional.includes(name)) continue;
    errors.set(name, "property is not defined in schema and the schema does not allow additional properties");
  }
  if (known === undefined)
    errors.set("type", `value '${type}' does not have a value in the enumeration '${TYPES.join(", ")}'`);
  const resources = given.get("resources");
  if (known !== undefined && resources !== undefined) {
    const odd = distinctWords(resources).some((each) => !/^[a-z]+:\S+$/.test(each));
    if (odd) {
      const why = "invalid format - value does not look like a valid ha resource id\n";
      errors.set(`oneOf[${type}].resources`, why);
    }
  }
  if (errors.size > 0) throw new ParameterError(new Map([...errors].sort(([a], [b]) => (a < b ? -1 : 1))));
}

export function addRule(session: Session, given: Given): string {
  checkParameters(given, true);
  if (!groupsMigrated(session.host)) throw new PveError("cannot create ha rule: ha groups have not been migrated yet");
  const failed = "create ha rule failed: ";
  const id = given.get("rule") ?? "";
  const type = given.get("type") ?? "";
  const { sections, warnings } = readSections(session.host, RULES);
  if (sections.some((rule) => rule.id === id)) throw new PveError(`${failed}HA rule '${id}' already defined`);
  const rule = { type, id, options: optionsOf(given) };
  check(session.host, sections, rule, failed);
  return warnings + writeSections(session, RULES, [...sections, rule]);
}

export function setRule(session: Session, given: Given): string {
  checkParameters(given, false);
  const failed = "update HA rules failed: ";
  const id = given.get("rule") ?? "";
  const { sections, warnings, digest } = readSections(session.host, RULES);
  assertDigest(given.get("digest"), digest, failed);
  const rule = sections.find((each) => each.id === id);
  if (rule === undefined) throw new PveError(`${failed}HA rule '${id}' does not exist`);
  if (rule.type !== given.get("type")) throw new PveError(`${failed}unexpected property 'type'`);
  const options = new Map(rule.options);
  // A rule that is disabled stays so with `--disable 0`: only `--delete disable` ends that.
  for (const [name, value] of optionsOf(given)) if (name !== "disable" || value === "1") options.set(name, value);
  for (const name of distinctWords(given.get("delete") ?? "")) {
    const known = RULES.types[rule.type];
    if (known?.required.includes(name)) throw new PveError(`${failed}unable to delete required option '${name}'`);
    if (!known?.optional.includes(name)) throw new PveError(`${failed}no such option '${name}'`);
    options.delete(name);
  }
  const changed = { ...rule, options };
  const others = sections.filter((each) => each !== rule);
  check(session.host, others, changed, failed);
  return (
    warnings +
    writeSections(
      session,
      RULES,
      sections.map((each) => (each === rule ? changed : each)),
    )
  );
}

/** Also of one that is not there. */
export function removeRule(session: Session, given: Given): string {
  const { sections, warnings } = readSections(session.host, RULES);
  const left = sections.filter(({ id }) => id !== given.get("rule"));
  return left.length === sections.length ? warnings : warnings + writeSections(session, RULES, left);
}

function optionsOf(given: Given): Map<string, string> {
  return new Map(
    [...given]
      .filter(([name]) => !["type", "rule", "digest", "delete"].includes(name))
      .map(([name, value]) => [name, normalValue(RULES, name, value)]),
  );
}

/** Whether a rule can be as it is said. */
function check(host: FrozenHost, others: readonly Section[], rule: Section, failed: string): void {
  const managed = new Set(readSections(host, resourcesFile(host)).sections.map(({ type, id }) => `${type}:${id}`));
  const resources = distinctWords(rule.options.get("resources") ?? "");
  const unmanaged = resources.filter((each) => !managed.has(each));
  if (unmanaged.length > 0) throw new PveError(`${failed}cannot use unmanaged resource(s) ${unmanaged.join(", ")}.`);
  const known = namesIn(host, "/etc/pve/nodes");
  const nodes = distinctWords(rule.options.get("nodes") ?? "").map((node) => node.split(":")[0] ?? "");
  const strangers = nodes.filter((node) => !known.includes(node));
  if (strangers.length > 0) throw new PveError(`${failed}cannot use non-existent node(s) ${strangers.join(", ")}.`);
  const why = conflictOf(host, others, rule);
  // The code is an errno that leaked.
  if (why !== null) throw new PveError(`${failed}400 Rule '${rule.id}' is invalid.\nresources: ${why}`, 2);
}

/** Why a rule can have no effect; null if it can. */
export function conflictOf(host: FrozenHost, others: readonly Section[], rule: Section): string | null {
  const resources = distinctWords(rule.options.get("resources") ?? "");
  if (rule.type === "node-affinity") {
    const used = others
      .filter(({ type, id }) => type === "node-affinity" && id !== rule.id)
      .flatMap(({ options }) => distinctWords(options.get("resources") ?? ""));
    const twice = resources.find((each) => used.includes(each));
    return twice === undefined ? null : `resource '${twice}' is already used in another node affinity rule`;
  }
  if (resources.length < 2) return "rule is ineffective as there are less than two resources";
  const nodes = membershipOf(host)?.members.length ?? 1;
  return rule.options.get("affinity") === "negative" && resources.length > nodes
    ? "rule defines more resources than available nodes"
    : null;
}

export interface ListedRule extends Section {
  readonly order: number;
  readonly state: "in use" | "ignored (conflicts)" | "disabled";
}
export function rulesOf(host: FrozenHost): {
  readonly rules: readonly ListedRule[];
  readonly warnings: string;
  readonly digest: string;
} {
  const { sections, warnings, digest } = readSections(host, RULES);
  const rules = sections.map((rule, index) => ({ ...rule, order: index + 1, state: stateOf(host, sections, rule) }));
  return { rules, warnings, digest };
}
function stateOf(host: FrozenHost, sections: readonly Section[], rule: Section): ListedRule["state"] {
  if (rule.options.get("disable") === "1") return "disabled";
  return conflictOf(host, sections, rule) === null ? "in use" : "ignored (conflicts)";
}
