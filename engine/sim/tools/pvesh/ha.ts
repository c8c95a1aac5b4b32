import { shuffled } from "../../pve/cluster/print-sections.ts";
import { CONFIG_ID, readSections, type Section, sectionRecord } from "../../pve/cluster/section-file.ts";
import { PveError } from "../../pve/command/pve-error.ts";
import type { Schema } from "../../pve/command/schema.ts";
import { GROUP_OPTIONS, GROUPS, isVersion9, RESOURCE_ID, RULE_OPTIONS, resourcesFile } from "../../pve/ha/files.ts";
import { addHaGroup, assertGroups, removeHaGroup, setHaGroup } from "../../pve/ha/groups.ts";
import { addResource, findResource, removeResource, resolveSid, setResource } from "../../pve/ha/resources.ts";
import { addRule, removeRule, rulesOf, setRule } from "../../pve/ha/rules.ts";

import type { Session } from "../../session.ts";
import { NotImitated } from "../../tool.ts";
import { haServices, isQuorate, ruleRecord } from "../ha-manager/show.ts";
import type { ApiCall, ApiMethod, ApiPath, Json } from "./api.ts";

const text: Schema = { kind: "string" };
const boolean: Schema = { kind: "boolean" };
const changing = { delete: text, digest: text };
/** Options of both releases; what this one does not have is refused when it is used. */
const RESOURCE: ApiMethod["options"] = {
  comment: text,
  failback: boolean,
  group: CONFIG_ID,
  max_relocate: { kind: "integer", min: 0 },
  max_restart: { kind: "integer", min: 0 },
  state: { kind: "string", values: ["started", "stopped", "enabled", "disabled", "ignored"] },
};

const changes = (
  work: (session: Session, given: ReadonlyMap<string, string>) => string,
  more: Omit<ApiMethod, "run">,
): ApiMethod => ({
  ...more,
  run: ({ session, path, options }) => {
    if (options.has("failback") && !isVersion9(session.host))
      throw new NotImitated("the embedded lab's pvesh knows `failback` on Proxmox VE 9 only");
    return { data: null, stderr: work(session, new Map([...Object.entries(path), ...options])) };
  },
});

export const haPaths: readonly ApiPath[] = [
  {
    path: "/cluster/ha/groups",
    get: {
      columns: ["group"],
      run: ({ session }) => {
        assertGroups(session, "index groups");
        const { sections, warnings, digest } = readSections(session.host, GROUPS);
        return { data: sections.map((group) => groupRecord(group, digest)), stderr: warnings };
      },
    },
    create: changes(addHaGroup, { options: { ...GROUP_OPTIONS, group: CONFIG_ID }, required: ["group", "nodes"] }),
  },
  {
    path: "/cluster/ha/groups/{group}",
    get: {
      run: ({ session, path }) => {
        assertGroups(session, "read group");
        const { sections, warnings, digest } = readSections(session.host, GROUPS);
        const group = sections.find(({ id }) => id === path.group);
        if (group === undefined) throw new PveError(`no such ha group '${path.group}'`);
        return { data: groupRecord(group, digest), stderr: warnings };
      },
    },
    set: changes(setHaGroup, { options: { ...GROUP_OPTIONS, ...changing } }),
    delete: changes(removeHaGroup, {}),
  },
  {
    path: "/cluster/ha/resources",
    get: {
      columns: ["sid"],
      options: { type: { kind: "string", values: ["ct", "vm"] } },
      run: ({ session: { host }, options }) => {
        const { sections, warnings, digest } = readSections(host, resourcesFile(host));
        const type = options.get("type");
        const shown = sections.filter((each) => type === undefined || each.type === type);
        return { data: shown.map((each) => resourceRecord(host, each, digest)), stderr: warnings };
      },
    },
    create: changes(addResource, { options: { ...RESOURCE, sid: RESOURCE_ID, type: text }, required: ["sid"] }),
  },
  {
    path: "/cluster/ha/resources/{sid}",
    get: {
      run: ({ session: { host }, path }) => {
        const sid = resolveSid(host, path.sid ?? "");
        const { sections, warnings, digest } = readSections(host, resourcesFile(host));
        const resource = findResource(sections, sid);
        if (resource === undefined) throw new PveError(`no such resource '${sid.type}:${sid.id}'`);
        return { data: resourceRecord(host, resource, digest), stderr: warnings };
      },
    },
    set: changes(setResource, { options: { ...RESOURCE, ...changing } }),
    delete: changes(removeResource, { options: { purge: boolean } }),
  },
  {
    path: "/cluster/ha/rules",
    get: {
      columns: ["rule"],
      run: (call) => {
        const { rules, warnings, digest } = rulesOf(version9(call).host);
        return { data: rules.map((rule) => ruleRecord(rule, digest)), stderr: warnings };
      },
    },
    create: changes(addRule, {
      options: { ...RULE_OPTIONS, rule: CONFIG_ID, type: text },
      required: ["rule", "type"],
    }),
  },
  {
    path: "/cluster/ha/rules/{rule}",
    get: {
      run: (call) => {
        const { rules, warnings, digest } = rulesOf(version9(call).host);
        const rule = rules.find(({ id }) => id === call.path.rule);
        if (rule === undefined) throw new PveError(`no such ha rule '${call.path.rule}'`);
        return { data: ruleRecord(rule, digest), stderr: warnings };
      },
    },
    set: changes(setRule, { options: { ...RULE_OPTIONS, ...changing, type: text }, required: ["type"] }),
    delete: changes(removeRule, {}),
  },
  {
    path: "/cluster/ha/status/current",
    get: {
      run: ({ session: { host } }) => {
        const quorate = isQuorate(host) ? 1 : 0;
        const quorum = {
          id: "quorum",
          node: host.hostname,
          quorate,
          status: quorate ? "OK" : "No quorum on node",
          type: "quorum",
        };
        const services = haServices(host).map(({ resource, sid, node, state }) => ({
          ...sectionRecord(resourcesFile(host), resource.options),
          id: `service:${sid}`,
          node,
          request_state: resource.options.get("state") ?? "started",
          sid,
          state,
          status: `${sid} (${node}, ${state})`,
          type: "service",
        }));
        return { data: [quorum, ...services] };
      },
    },
  },
];

function version9({ session: found }: ApiCall): Session {
  if (!isVersion9(found.host)) throw new PveError("No 'get' handler defined for '/cluster/ha/rules'", 1);
  return found;
}

function groupRecord({ id, type, options }: Section, digest: string): Json {
  const nodes = (options.get("nodes") ?? "").split(",");
  return { ...sectionRecord(GROUPS, options), digest, group: id, nodes: shuffled(nodes, digest + id).join(","), type };
}
function resourceRecord(host: Session["host"], { id, type, options }: Section, digest: string): Json {
  return { ...sectionRecord(resourcesFile(host), options), digest, sid: `${type}:${id}`, type };
}
