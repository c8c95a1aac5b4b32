import {
  type Acl,
  type AclEntry,
  type AclType,
  aclLines,
  find,
  isExtended,
  masked,
  unionOfGroupClass,
  withEntry,
} from "../../formats/acl.ts";
import { FileError, resolve } from "../files/file-tree.ts";
import { aclOf, keptAcl } from "../files/node-acl.ts";
import { findGroup, findUser, groupName, userName } from "../host/accounts.ts";
import {
  absolute,
  fails,
  parseOptions,
  refuseArgument,
  says,
  type Tool,
  type ToolContext,
  type ToolResult,
} from "../tool.ts";
import type { Frozen, FrozenHost, Node } from "../world.ts";
import { mountHolding } from "../zfs/mount-dataset.ts";

/** acl 2.3.1. */
export const getfacl: Tool = {
  name: "getfacl",
  rests: "recorded",
  run(context, args) {
    const { flags, words } = parseOptions("getfacl", args, {
      flags: { "-n": "numeric", "-c": "bare", "-p": "absolute", "-E": "plain" },
    });
    if (!flags.has("absolute") || words.length === 0) refuseArgument("getfacl", args.join(" "));
    let [stdout, stderr] = ["", ""];
    for (const word of words) {
      const node = look(context, word);
      if (typeof node === "string") stderr += `getfacl: ${word}: ${node}\n`;
      else stdout += listing(context, word, node, flags);
    }
    return { code: stderr === "" ? 0 : 1, stdout, stderr };
  },
};

/** acl 2.3.1: a whole ACL from stdin (`--set-file=-`), `-m` with entries, `-b` and `-k`. */
export const setfacl: Tool = {
  name: "setfacl",
  rests: "recorded",
  run(context, args) {
    const { flags, values, words } = parseOptions("setfacl", args, {
      flags: { "-b": "bare", "-k": "no-default", "-d": "default" },
      values: { "--set-file": "file", "-m": "modify" },
    });
    const file = values.get("file")?.at(-1);
    const modify = values.get("modify");
    if ((file !== undefined && file !== "-") || words.length === 0) refuseArgument("setfacl", args.join(" "));
    const text = file === undefined ? "" : Buffer.from(context.stdin).toString("utf8");
    const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    const set = file === undefined ? [] : entriesOf(context, lines, false);
    if (typeof set === "number") return fails(2, `setfacl: Invalid argument in line ${set} of standard input\n`);
    const added = entriesOf(
      context,
      (modify ?? []).flatMap((each) => each.split(",")),
      flags.has("default"),
    );
    if (typeof added === "number") return fails(2, "setfacl: Option -m: Invalid argument near character 1\n");
    if (file !== undefined && set.length === 0) {
      return fails(
        2,
        "Usage: setfacl [-bkndRLP] { -m|-M|-x|-X ... } file ...\nTry `setfacl --help' for more information.\n",
      );
    }
    const results = words.map((word) => {
      const node = look(context, word);
      if (typeof node === "string") return fails(1, `setfacl: ${word}: ${node}\n`);
      const before = aclOf(node);
      const cleared = flags.has("bare") ? { access: withoutNamed(before.access), default: [] } : before;
      const base: Acl = flags.has("no-default") ? { ...cleared, default: [] } : cleared;
      return keep(context, word, node, added.reduce(withNew, set.length > 0 ? replaced(base, set) : base));
    });
    return results.find(({ code }) => code !== 0) ?? says("");
  },
};

interface NewEntry {
  readonly entry: AclEntry;
  readonly isDefault: boolean;
}
/** The entries of these texts, `u:anna:rx` and `default:group:3101:r-x`; the number of the first line that is none. */
function entriesOf(
  { session }: ToolContext,
  texts: readonly string[],
  toDefault: boolean,
): readonly NewEntry[] | number {
  const entries: NewEntry[] = [];
  for (const [index, text] of texts.entries()) {
    const match = /^(d(?:efault)?:)?(u(?:ser)?|g(?:roup)?|m(?:ask)?|o(?:ther)?):([^:]*):([rwxX-]{1,4})$/.exec(text);
    const type = (["user", "group", "mask", "other"] as const).find((each) => each.startsWith(match?.[2]?.[0] ?? "-"));
    const id = match === null || type === undefined ? undefined : idOf(session.host, type, match[3] ?? "");
    if (match === null || type === undefined || id === undefined) return index + 1;
    const perms = ["r", "w", "x"].map((each) => (match[4]?.includes(each) ? each : "-")).join("");
    entries.push({ entry: { type, id, perms }, isDefault: toDefault || match[1] !== undefined });
  }
  return entries;
}
function idOf(host: FrozenHost, type: AclType, name: string): number | null | undefined {
  if (name === "") return null;
  if (type === "user") return findUser(host, name)?.uid ?? (/^\d+$/.test(name) ? Number(name) : undefined);
  if (type === "group") return findGroup(host, name)?.gid ?? (/^\d+$/.test(name) ? Number(name) : undefined);
  return undefined;
}

/** `--set`: the entries take the place of all of their kind; what no default entry is said of stays. */
function replaced(base: Acl, set: readonly NewEntry[]): Acl {
  const of = (isDefault: boolean) => set.flatMap((each) => (each.isDefault === isDefault ? [each.entry] : []));
  const access = of(false).reduce<readonly AclEntry[]>((all, entry) => withEntry(all, entry), []);
  const inherited = of(true).reduce<readonly AclEntry[]>((all, entry) => withEntry(all, entry), []);
  return {
    access: access.length > 0 ? withMask(access) : base.access,
    default: inherited.length > 0 ? withMask(whole(inherited, access.length > 0 ? access : base.access)) : base.default,
  };
}
function withNew(acl: Acl, { entry, isDefault }: NewEntry): Acl {
  const among = isDefault ? whole(acl.default, acl.access) : acl.access;
  const next = withEntry(among, entry);
  const masking = entry.type === "mask" ? next : withMask(next.filter(({ type }) => type !== "mask"));
  return isDefault ? { ...acl, default: masking } : { ...acl, access: masking };
}
/** A default ACL has all three base entries: those that are not said are those of the folder itself. */
function whole(entries: readonly AclEntry[], access: readonly AclEntry[]): readonly AclEntry[] {
  return (["user", "group", "other"] as const).reduce((all, type) => {
    const model = find(access, type, null);
    return find(all, type, null) === undefined && model !== undefined ? withEntry(all, model) : all;
  }, entries);
}
function withMask(entries: readonly AclEntry[]): readonly AclEntry[] {
  if (!isExtended(entries) || find(entries, "mask", null) !== undefined) return entries;
  return withEntry(entries, { type: "mask", id: null, perms: unionOfGroupClass(entries) });
}
function withoutNamed(access: readonly AclEntry[]): readonly AclEntry[] {
  const mask = find(access, "mask", null)?.perms;
  const base = access.filter(({ type, id }) => type !== "mask" && id === null);
  // The group keeps what the mask had left of it.
  return base.map((entry) =>
    entry.type === "group" && mask !== undefined ? { ...entry, perms: masked(entry.perms, mask) } : entry,
  );
}

function keep(context: ToolContext, word: string, node: Frozen<Node>, acl: Acl): ToolResult {
  const { session } = context;
  const { path } = resolve(session, absolute(context, word), true);
  if (session.user.uid !== 0 && session.user.uid !== node.uid)
    return fails(1, `setfacl: ${word}: Operation not permitted\n`);
  if (!takesAcl(session.host, path)) return fails(1, `setfacl: ${word}: Operation not supported\n`);
  const base = (["user", "group", "other"] as const).find((type) => find(acl.access, type, null) === undefined);
  if (base !== undefined) {
    const text = aclLines({ access: acl.access, default: [] }).join(",");
    return fails(
      1,
      `setfacl: ${word}: Malformed access ACL \`${text}': Missing or wrong entry at entry ${acl.access.length + 1}\n`,
    );
  }
  if (acl.default.length > 0 && node.type !== "directory")
    return fails(1, `setfacl: ${word}: Only directories can have default ACLs\n`);
  const before = aclLines(aclOf(node)).join();
  if (before === aclLines(acl).join()) return says("");
  const there = session.change().files[path];
  if (there === undefined) return fails(1, `setfacl: ${word}: Operation not supported\n`);
  delete there.acl;
  Object.assign(there, keptAcl(node, acl));
  return says("");
}
/** Whether the file system that a path is on keeps ACLs: ZFS only with acltype=posix. */
export function takesAcl(host: FrozenHost, path: string): boolean {
  const mount = mountHolding(host, path);
  if (mount === undefined) return true;
  const options = mount.options.split(",");
  if (mount.fstype === "zfs") return options.includes("posixacl");
  return !["proc", "sysfs", "fuse"].includes(mount.fstype) && !options.includes("noacl");
}

function look(context: ToolContext, word: string): Frozen<Node> | string {
  try {
    return resolve(context.session, absolute(context, word), true).node ?? "No such file or directory";
  } catch (error) {
    if (error instanceof FileError) return error.errno;
    throw error;
  }
}
function listing({ session }: ToolContext, word: string, node: Frozen<Node>, flags: ReadonlySet<string>): string {
  const { host } = session;
  const numeric = flags.has("numeric");
  const acl = aclOf(node);
  const shown = (entries: readonly AclEntry[], prefix: string) => {
    const mask = find(entries, "mask", null)?.perms;
    return entries.map(({ type, id, perms }) => {
      const name = id === null ? "" : numeric ? String(id) : type === "user" ? userName(host, id) : groupName(host, id);
      const cut = mask !== undefined && (type === "group" || id !== null) && masked(perms, mask) !== perms;
      if (cut && !flags.has("plain")) refuseArgument("getfacl", "a list with effective rights (only -E is imitated)");
      return `${prefix}${type}:${name}:${perms}\n`;
    });
  };
  const special = Number(node.mode.charAt(0));
  const letters = `${special & 4 ? "s" : "-"}${special & 2 ? "s" : "-"}${special & 1 ? "t" : "-"}`;
  const header = [
    `# file: ${word.replaceAll("\\", "\\\\").replaceAll("\n", "\\012")}\n`,
    `# owner: ${numeric ? node.uid : userName(host, node.uid)}\n`,
    `# group: ${numeric ? node.gid : groupName(host, node.gid)}\n`,
    ...(special === 0 ? [] : [`# flags: ${letters}\n`]),
  ];
  const lines = [...shown(acl.access, ""), ...shown(acl.default, "default:")];
  return `${[...(flags.has("bare") ? [] : header), ...lines].join("")}\n`;
}
