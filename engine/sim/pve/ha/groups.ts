import type { Session } from "../../session.ts";
import { assertDigest, normalValue, readSections, writeSections } from "../cluster/section-file.ts";
import { distinctWords } from "../command/formats.ts";
import { PveError } from "../command/pve-error.ts";

import { GROUPS, groupsMigrated, resourcesFile } from "./files.ts";

/** What is given, by the names of the API's parameters. */
export type Given = ReadonlyMap<string, string>;

export function assertGroups(session: Session, what: string): void {
  if (groupsMigrated(session.host)) throw new PveError(`cannot ${what}: ha groups have been migrated to rules`, 2);
}

/** Nodes need not exist; a list of none is written, and passed over from then on. */
export function addHaGroup(session: Session, given: Given): string {
  assertGroups(session, "create group");
  const id = given.get("group") ?? "";
  const { sections, warnings } = readSections(session.host, GROUPS);
  if (sections.some((group) => group.id === id))
    throw new PveError(`create ha group failed: ha group ID '${id}' already defined`);
  const options = new Map(
    [...given]
      .filter(([name]) => name !== "group" && name !== "type")
      .map(([name, value]) => [name, normalValue(GROUPS, name, value)]),
  );
  return warnings + writeSections(session, GROUPS, [...sections, { type: "group", id, options }]);
}

/** Also without a change: every write puts the nodes of all groups into another order. */
export function setHaGroup(session: Session, given: Given): string {
  assertGroups(session, "update group");
  const id = given.get("group") ?? "";
  const failed = "update ha group failed: ";
  const { sections, warnings, digest } = readSections(session.host, GROUPS);
  assertDigest(given.get("digest"), digest, failed);
  const group = sections.find((each) => each.id === id);
  if (group === undefined) throw new PveError(`${failed}no such ha group '${id}'`);
  const options = new Map(group.options);
  for (const [name, value] of given)
    if (!["group", "digest", "delete"].includes(name)) options.set(name, normalValue(GROUPS, name, value));
  for (const name of distinctWords(given.get("delete") ?? "")) {
    if (name === "nodes") throw new PveError(`${failed}unable to delete required option '${name}'`);
    if (!GROUPS.types.group?.optional.includes(name)) throw new PveError(`${failed}no such option '${name}'`);
    options.delete(name);
  }
  const changed = sections.map((each) => (each === group ? { ...group, options } : each));
  return warnings + writeSections(session, GROUPS, changed);
}

export function removeHaGroup(session: Session, given: Given): string {
  assertGroups(session, "delete group");
  const id = given.get("group") ?? "";
  const resources = readSections(session.host, resourcesFile(session.host)).sections;
  const user = resources.find(({ options }) => options.get("group") === id);
  if (user !== undefined)
    throw new PveError(`delete ha group failed: ha group is used by service '${user.type}:${user.id}'`);
  const { sections, warnings } = readSections(session.host, GROUPS);
  const left = sections.filter((each) => each.id !== id);
  return warnings + writeSections(session, GROUPS, left);
}
