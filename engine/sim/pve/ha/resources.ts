import type { Session } from "../../session.ts";
import type { FrozenHost } from "../../world.ts";
import { guestTypeOf } from "../cluster/replication.ts";
import { assertDigest, normalValue, readSections, type Section, writeSections } from "../cluster/section-file.ts";
import { distinctWords } from "../command/formats.ts";
import { PveError } from "../command/pve-error.ts";

import { GROUPS, groupsMigrated, isVersion9, RULES, resourcesFile } from "./files.ts";
import type { Given } from "./groups.ts";

interface Sid {
  readonly type: string;
  readonly id: string;
}
const textOf = ({ type, id }: Sid) => `${type}:${id}`;

/** `ct:100`, or a number, whose type is that of the guest. Throws if there is none. */
export function resolveSid(host: FrozenHost, text: string, code = 255): Sid {
  const [type = "", id] = text.split(":");
  if (id !== undefined) return { type, id };
  const found = guestTypeOf(host, text);
  if (found !== undefined) return { type: found === "lxc" ? "ct" : "vm", id: text };
  const unable = isVersion9(host) ? "unable to detect" : "unable do detect";
  throw new PveError(`${unable} SID from VMID - VM/CT ${text} does not exist`, code);
}

export function addResource(session: Session, given: Given): string {
  const { host } = session;
  const file = resourcesFile(host);
  // What is wrong before the lock is taken ends with the errno that making the lock's folder has left.
  const early = (why: string) => new PveError(why, 17);
  const sid = resolveSid(host, given.get("sid") ?? "", 17);
  const type = given.get("type");
  if (type !== undefined && type !== sid.type) throw early("types does not match");
  assertNoGroup(host, given);
  if (file.types[sid.type] === undefined) throw early(`unknown section type '${sid.type}'`);
  const guest = guestTypeOf(host, sid.id);
  if (guest === undefined) throw early(`resource '${textOf(sid)}' does not exist in cluster`);
  if (isVersion9(host) && (guest === "lxc") !== (sid.type === "ct")) {
    const kind = sid.type === "ct" ? "a container" : "a virtual machine";
    throw early(`resource '${textOf(sid)}' - guest with ID ${sid.id} is not ${kind}`);
  }
  const { sections, warnings } = readSections(host, file);
  if (findResource(sections, sid) !== undefined)
    throw new PveError(`${warnings}create resource failed: resource ID '${textOf(sid)}' already defined`);
  const options = new Map(
    [...given]
      .filter(([name]) => name !== "sid" && name !== "type")
      .map(([name, value]) => [name, normalValue(file, name, value)]),
  );
  return warnings + writeSections(session, file, [...sections, { ...sid, options }]);
}

export function setResource(session: Session, given: Given): string {
  const { host } = session;
  const file = resourcesFile(host);
  const failed = "update resources config failed: ";
  const sid = resolveSid(host, given.get("sid") ?? "");
  assertNoGroup(host, given);
  const group = given.get("group");
  if (group !== undefined && !readSections(host, GROUPS).sections.some(({ id }) => id === group))
    throw new PveError(`HA group '${group}' does not exist`);
  const { sections, warnings, digest } = readSections(host, file);
  assertDigest(given.get("digest"), digest, warnings + failed);
  const resource = findResource(sections, sid);
  if (resource === undefined) throw new PveError(`${failed}no such resource '${textOf(sid)}'`);
  const options = new Map(resource.options);
  for (const [name, value] of given)
    if (!["sid", "digest", "delete"].includes(name)) options.set(name, normalValue(file, name, value));
  for (const name of distinctWords(given.get("delete") ?? "")) {
    if (file.kinds[name] === undefined) throw new PveError(`${failed}no such option '${name}'`);
    options.delete(name);
  }
  return (
    warnings +
    writeSections(
      session,
      file,
      sections.map((each) => (each === resource ? { ...resource, options } : each)),
    )
  );
}

/** On Proxmox VE 9 it leaves the rules as well, unless told otherwise; one that only names it goes whole. */
export function removeResource(session: Session, given: Given): string {
  const { host } = session;
  const file = resourcesFile(host);
  const sid = resolveSid(host, given.get("sid") ?? "");
  const { sections, warnings } = readSections(host, file);
  const resource = findResource(sections, sid);
  if (resource === undefined) throw new PveError(`cannot delete service '${textOf(sid)}', not HA managed!`);
  if (isVersion9(host) && given.get("purge") !== "0") leaveRules(session, textOf(sid));
  const left = sections.filter((each) => each !== resource);
  return warnings + writeSections(session, file, left);
}

function leaveRules(session: Session, sid: string): void {
  const { sections } = readSections(session.host, RULES);
  if (!sections.some(({ options }) => distinctWords(options.get("resources") ?? "").includes(sid))) return;
  const changed = sections.flatMap((rule): readonly Section[] => {
    const left = distinctWords(rule.options.get("resources") ?? "").filter((each) => each !== sid);
    return left.length === 0 ? [] : [{ ...rule, options: new Map([...rule.options, ["resources", left.join(",")]]) }];
  });
  writeSections(session, RULES, changed);
}

function assertNoGroup(host: FrozenHost, given: Given): void {
  if (given.has("group") && groupsMigrated(host))
    throw new PveError("invalid parameter 'group': ha groups have been migrated to rules", 2);
}

export function findResource(sections: readonly Section[], { type, id }: Sid): Section | undefined {
  return sections.find((each) => each.type === type && each.id === id);
}

/** Every resource, by its name. */
export function resourcesOf(host: FrozenHost): { readonly resources: readonly Section[]; readonly warnings: string } {
  const { sections, warnings } = readSections(host, resourcesFile(host));
  return { resources: [...sections].sort((a, b) => (textOf(a) < textOf(b) ? -1 : 1)), warnings };
}
