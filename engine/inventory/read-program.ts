import type { Place } from "../errors/diagnostic.ts";
import type { Report } from "../site/expect.ts";
import { readYaml } from "../site/read-yaml.ts";
import { isList, isMap, typeName, type Value, type ValueMap } from "../value/value.ts";
import type { Variable } from "../vars/layer.ts";
import { variableNameProblem } from "../vars/variable-names.ts";
import { checkConnectionVars, connectionVars } from "./connection-vars.ts";
import { checkGroupName, type RawInventory, rawGroup, rawHosts } from "./raw-inventory.ts";

/** What a program of the inventory has printed: for `--list`, and for `--host NAME` where the list does not say it all. */
export interface ProgramAnswer {
  readonly list: string;
  readonly hostVars: ReadonlyMap<string, string>;
}

/** The hosts whose variables the list lacks: it has no `_meta`, so each is asked for. */
export function hostsToAskFor(list: string): readonly string[] {
  const groups = parsed(list);
  if (!isMap(groups) || isMap(groups._meta)) return [];
  const named = Object.values(groups).flatMap((group) =>
    isList(group) ? group : isMap(group) ? (group.hosts ?? []) : [],
  );
  return [...new Set(named.flat().filter((name) => typeof name === "string"))];
}

/** Adds the groups, hosts and variables that a program has printed, in the form that Ansible asks of such programs. */
export function readProgram(file: string, answer: ProgramAnswer, raw: RawInventory, report: Report): void {
  const place: Place = { file, line: 1, column: 1 };
  const reader: Reader = { file, place, raw, report, unread: new Set() };
  const groups = jsonOf(answer.list, `${file} --list`, reader);
  if (groups === undefined) return;
  for (const [name, group] of Object.entries(groups)) if (name !== "_meta") readGroup(name, group, reader);
  const meta = groups._meta;
  const ofMeta = isMap(meta) ? meta.hostvars : undefined;
  if (ofMeta !== undefined && !isMap(ofMeta))
    complain(reader, `\`_meta.hostvars\` is ${typeName(ofMeta)}, and must be a map`);
  for (const [host, vars] of Object.entries(isMap(ofMeta) ? ofMeta : {})) readHostVars(host, vars, reader);
  for (const [host, text] of answer.hostVars) {
    const vars = jsonOf(text, `${file} --host ${host}`, reader);
    if (vars !== undefined) readHostVars(host, vars, reader);
  }
  if (reader.unread.size === 0) return;
  report({
    code: "ansible-variable",
    severity: "warning",
    message: `what ${file} prints has variables that mean nothing here: ${[...reader.unread].sort().join(", ")}`,
    place,
  });
}

interface Reader {
  readonly file: string;
  readonly place: Place;
  readonly raw: RawInventory;
  readonly report: Report;
  /** Ansible's own variables that have no counterpart. */
  readonly unread: Set<string>;
}

function readGroup(name: string, group: Value, reader: Reader): void {
  const { place, raw, report } = reader;
  if (!checkGroupName(name, place, report)) return;
  const made = rawGroup(name, place, raw);
  // A bare list is one of hosts.
  const { hosts = [], children = [], vars = {}, ...others } = isMap(group) ? group : { hosts: group };
  const odd = Object.keys(others);
  if (odd.length > 0) complain(reader, `a group has no \`${odd.join("`, `")}\`: in \`${name}\``);
  for (const host of namesIn(hosts, `hosts of \`${name}\``, reader))
    for (const each of rawHosts(host, place, raw, report)) made.hosts.add(each.name);
  for (const child of namesIn(children, `children of \`${name}\``, reader)) {
    if (child === "all") complain(reader, "`all` holds every group and can be in none", "group-cycle");
    else if (checkGroupName(child, place, report)) {
      made.children.set(child, place);
      rawGroup(child, place, raw);
    }
  }
  if (isMap(vars)) addData(vars, made.vars, reader);
  else complain(reader, `\`vars\` of \`${name}\` is ${typeName(vars)}, and must be a map`);
}

function readHostVars(name: string, vars: Value, reader: Reader): void {
  const { place, raw, report } = reader;
  if (!isMap(vars)) complain(reader, `the variables of \`${name}\` are ${typeName(vars)}, and must be a map`);
  else for (const host of rawHosts(name, place, raw, report)) addData(vars, host.vars, reader);
}

/** Data: braces in what a program prints are no template. Ansible's names of connections are taken for ours. */
function addData(vars: ValueMap, into: Map<string, Variable>, { place, report, unread }: Reader): void {
  const added = new Map<string, Variable>();
  for (const [name, value] of Object.entries(vars)) {
    const ours = connectionVars.find(({ ansible }) => ansible?.includes(name))?.name;
    if (ours === undefined && name.startsWith("ansible_")) unread.add(name);
    else {
      const problem = variableNameProblem(ours ?? name, place);
      if (problem) report(problem);
      else added.set(ours ?? name, { place, content: { kind: "data", value } });
    }
  }
  checkConnectionVars(added, report);
  for (const [name, variable] of added) into.set(name, variable);
}

function namesIn(value: Value, what: string, reader: Reader): readonly string[] {
  if (isList(value) && value.every((name) => typeof name === "string")) return value;
  complain(reader, `${what}: a list of names is expected`);
  return [];
}

function jsonOf(text: string, call: string, reader: Reader): ValueMap | undefined {
  const value = parsed(text);
  if (isMap(value)) return value;
  const fault = value === undefined ? faultIn(text) : `it is ${typeName(value)}`;
  complain(reader, `${call} prints no JSON map: ${text.trim() === "" ? "it prints nothing" : fault}`);
  return undefined;
}

function parsed(text: string): Value | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Where it stops being JSON, with the line. JSON is YAML, and its parser knows lines and columns. */
function faultIn(text: string): string {
  const [first] = readYaml("(output)", text).diagnostics.filter(({ severity }) => severity !== "warning");
  const line = (number: number): string => JSON.stringify((text.split("\n")[number - 1] ?? "").slice(0, 60));
  if (first?.place === undefined) return `it begins with ${line(1)}`;
  return `line ${first.place.line}, column ${first.place.column}, in ${line(first.place.line)}`;
}

function complain({ place, report }: Reader, message: string, code = "bad-inventory-output"): void {
  report({
    code,
    message,
    place,
    ...(code === "bad-inventory-output" && {
      hint: "the form is that of Ansible's inventory scripts: docs/inventory.md",
    }),
  });
}
