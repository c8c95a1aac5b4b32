import { CONFIG_ID } from "../../pve/cluster/section-file.ts";
import type { Schema } from "../../pve/command/schema.ts";
import { GROUP_OPTIONS, RESOURCE_ID, RULE_OPTIONS, resourceOptions } from "../../pve/ha/files.ts";
import { addHaGroup, removeHaGroup, setHaGroup } from "../../pve/ha/groups.ts";
import { addResource, removeResource, setResource } from "../../pve/ha/resources.ts";
import { addRule, removeRule, setRule } from "../../pve/ha/rules.ts";

import type { Session } from "../../session.ts";
import type { FrozenHost } from "../../world.ts";
import { FORMATTING } from "../pvesh/index.ts";
import { crmCommand, nodeMaintenance } from "./crm-command.ts";
import type { Said } from "./said.ts";
import { groupConfig, resourceConfig, ruleConfig, ruleList, status } from "./show.ts";

export interface Command {
  readonly words: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly options: Readonly<Record<string, Schema>>;
  readonly formatted?: true;
  run(session: Session, given: ReadonlyMap<string, string>): Said;
}

const text: Schema = { kind: "string" };
const boolean: Schema = { kind: "boolean" };
const sid = { sid: RESOURCE_ID };
const group = { group: CONFIG_ID };
const changing = { delete: text, digest: text };

/** A subcommand that changes something and says nothing but warnings. */
const silent = (work: (session: Session, given: ReadonlyMap<string, string>) => string): Command["run"] => {
  return (session, given) => ({ stderr: work(session, given) });
};

/** Subcommands of every release. */
export function commandsOf(host: FrozenHost, version9: boolean): Readonly<Record<string, Command>> {
  return { ...commonTo(host, version9), ...(version9 && RULES) };
}

function commonTo(host: FrozenHost, version9: boolean): Readonly<Record<string, Command>> {
  const resource = resourceOptions(host);
  return {
    status: { words: {}, options: { verbose: boolean }, run: status },
    config: {
      words: {},
      options: { type: { kind: "string", values: ["ct", "vm"] } },
      run: resourceConfig,
    },
    groupconfig: { words: {}, options: {}, run: groupConfig },
    groupadd: {
      words: group,
      required: ["nodes"],
      options: { ...GROUP_OPTIONS, type: { kind: "string", values: ["group"] } },
      run: silent(addHaGroup),
    },
    groupset: { words: group, options: { ...GROUP_OPTIONS, ...changing }, run: silent(setHaGroup) },
    groupremove: { words: group, options: {}, run: silent(removeHaGroup) },
    add: {
      words: sid,
      options: { ...resource, type: { kind: "string", values: ["ct", "vm"] } },
      run: silent(addResource),
    },
    set: { words: sid, options: { ...resource, ...changing }, run: silent(setResource) },
    remove: { words: sid, options: version9 ? { purge: boolean } : {}, run: silent(removeResource) },
    "crm-command migrate": {
      words: { ...sid, node: text },
      options: {},
      run: (session, given) => crmCommand(session, "migrate", given),
    },
    "crm-command relocate": {
      words: { ...sid, node: text },
      options: {},
      run: (session, given) => crmCommand(session, "relocate", given),
    },
    "crm-command stop": {
      words: { ...sid, timeout: { kind: "integer", min: 0 } },
      options: {},
      run: (session, given) => crmCommand(session, "stop", given),
    },
    "crm-command node-maintenance enable": {
      words: { node: text },
      options: {},
      run: (session, given) => nodeMaintenance(session, "enable", given),
    },
    "crm-command node-maintenance disable": {
      words: { node: text },
      options: {},
      run: (session, given) => nodeMaintenance(session, "disable", given),
    },
  };
}

const rule = { type: text, rule: CONFIG_ID };
/** What is wrong with them is said after their type is known. */
const ruleOptions = { ...RULE_OPTIONS, resources: text };
const RULES: Readonly<Record<string, Command>> = {
  "rules add": { words: rule, options: ruleOptions, run: silent(addRule) },
  "rules set": { words: rule, options: { ...ruleOptions, ...changing }, run: silent(setRule) },
  "rules remove": { words: { rule: CONFIG_ID }, options: {}, run: silent(removeRule) },
  "rules list": { words: {}, options: FORMATTING, formatted: true, run: ruleList },
  "rules config": {
    words: {},
    options: { ...FORMATTING, resource: text, type: text },
    formatted: true,
    run: ruleConfig,
  },
};
