import { findGroup, findUser, groupName, userName } from "../../host/accounts.ts";
import { fails, says, type ToolContext, type ToolResult } from "../../tool.ts";
import { changeDataset, childrenOf, findDataset } from "../../zfs/find-dataset.ts";
import { parentName } from "../../zfs/names.ts";
import { propertiesOf } from "../../zfs/properties.ts";
import type { Permission } from "../../zfs/state.ts";
import { rulesOf } from "../../zfs/versions.ts";
import { allowHelp, isPermission } from "./allow-help.ts";
import { type ZfsCommand, type ZfsOptions, zfsOptions } from "./options.ts";
import { mayDo } from "./rights.ts";
import { misused } from "./usage.ts";

/** `zfs allow`: shows what is granted, or grants more. */
export const allow: ZfsCommand = (context, args) => {
  const options = zfsOptions(context, "allow", args, { letters: "ldugecs:h" });
  if ("failure" in options) return options.failure;
  const { words } = options;
  if (words.length === 1 && options.flags.size === 0 && !options.values.has("s")) return shown(context, words[0] ?? "");
  return changed(context, "allow", options);
};
/** `zfs unallow`. */
export const unallow: ZfsCommand = (context, args) => {
  const options = zfsOptions(context, "unallow", args, { letters: "ldugecs:rh" });
  return "failure" in options ? options.failure : changed(context, "unallow", options);
};

type Command = "allow" | "unallow";
interface Request {
  readonly scopes: readonly Permission["scope"][];
  readonly whos: readonly string[];
  readonly rights: readonly string[] | null;
  readonly dataset: string;
}

function changed(context: ToolContext, command: Command, options: ZfsOptions): ToolResult {
  const { session } = context;
  const request = requestOf(context, command, options);
  if ("kind" in request) return request.result;
  const { dataset, rights } = request;
  if (findDataset(session.host, dataset) === undefined) {
    return fails(255, `cannot open '${dataset}': dataset does not exist\nFailed to open dataset: ${dataset}\n`);
  }
  const strange = rights?.find((right) => !isPermission(propertiesOf(rulesOf(session.host)), right));
  if (strange !== undefined) {
    return fails(1, `cannot set permissions on '${dataset}': operation not applicable to datasets of this type\n`);
  }
  if (!mayDo(session, dataset, "allow")) {
    return fails(1, `cannot set permissions on '${dataset}': permission denied\n`);
  }
  const apply = (name: string): void => {
    const found = changeDataset(session, name);
    let permissions: readonly Permission[] = found.permissions ?? [];
    for (const scope of request.scopes) {
      for (const who of request.whos) {
        permissions =
          command === "allow" ? granted(permissions, scope, who, rights ?? []) : taken(permissions, scope, who, rights);
      }
    }
    found.permissions = [...permissions];
    if (command === "unallow" && options.flags.has("r")) {
      for (const child of childrenOf(session.host, name)) apply(child.name);
    }
  };
  apply(dataset);
  return says("");
}

function granted(all: readonly Permission[], scope: Permission["scope"], who: string, rights: readonly string[]) {
  const rest = all.filter((each) => each.scope !== scope || each.who !== who);
  const before = all.find((each) => each.scope === scope && each.who === who)?.rights ?? [];
  return [...rest, { scope, who, rights: [...new Set([...before, ...rights])].sort() }];
}
function taken(all: readonly Permission[], scope: Permission["scope"], who: string, rights: readonly string[] | null) {
  return all.flatMap((each) => {
    if (each.scope !== scope || each.who !== who) return [each];
    const left = rights === null ? [] : each.rights.filter((right) => !rights.includes(right));
    return left.length === 0 ? [] : [{ ...each, rights: left }];
  });
}

/** Who gets what, from the many forms of the command. */
function requestOf(
  context: ToolContext,
  command: Command,
  { flags, values, words }: ZfsOptions,
): Request | { readonly kind: "answer"; readonly result: ToolResult } {
  const { host } = context.session;
  const rules = rulesOf(host);
  const wrong = (message: string) => ({ kind: "answer" as const, result: misused(rules, command, message) });
  const queue = [...words];
  const dataset = queue.pop();
  if (dataset === undefined) return wrong("missing dataset argument");
  const split = (text: string | undefined) => (text === undefined ? null : text.split(","));
  const set = values.get("s")?.at(-1);
  if (set !== undefined || flags.has("c")) {
    if (set !== undefined && !set.startsWith("@")) return wrong("set name must begin with '@'");
    const rights = split(queue.shift());
    if (rights === null && command === "allow") return wrong("missing permissions");
    return { dataset, scopes: [set === undefined ? "create" : "set"], whos: [set ?? ""], rights };
  }
  const everyone = flags.has("e");
  const named = everyone ? ["everyone"] : (split(queue.shift()) ?? []);
  if (named.length === 0) return wrong("missing user or group");
  const rights = split(queue.shift());
  if (rights === null && command === "allow") return wrong("missing permissions");
  const whos: string[] = [];
  for (const name of named) {
    const who = everyone || name === "everyone" ? "everyone" : whoOf(context, name, flags);
    if (who === undefined) {
      const help = allowHelp(rules, command, propertiesOf(rules));
      // It explains itself on standard output, and ends well.
      return { kind: "answer", result: says(`${help}\nzfs: error: invalid user/group ${name}\n`) };
    }
    whos.push(who);
  }
  const scopes: Permission["scope"][] =
    flags.has("l") === flags.has("d") ? ["both"] : [flags.has("l") ? "local" : "descendent"];
  if (command === "unallow" && scopes[0] === "both" && !flags.has("l")) scopes.push("local", "descendent");
  return { dataset, scopes, whos, rights };
}

function whoOf({ session: { host } }: ToolContext, name: string, flags: ReadonlySet<string>): string | undefined {
  const user = /^\d+$/.test(name) ? Number(name) : findUser(host, name)?.uid;
  const group = /^\d+$/.test(name) ? Number(name) : findGroup(host, name)?.gid;
  if (!flags.has("g") && user !== undefined) return `user ${userName(host, user)}`;
  return !flags.has("u") && group !== undefined ? `group ${groupName(host, group)}` : undefined;
}

const SECTIONS: readonly (readonly [scope: Permission["scope"], heading: string])[] = [
  ["set", "Permission sets:"],
  ["create", "Create time permissions:"],
  ["local", "Local permissions:"],
  ["descendent", "Descendent permissions:"],
  ["both", "Local+Descendent permissions:"],
];

function shown({ session: { host } }: ToolContext, name: string): ToolResult {
  if (findDataset(host, name) === undefined) {
    return fails(255, `cannot open '${name}': dataset does not exist\nFailed to open dataset: ${name}\n`);
  }
  let text = "";
  for (let at: string | null = name; at !== null; at = parentName(at)) {
    const permissions: readonly Permission[] = findDataset(host, at)?.permissions ?? [];
    if (permissions.length === 0) continue;
    text += `---- Permissions on ${at} `.padEnd(70, "-").concat("\n");
    for (const [scope, heading] of SECTIONS) {
      const own = permissions.filter((each) => each.scope === scope);
      if (own.length === 0) continue;
      own.sort((a, b) => rank(a.who) - rank(b.who) || (a.who < b.who ? -1 : 1));
      const lines = own.map(({ who, rights }) => `\t${who === "" ? "" : `${who} `}${rights.join(",")}\n`);
      text += `${heading}\n${lines.join("")}`;
    }
  }
  return says(text);
}
function rank(who: string): number {
  return who.startsWith("user ") ? 0 : who.startsWith("group ") ? 1 : 2;
}
