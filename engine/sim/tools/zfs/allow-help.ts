import type { Property } from "../../zfs/properties.ts";
import type { ZfsRules } from "../../zfs/versions.ts";
import { commandUsage } from "./usage.ts";

/** Rights beside those to set a property, with what the tool notes about each; a line break is followed by tabs. */
const RIGHTS: readonly (readonly [name: string, kind: "subcommand" | "other", notes: string])[] = [
  ["allow", "subcommand", "Must also have the permission that is being\nallowed"],
  ["clone", "subcommand", "Must also have the 'create' ability and 'mount'\nability in the origin file system"],
  ["create", "subcommand", "Must also have the 'mount' ability"],
  ["destroy", "subcommand", "Must also have the 'mount' ability"],
  [
    "diff",
    "subcommand",
    "Allows lookup of paths within a dataset;\ngiven an object number. Ordinary users need this\nin order to use zfs diff",
  ],
  ["hold", "subcommand", "Allows adding a user hold to a snapshot"],
  ["mount", "subcommand", "Allows mount/umount of ZFS datasets"],
  ["promote", "subcommand", "Must also have the 'mount'\nand 'promote' ability in the origin file system"],
  ["receive", "subcommand", "Must also have the 'mount' and 'create' ability"],
  ["release", "subcommand", "Allows releasing a user hold which\nmight destroy the snapshot"],
  ["rename", "subcommand", "Must also have the 'mount' and 'create'\nability in the new parent"],
  ["rollback", "subcommand", ""],
  ["send", "subcommand", ""],
  ["share", "subcommand", "Allows sharing file systems over NFS or SMB\nprotocols"],
  ["snapshot", "subcommand", ""],
  ["bookmark", "subcommand", ""],
  ["load-key", "subcommand", "Allows loading or unloading an encryption key"],
  ["change-key", "subcommand", "Allows changing or adding an encryption key"],
  ["groupquota", "other", "Allows accessing any groupquota@... property"],
  ["groupused", "other", "Allows reading any groupused@... property"],
  ["userprop", "other", "Allows changing any user property"],
  ["userquota", "other", "Allows accessing any userquota@... property"],
  ["userused", "other", "Allows reading any userused@... property"],
  ["userobjquota", "other", "Allows accessing any userobjquota@... property"],
  ["userobjused", "other", "Allows reading any userobjused@... property"],
  ["groupobjquota", "other", "Allows accessing any \ngroupobjquota@... property"],
  ["groupobjused", "other", "Allows reading any groupobjused@... property"],
  ["projectused", "other", "Allows reading any projectused@... property"],
  ["projectquota", "other", "Allows accessing any projectquota@... property"],
  ["projectobjused", "other", "Allows accessing any \nprojectobjused@... property"],
  ["projectobjquota", "other", "Allows accessing any \nprojectobjquota@... property"],
];

const OPTIONS = [
  "  -h          show this help message and exit",
  "  -l          set permission locally",
  "  -d          set permission for descents",
  "  -u          set permission for user",
  "  -g          set permission for group",
  "  -e          set permission for everyone",
  "  -c          set create time permission",
  "  -s          define permission set",
];

/** What `zfs allow -h` prints. */
export function allowHelp(
  rules: ZfsRules,
  command: "allow" | "unallow",
  properties: ReadonlyMap<string, Property>,
): string {
  const row = (name: string, kind: string, notes: string) =>
    `${name.padEnd(16)} ${kind.padEnd(14)}\t${notes.replaceAll("\n", "\n\t\t\t\t")}\n`;
  const delegated = [...properties.values()]
    .filter(({ attribute, hidden }) => attribute !== "readonly" && !hidden)
    .map(({ name }) => name)
    .sort();
  return [
    `Usage: ${commandUsage(rules, command)}`,
    `\nOptions:\n${OPTIONS.join("\n")}\n`,
    "\nThe following permissions are supported:\n\n",
    row("NAME", "TYPE", "NOTES"),
    ...RIGHTS.map(([name, kind, notes]) => row(name, kind, notes)),
    ...delegated.map((name) => row(name, "property", "")),
  ].join("");
}

/** Whether a right can be granted: the name of one, of a property, or of a set. */
export function isPermission(properties: ReadonlyMap<string, Property>, right: string): boolean {
  if (right.startsWith("@") || RIGHTS.some(([name]) => name === right)) return true;
  const attribute = properties.get(right)?.attribute;
  return attribute !== undefined && attribute !== "readonly";
}
