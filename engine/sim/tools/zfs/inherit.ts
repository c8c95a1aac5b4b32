import type { Session } from "../../session.ts";
import { fails, says } from "../../tool.ts";
import { allDatasets, changeDataset, findDataset } from "../../zfs/find-dataset.ts";
import { moveMounts } from "../../zfs/move-mounts.ts";
import { splitSnapshot } from "../../zfs/names.ts";
import { isUserProperty, propertyNamed } from "../../zfs/properties.ts";
import { remount } from "../../zfs/set-property.ts";
import { rulesOf } from "../../zfs/versions.ts";
import { type ZfsCommand, zfsOptions } from "./options.ts";
import { mayDo } from "./rights.ts";
import { openSubject } from "./subjects.ts";
import { misused } from "./usage.ts";

/** `zfs inherit`: takes away what is set, or with -S goes back to what was received. */
export const inherit: ZfsCommand = (context, args) => {
  const { session } = context;
  const { host } = session;
  const rules = rulesOf(host);
  const options = zfsOptions(context, "inherit", args, { letters: "rS" });
  if ("failure" in options) return options.failure;
  const [word, ...names] = options.words;
  if (word === undefined) return misused(rules, "inherit", "missing property argument");
  if (names.length === 0) return misused(rules, "inherit", "missing dataset argument");
  const property = propertyNamed(rules, word);
  const received = options.flags.has("S");
  if (property !== undefined) {
    const { name } = property;
    if (property.attribute === "readonly" || property.attribute === "once")
      return fails(1, `${name} property is read-only\n`);
    if (property.attribute === "default" && !received) {
      const lines = [`'${name}' property cannot be inherited`];
      if (/quota$|reservation$/.test(name)) {
        lines.push(`use 'zfs set ${name}=none' to clear`, `use 'zfs inherit -S ${name}' to revert to received value`);
      }
      return fails(1, `${lines.join("\n")}\n`);
    }
  } else if (!isUserProperty(word)) {
    return misused(rules, "inherit", `invalid property '${word}'`);
  }
  const name = property?.name ?? word;
  let stderr = "";
  for (const each of names) {
    const subject = openSubject(session, each);
    if ("error" in subject) {
      stderr += `${subject.error}\n`;
      continue;
    }
    if (!mayDo(session, subject.dataset.name, property?.name ?? "userprop")) {
      stderr += `cannot inherit ${name} for '${each}': permission denied\n`;
      continue;
    }
    const datasets = options.flags.has("r")
      ? allDatasets(host, subject.dataset.name).map((one) => one.name)
      : [subject.dataset.name];
    for (const dataset of datasets) {
      if (subject.kind === "snapshot") forgetOfSnapshot(session, each, name);
      else stderr += forget(session, dataset, name, received);
    }
  }
  return stderr === "" ? says("") : fails(1, stderr);
};

function forgetOfSnapshot(session: Session, word: string, property: string): void {
  const { dataset, snapshot } = splitSnapshot(word);
  const found = changeDataset(session, dataset).snapshots.find(({ name }) => name === snapshot);
  if (found !== undefined) delete found.properties[property];
}

function forget(session: Session, name: string, property: string, received: boolean): string {
  const before = findDataset(session.host, name);
  const came = received ? before?.received?.[property] : undefined;
  if (before?.properties[property] === undefined && came === undefined) return "";
  const change = () => {
    const dataset = changeDataset(session, name);
    if (came === undefined) delete dataset.properties[property];
    else dataset.properties[property] = { value: came, source: "received" };
  };
  if (property === "mountpoint")
    return moveMounts(session, name, change)
      .map((line) => `${line}\n`)
      .join("");
  change();
  remount(session, name);
  return "";
}
