import { fails, refuseArgument, says } from "../../tool.ts";
import { rulesOf } from "../../zfs/versions.ts";
import { type ZfsCommand, zfsOptions } from "./options.ts";
import { openSubject } from "./subjects.ts";
import { misused } from "./usage.ts";

/** `zfs wait`: what is deleted is gone at once. */
export const wait: ZfsCommand = (context, args) => {
  const options = zfsOptions(context, "wait", args, { letters: "t:" });
  if ("failure" in options) return options.failure;
  const [name] = options.words;
  if (name === undefined) return misused(rulesOf(context.session.host), "wait", "missing 'filesystem' argument");
  const subject = openSubject(context.session, name);
  return "error" in subject ? fails(1, `${subject.error}\n`) : says("");
};

/** `zfs project`: files without a project. */
export const project: ZfsCommand = (context, args) => {
  const options = zfsOptions(context, "project", args, { letters: "d", refused: "rcCkp0s" });
  if ("failure" in options) return options.failure;
  return says(options.words.map((path) => `    0 - ${path}\n`).join(""));
};

/** `zfs zone` and `zfs unzone` take a namespace, of which the lab has none. */
export function zone(command: "zone" | "unzone"): ZfsCommand {
  return (context, args) => {
    if (args.length < 2) return misused(rulesOf(context.session.host), command, "missing argument(s)");
    return refuseArgument("zfs", `${command} ${args.join(" ")}`);
  };
}
