import { fails, type ToolResult } from "../../tool.ts";
import type { FrozenHost } from "../../world.ts";
import { poolProperties, releaseOf } from "../../zfs/pool-properties.ts";

/** In the order of the tool, groups as it sets them apart. 2.1 and 2.2 say some of it otherwise. */
const GROUPS: readonly string[] = [
  "\tversion [-j]",
  "\tcreate [-fnd] [-o property=value] ... \n\t    [-O file-system-property=value] ... \n\t    [-m mountpoint] [-R root] <pool> <vdev> ...\n\tdestroy [-f] <pool>",
  "\tadd [-afgLnP] [-o property=value] <pool> <vdev> ...\n\tremove [-npsw] <pool> <device> ...",
  "\tlabelclear [-f] <vdev>",
  "\tcheckpoint [-d [-w]] <pool> ...\n\tprefetch -t <type> [<type opts>] <pool>\n\t    -t ddt <pool>",
  "\tlist [-gHLpPv] [-o property[,...]] [-j [--json-int, --json-pool-key-guid]] ...\n\t    [-T d|u] [pool] [interval [count]]\n\tiostat [[[-c [script1,script2,...][-lq]]|[-rw]] [-T d | u] [-ghHLpPvy]\n\t    [[pool ...]|[pool vdev ...]|[vdev ...]] [[-n] interval [count]]\n\tstatus [--power] [-j [--json-int, --json-flat-vdevs, ...\n\t    --json-pool-key-guid]] [-c [script1,script2,...]] [-dDegiLpPstvx] ...\n\t    [-T d|u] [pool] [interval [count]]",
  "\tonline [--power][-e] <pool> <device> ...\n\toffline [--power]|[[-f][-t]] <pool> <device> ...\n\tclear [[--power]|[-nF]] <pool> [device]\n\treopen [-n] <pool>",
  "\tattach [-fsw] [-o property=value] <pool> <device> <new-device>\n\tdetach <pool> <device>\n\treplace [-fsw] [-o property=value] <pool> <device> [new-device]\n\tsplit [-gLnPl] [-R altroot] [-o mntopts]\n\t    [-o property=value] <pool> <newpool> [<device> ...]",
  "\tinitialize [-c | -s | -u] [-w] <pool> [<device> ...]\n\tresilver <pool> ...\n\tscrub [-e | -s | -p | -C] [-w] <pool> ...\n\ttrim [-dw] [-r <rate>] [-c | -s] <pool> [<device> ...]",
  "\timport [-d dir] [-D]\n\timport [-o mntopts] [-o property=value] ... \n\t    [-d dir | -c cachefile] [-D] [-l] [-f] [-m] [-N] [-R root] [-F [-n]] -a\n\timport [-o mntopts] [-o property=value] ... \n\t    [-d dir | -c cachefile] [-D] [-l] [-f] [-m] [-N] [-R root] [-F [-n]]\n\t    [--rewind-to-checkpoint] <pool | id> [newpool]\n\texport [-af] <pool> ...\n\tupgrade\n\tupgrade -v\n\tupgrade [-V version] <-a | pool ...>\n\treguid [-g guid] <pool>",
  "\thistory [-il] [<pool>] ...\n\tevents [-vHf [pool] | -c]",
  '\tget [-Hp] [-j [--json-int, --json-pool-key-guid]] ...\n\t    [-o "all" | field[,...]] <"all" | property[,...]> <pool> ...\n\tset <property=value> <pool>\n\tset <vdev_property=value> <pool> <vdev>\n\tsync [pool] ...',
  "\twait [-Hp] [-T d|u] [-t <activity>[,...]] <pool> [interval]",
  "\tddtprune -d|-p <amount> <pool>",
];
const OLDER: readonly (readonly [command: string, text: string | null])[] = [
  ["version", "\tversion"],
  ["add", "\tadd [-fgLnP] [-o property=value] <pool> <vdev> ..."],
  ["prefetch", null],
  ["list", "\tlist [-gHLpPv] [-o property[,...]] [-T d|u] [pool] ... \n\t    [interval [count]]"],
  ["status", "\tstatus [-c [script1,script2,...]] [-igLpPstvxD]  [-T d|u] [pool] ... \n\t    [interval [count]]"],
  ["online", "\tonline [-e] <pool> <device> ..."],
  ["offline", "\toffline [-f] [-t] <pool> <device> ..."],
  ["clear", "\tclear [-nF] <pool> [device]"],
  ["initialize", "\tinitialize [-c | -s] [-w] <pool> [<device> ...]"],
  ["scrub", "\tscrub [-s | -p] [-w] <pool> ..."],
  ["reguid", "\treguid <pool>"],
  ["get", '\tget [-Hp] [-o "all" | field[,...]] <"all" | property[,...]> <pool> ...'],
  ["set", "\tset <property=value> <pool> "],
  ["ddtprune", null],
];

interface Entry {
  readonly command: string;
  readonly text: string;
}

function groupsOf(release: number): readonly (readonly Entry[])[] {
  const groups = GROUPS.map((group) =>
    group.split(/\n(?=\t\w)/).map((text): Entry => ({ command: /\w+/.exec(text)?.[0] ?? "", text })),
  );
  if (release >= 2.3) return groups;
  const older = new Map(OLDER);
  return groups
    .map((group) =>
      [...new Map(group.map((entry) => [older.has(entry.command) ? entry.command : entry.text, entry])).values()]
        .map(({ command, text }) => ({ command, text: older.has(command) ? older.get(command) : text }))
        .flatMap(({ command, text }) => (typeof text === "string" ? [{ command, text }] : [])),
    )
    .filter((group) => group.length > 0);
}

/** Whether the release has a command of this name. */
export function isCommand(host: FrozenHost, name: string): boolean {
  return groupsOf(releaseOf(host)).some((group) => group.some(({ command }) => command === name));
}

/** `zpool` with no command, or with one that there is not. */
export function usageOfAll(host: FrozenHost, message: string): ToolResult {
  const release = releaseOf(host);
  const commands = groupsOf(release)
    .map((group) => group.map(({ text }) => `${text}\n`).join(""))
    .join("\n");
  const help = release >= 2.3 ? "\nFor further help on a command or topic, run: zpool help [<topic>]\n" : "";
  const head = "usage: zpool command args ...\nwhere 'command' is one of the following:\n\n";
  return fails(2, `${message}\n${head}${commands}${help}`);
}

/** A command was used wrongly: what is wrong, and how it is used. */
export function usageError(host: FrozenHost, command: string, message: string): ToolResult {
  const lines = groupsOf(releaseOf(host))
    .flat()
    .filter((entry) => entry.command === command)
    .map(({ text }) => `${text}\n`)
    .join("");
  const properties = command === "list" || command === "get" || command === "set" ? propertyList(host) : "";
  return fails(2, `${message}\nusage:\n${lines}${properties}`);
}

function propertyList(host: FrozenHost): string {
  const release = releaseOf(host);
  const row = (name: string, edit: string, values: string) => `\t${name.padEnd(21)}${edit.padStart(4)}   ${values}\n`;
  const byName = [...poolProperties(release)].sort((a, b) => (a.name < b.name ? -1 : 1));
  const of = (computed: boolean) =>
    byName
      .filter((property) => (property.computed !== null) === computed)
      .map(({ name, values }) =>
        row(name, computed ? "NO" : "YES", name === "capacity" && release < 2.3 ? "<size>" : values),
      )
      .join("");
  return [
    "\nthe following properties are supported:\n\n",
    "\tPROPERTY             EDIT   VALUES\n\n",
    of(true),
    of(false),
    row("feature@...", "YES", "disabled | enabled | active"),
    "\nThe feature@ properties must be appended with a feature name.\nSee zpool-features(7).\n",
  ].join("");
}
