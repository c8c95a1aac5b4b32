import { fails, says } from "../../tool.ts";
import { newGuid } from "../../zfs/datasets.ts";
import { changeDataset, findDataset, findSnapshot } from "../../zfs/find-dataset.ts";
import { splitSnapshot } from "../../zfs/names.ts";
import { rulesOf } from "../../zfs/versions.ts";
import { type ZfsCommand, zfsOptions } from "./options.ts";
import { misused } from "./usage.ts";

/** `zfs bookmark`: remembers when a snapshot was. */
export const bookmark: ZfsCommand = (context, args) => {
  const { session } = context;
  const { host } = session;
  const options = zfsOptions(context, "bookmark", args, { letters: "" });
  if ("failure" in options) return options.failure;
  const [source, given] = options.words;
  if (source === undefined) return misused(rulesOf(host), "bookmark", "missing source argument");
  if (given === undefined) return misused(rulesOf(host), "bookmark", "missing bookmark argument");
  const { dataset } = splitSnapshot(source);
  const target = given.startsWith("#") ? `${dataset}${given}` : given;
  const [own = "", name = ""] = target.split("#");
  const snapshot = findSnapshot(host, source);
  if (snapshot === undefined) return fails(1, `cannot create bookmark '${target}': source does not exist\n`);
  const found = own === dataset ? findDataset(host, own) : undefined;
  if (found === undefined || name === "")
    return fails(1, `cannot create bookmark '${target}': bookmark is in a different pool or dataset\n`);
  if (found.bookmarks?.some((each) => each.name === name))
    return fails(1, `cannot create bookmark '${target}': bookmark exists\n`);
  const changed = changeDataset(session, own);
  const made = { name, guid: newGuid(host, target), createdMs: snapshot.createdMs };
  changed.bookmarks = [...(changed.bookmarks ?? []), made];
  return says("");
};
