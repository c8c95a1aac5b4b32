import { nodeAt } from "../../files/file-tree.ts";
import { nodeText } from "../../files/node.ts";
import type { FrozenHost } from "../../world.ts";
import { CONFIG_ID, type SectionFile } from "../cluster/section-file.ts";
import { configId, distinctWords } from "../command/formats.ts";
import type { Schema } from "../command/schema.ts";

const boolean: Schema = { kind: "boolean" };
const comment: Schema = { kind: "string" };
const checkId = (_: string, id: string) => configId(id);

/** `pve1`, `pve2:3`. */
const NODE_LIST: Schema = {
  kind: "string",
  format: (value) =>
    distinctWords(value).every((each) => /^[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?(:\d+)?$/.test(each))
      ? null
      : "value does not look like a valid ha group node",
};
/** `ct:100`, `vm:200`; on the command line a number alone. */
export const RESOURCE_ID: Schema = {
  kind: "string",
  format: (value) => (/^(\d+|[a-z]+:\S+)$/.test(value) ? null : "value does not look like a valid ha resource id"),
};
export const RESOURCE_LIST: Schema = {
  kind: "string",
  format: (value) =>
    distinctWords(value).every((each) => /^[a-z]+:\S+$/.test(each))
      ? null
      : "value does not look like a valid ha resource id",
};

export const GROUP_OPTIONS: Readonly<Record<string, Schema>> = {
  comment,
  nodes: NODE_LIST,
  nofailback: boolean,
  restricted: boolean,
};
export const GROUPS: SectionFile = {
  path: "/etc/pve/ha/groups.cfg",
  types: { group: { required: ["nodes"], optional: ["comment", "nofailback", "restricted"] } },
  kinds: GROUP_OPTIONS,
  checkId,
  shuffled: ["nodes"],
  normalise: (name, value) => (name === "nodes" ? distinctWords(value).join(",") : value),
};

const STATES = ["started", "stopped", "enabled", "disabled", "ignored"];
export const RESOURCE_OPTIONS: Readonly<Record<string, Schema>> = {
  comment,
  group: CONFIG_ID,
  max_relocate: { kind: "integer", min: 0 },
  max_restart: { kind: "integer", min: 0 },
  state: { kind: "string", values: STATES },
};
/** Whether resources fall back to their best node by themselves is theirs from Proxmox VE 9 on. */
export function resourceOptions(host: FrozenHost): Readonly<Record<string, Schema>> {
  return isVersion9(host) ? { ...RESOURCE_OPTIONS, failback: boolean } : RESOURCE_OPTIONS;
}
export function resourcesFile(host: FrozenHost): SectionFile {
  const kinds = resourceOptions(host);
  const type = { required: [], optional: Object.keys(kinds) };
  return {
    path: "/etc/pve/ha/resources.cfg",
    types: { ct: type, vm: type },
    kinds,
    checkId: (_, id) => (/^[1-9]\d{2,8}$/.test(id) ? null : `invalid VM ID '${id}'`),
  };
}

export const RULE_OPTIONS: Readonly<Record<string, Schema>> = {
  affinity: { kind: "string", values: ["positive", "negative"] },
  comment,
  disable: boolean,
  nodes: NODE_LIST,
  resources: RESOURCE_LIST,
  strict: boolean,
};
const sortedList = (name: string, value: string) =>
  name === "nodes" || name === "resources" ? [...distinctWords(value)].sort().join(",") : value;
export const RULES: SectionFile = {
  path: "/etc/pve/ha/rules.cfg",
  types: {
    "node-affinity": { required: ["nodes", "resources"], optional: ["comment", "disable", "strict"] },
    "resource-affinity": { required: ["affinity", "resources"], optional: ["comment", "disable"] },
  },
  kinds: RULE_OPTIONS,
  checkId,
  normalise: sortedList,
};

export function isVersion9(host: FrozenHost): boolean {
  return host.pve?.version === "9.0";
}
/** On Proxmox VE 9 groups live on until they are migrated, which leaves no group. */
export function groupsMigrated(host: FrozenHost): boolean {
  if (!isVersion9(host)) return false;
  const file = nodeAt(host, GROUPS.path);
  return file?.type !== "file" || nodeText(file).trim() === "";
}
