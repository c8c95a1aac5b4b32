import { fails, type ToolResult } from "../../tool.ts";
import { type Property, propertiesOf } from "../../zfs/properties.ts";
import type { ZfsRules } from "../../zfs/versions.ts";

/** What each command takes, as the tool prints it; the newer line first where 2.1 has another. */
const COMMANDS: readonly (readonly [command: string, newer: string, older?: string])[] = [
  ["version", "version [-j]", "version"],
  ["", ""],
  [
    "create",
    "create [-Pnpuv] [-o property=value] ... <filesystem>\ncreate [-Pnpsv] [-b blocksize] [-o property=value] ... -V <size> <volume>",
  ],
  [
    "destroy",
    "destroy [-fnpRrv] <filesystem|volume>\ndestroy [-dnpRrv] <filesystem|volume>@<snap>[%<snap>][,...]\ndestroy <filesystem|volume>#<bookmark>",
  ],
  ["", ""],
  ["snapshot", "snapshot [-r] [-o property=value] ... <filesystem|volume>@<snap> ..."],
  ["rollback", "rollback [-rRf] <snapshot>"],
  ["clone", "clone [-p] [-o property=value] ... <snapshot> <filesystem|volume>"],
  ["promote", "promote <clone-filesystem>"],
  [
    "rename",
    "rename [-f] <filesystem|volume|snapshot> <filesystem|volume|snapshot>\nrename -p [-f] <filesystem|volume> <filesystem|volume>\nrename -u [-f] <filesystem> <filesystem>\nrename -r <snapshot> <snapshot>",
  ],
  ["bookmark", "bookmark <snapshot|bookmark> <newbookmark>"],
  [
    "program",
    "program [-jn] [-t <instruction limit>] [-m <memory limit (b)>]\n    <pool> <program file> [lua args...]",
  ],
  ["", ""],
  [
    "list",
    "list [-Hp] [-j [--json-int]] [-r|-d max] [-o property[,...]] [-s property]...\n    [-S property]... [-t type[,...]] [filesystem|volume|snapshot] ...",
    "list [-Hp] [-r|-d max] [-o property[,...]] [-s property]...\n    [-S property]... [-t type[,...]] [filesystem|volume|snapshot] ...",
  ],
  ["", ""],
  [
    "set",
    "set [-u] <property=value> ... <filesystem|volume|snapshot> ...",
    "set <property=value> ... <filesystem|volume|snapshot> ...",
  ],
  [
    "get",
    'get [-rHp] [-j [--json-int]] [-d max] [-o "all" | field[,...]]\n    [-t type[,...]] [-s source[,...]]\n    <"all" | property[,...]> [filesystem|volume|snapshot|bookmark] ...',
    'get [-rHp] [-d max] [-o "all" | field[,...]]\n    [-t type[,...]] [-s source[,...]]\n    <"all" | property[,...]> [filesystem|volume|snapshot|bookmark] ...',
  ],
  ["inherit", "inherit [-rS] <property> <filesystem|volume|snapshot> ..."],
  ["upgrade", "upgrade [-v]\nupgrade [-r] [-V version] <-a | filesystem ...>"],
  ["", ""],
  [
    "userspace",
    "userspace [-Hinp] [-o field[,...]] [-s field] ...\n    [-S field] ... [-t type[,...]] <filesystem|snapshot|path>",
  ],
  [
    "groupspace",
    "groupspace [-Hinp] [-o field[,...]] [-s field] ...\n    [-S field] ... [-t type[,...]] <filesystem|snapshot|path>",
  ],
  [
    "projectspace",
    "projectspace [-Hp] [-o field[,...]] [-s field] ... \n    [-S field] ... <filesystem|snapshot|path>",
  ],
  ["", ""],
  [
    "project",
    "project [-d|-r] <directory|file ...>\nproject -c [-0] [-d|-r] [-p id] <directory|file ...>\nproject -C [-k] [-r] <directory ...>\nproject [-p id] [-r] [-s] <directory ...>",
  ],
  ["", ""],
  [
    "mount",
    "mount [-j]\nmount [-flvO] [-o opts] <-a|-R filesystem|filesystem>",
    "mount\nmount [-flvO] [-o opts] <-a | filesystem>",
  ],
  ["unmount", "unmount [-fu] <-a | filesystem|mountpoint>"],
  ["share", "share [-l] <-a [nfs|smb] | filesystem>"],
  ["unshare", "unshare <-a [nfs|smb] | filesystem|mountpoint>"],
  ["", ""],
  [
    "send",
    "send [-DLPbcehnpsVvw] [-i|-I snapshot]\n     [-R [-X dataset[,dataset]...]]     <snapshot>\nsend [-DnVvPLecw] [-i snapshot|bookmark] <filesystem|volume|snapshot>\nsend [-DnPpVvLec] [-i bookmark|snapshot] --redact <bookmark> <snapshot>\nsend [-nVvPe] -t <receive_resume_token>\nsend [-PnVv] --saved filesystem",
    "send [-DnPpRVvLecwhb] [-[i|I] snapshot] <snapshot>\nsend [-DnVvPLecw] [-i snapshot|bookmark] <filesystem|volume|snapshot>\nsend [-DnPpVvLec] [-i bookmark|snapshot] --redact <bookmark> <snapshot>\nsend [-nVvPe] -t <receive_resume_token>\nsend [-PnVv] --saved filesystem",
  ],
  [
    "receive",
    "receive [-vMnsFhu] [-o <property>=<value>] ... [-x <property>] ...\n    <filesystem|volume|snapshot>\nreceive [-vMnsFhu] [-o <property>=<value>] ... [-x <property>] ... \n    [-d | -e] <filesystem>\nreceive -A <filesystem|volume>",
  ],
  ["", ""],
  [
    "allow",
    'allow <filesystem|volume>\nallow [-ldug] <"everyone"|user|group>[,...] <perm|@setname>[,...]\n    <filesystem|volume>\nallow [-ld] -e <perm|@setname>[,...] <filesystem|volume>\nallow -c <perm|@setname>[,...] <filesystem|volume>\nallow -s @setname <perm|@setname>[,...] <filesystem|volume>',
  ],
  ["", ""],
  [
    "unallow",
    'unallow [-rldug] <"everyone"|user|group>[,...]\n    [<perm|@setname>[,...]] <filesystem|volume>\nunallow [-rld] -e [<perm|@setname>[,...]] <filesystem|volume>\nunallow [-r] -c [<perm|@setname>[,...]] <filesystem|volume>\nunallow [-r] -s @setname [<perm|@setname>[,...]] <filesystem|volume>',
  ],
  ["", ""],
  ["hold", "hold [-r] <tag> <snapshot> ..."],
  ["holds", "holds [-rHp] <snapshot> ...", "holds [-rH] <snapshot> ..."],
  ["release", "release [-r] <tag> <snapshot> ..."],
  ["diff", "diff [-FHth] <snapshot> [snapshot|filesystem]", "diff [-FHt] <snapshot> [snapshot|filesystem]"],
  ["load-key", "load-key [-rn] [-L <keylocation>] <-a | filesystem|volume>"],
  ["unload-key", "unload-key [-r] <-a | filesystem|volume>"],
  [
    "change-key",
    "change-key [-l] [-o keyformat=<value>]\n    [-o keylocation=<value>] [-o pbkdf2iters=<value>]\n    <filesystem|volume>\nchange-key -i [-l] <filesystem|volume>",
  ],
  ["redact", "redact <snapshot> <bookmark> <redaction_snapshot> ..."],
  ["wait", "wait [-t <activity>] <filesystem>"],
  ["zone", "zone <nsfile> <filesystem>", ""],
  ["unzone", "unzone <nsfile> <filesystem>", ""],
];

const WITH_PROPERTIES = new Set(["set", "get", "list", "inherit"]);

/** The lines of a command, each behind a tab. */
export function commandUsage(rules: ZfsRules, command: string): string {
  const row = COMMANDS.find(([name]) => name === command);
  const text = row === undefined ? "" : rules.help ? row[1] : (row[2] ?? row[1]);
  return text === "" ? "" : text.replace(/^/gm, "\t").concat("\n");
}

/** A wrong use of a command: what is wrong, if it says so, and how it is used. Exit code 2. */
export function misused(rules: ZfsRules, command: string, message: string | null): ToolResult {
  const said = message === null ? "" : `${message}\n`;
  const body = WITH_PROPERTIES.has(command) ? propertyUsage(rules) : seeAlso(rules);
  return fails(2, `${said}usage:\n${commandUsage(rules, command)}${body}`);
}

/** The list of all commands. */
export function allUsage(rules: ZfsRules, message: string): ToolResult {
  const lines = COMMANDS.filter(([, newer, older]) => rules.help || older !== "" || newer === "")
    .map(([name]) => (name === "" ? "\n" : commandUsage(rules, name)))
    .join("");
  return fails(
    2,
    `${message}\nusage: zfs command args ...\nwhere 'command' is one of the following:\n\n${lines}\n` +
      `Each dataset is of the form: pool/[dataset/]*dataset[@name]\n${seeAlso(rules)}`,
  );
}

function seeAlso(rules: ZfsRules): string {
  const hints = [
    "For the property list, run: zfs set|get",
    "For the delegated permission list, run: zfs allow|unallow",
  ];
  if (rules.help) hints.push("For further help on a command or topic, run: zfs help [<topic>]");
  return hints.map((hint) => `\n${hint}\n`).join("");
}

const PREFIXES: readonly (readonly [name: string, editable: boolean, values: string])[] = [
  ...["user", "group", "project", "userobj", "groupobj", "projectobj"].map(
    (of) => [`${of}used@...`, false, "<size>"] as const,
  ),
  ...["user", "group", "project", "userobj", "groupobj", "projectobj"].map(
    (of) => [`${of}quota@...`, true, "<size> | none"] as const,
  ),
  ["written@<snap>", false, "<size>"],
  ["written#<bookmark>", false, "<size>"],
];

function propertyUsage(rules: ZfsRules): string {
  const row = (name: string, edit: string, inherit: string, values: string) =>
    `\t${name.padEnd(rules.propertyColumn)}${edit.padStart(4)}${inherit.padStart(9)}   ${values}\n`;
  const yes = (is: boolean) => (is ? "YES" : " NO");
  const listed = [...propertiesOf(rules).values()].filter(({ hidden }) => !hidden);
  const rank = ({ attribute }: Property) => (attribute === "readonly" ? 0 : 1);
  listed.sort((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1));
  const editable = ({ attribute }: Property) => attribute === "default" || attribute === "inherit";
  return [
    "\nThe following properties are supported:\n\n",
    row("PROPERTY", "EDIT", "INHERIT", "VALUES"),
    "\n",
    ...listed.map((each) => row(each.name, yes(editable(each)), yes(isInherited(each)), each.values)),
    ...PREFIXES.map(([name, edit, values]) => row(name, yes(edit), " NO", values)),
    "\nSizes are specified in bytes with standard units such as K, M, G, etc.\n",
    "\nUser-defined properties can be specified by using a name containing a colon (:).\n",
    "\nThe {user|group|project}[obj]{used|quota}@ properties must be appended with\n",
    "a user|group|project specifier of one of these forms:\n",
    '    POSIX name      (eg: "matt")\n',
    '    POSIX id        (eg: "126829")\n',
    '    SMB name@domain (eg: "matt@sun")\n',
    '    SMB SID         (eg: "S-1-234-567-89")\n',
  ].join("");
}

// What is set at creation is inherited by children, but for keyformat and pbkdf2iters, which belong to their root.
function isInherited({ name, attribute }: Property): boolean {
  return attribute === "inherit" || (attribute === "once" && name !== "keyformat" && name !== "pbkdf2iters");
}
