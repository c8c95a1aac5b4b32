import type { Diagnostic } from "../errors/diagnostic.ts";
import { bareWords, commandWords } from "./command-words.ts";
import { type LintRequest, tasksOf } from "./lint.ts";

/** Commands that only look, whatever follows, or with these words behind them. */
const looks: ReadonlyMap<string, readonly string[] | null> = new Map<string, readonly string[] | null>([
  ...[
    ..."basename blkid cat cmp cut date df diff dirname du echo egrep env false fgrep file findmnt free getent getfacl".split(
      " ",
    ),
    ..."getfattr grep head id journalctl last ldd ls lsattr lsblk lscpu lsmod lsof lspci lsusb md5sum nproc pgrep printenv".split(
      " ",
    ),
    ..."printf ps pveversion readlink realpath sha256sum sha512sum sort ss stat tail test tr true uname uniq uptime vmstat w".split(
      " ",
    ),
    ..."wc which who whoami [ dpkg-query apt-cache resolvectl".split(" "),
  ].map((name): [string, null] => [name, null]),
  ["apt", ["list", "show", "search", "policy"]],
  ["crontab", ["-l"]],
  ["docker", ["ps", "inspect", "images", "version", "info", "logs", "port", "top"]],
  ["dpkg", ["-l", "-s", "-L", "-S", "--get-selections", "--print-architecture"]],
  ["exportfs", ["-s", "-v"]],
  ["git", ["status", "log", "diff", "rev-parse", "show", "describe", "ls-files", "remote", "branch"]],
  ["ha-manager", ["status", "config"]],
  ["hdparm", ["-C", "-I", "-i"]],
  ["ip", ["addr", "address", "a", "link", "route", "r", "-j", "-br", "neigh"]],
  ["mdadm", ["--detail", "-D", "--examine"]],
  ["pct", ["list", "config", "status", "df", "pending"]],
  ["pvecm", ["status", "nodes"]],
  ["pvesh", ["get", "ls"]],
  ["pvesm", ["status", "list", "path"]],
  ["qm", ["list", "config", "status", "pending"]],
  ["smartctl", ["-a", "-H", "-i", "-A", "-x", "--all", "--health", "--scan"]],
  [
    "systemctl",
    ["status", "is-active", "is-enabled", "is-failed", "show", "cat", "list-units", "list-timers", "list-unit-files"],
  ],
  ["sysctl", ["-n", "-a", "-b"]],
  ["tailscale", ["status", "ip", "netcheck", "version"]],
  ["testparm", ["-s"]],
  ["zfs", ["get", "list"]],
  ["zpool", ["get", "list", "status", "iostat"]],
]);

/** Arguments with which a tool that looks does write. */
const writes = new Set([
  "--output",
  "--vacuum-size",
  "--vacuum-time",
  "--rotate",
  "-delete",
  "add",
  "del",
  "flush",
  "--set",
]);

/** A command that only looks: with `reads: true` it runs in a dry run too, and counts as no change. */
export function* couldRead(request: LintRequest): Iterable<Diagnostic> {
  for (const task of tasksOf(request)) {
    const { keywords, modulePlace } = task.source;
    const said = commandWords(task);
    if (!said || keywords.reads || keywords.async !== undefined) continue;
    if (said.writes || /[$`]/.test(said.text) || said.pieces.length === 0) continue;
    const commands = said.pieces.map(bareWords);
    if (!commands.every(onlyLooks)) continue;
    yield {
      code: "could-read",
      message: `\`${commands[0]?.slice(0, 2).join(" ")}\` changes nothing, and the task counts as a change each time`,
      place: modulePlace,
      hint: "write `reads: true` beside it: then it runs in check mode too, and is never a change",
    };
  }
}

function onlyLooks([name = "", ...rest]: readonly string[]): boolean {
  if (name === "hostname") return rest.every((word) => word.startsWith("-"));
  if (name === "date" && rest.some((word) => word === "-s" || word.startsWith("--set"))) return false;
  if (rest.some((word) => writes.has(word))) return false;
  const verbs = looks.get(name);
  if (verbs === undefined) return false;
  return (
    verbs === null ||
    verbs.some((verb) =>
      verb.startsWith("-") ? rest.includes(verb) : rest.find((word) => !word.startsWith("-")) === verb,
    )
  );
}
