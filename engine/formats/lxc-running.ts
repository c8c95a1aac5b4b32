import type { ConfEntry } from "./pve-conf.ts";

/**
 * What a running container was started with. `lxc-info -c` does not tell it: that reads the file that every `pct set`
 * makes anew. The container's own monitor does, over its command socket, whose client is small enough to be a one-liner
 * in the Perl that every Proxmox VE node has. argv: the id, then keys; a line `KEY VALUE` for each value in force.
 * Exit code 3: nothing listens, the container does not run.
 */
export const RUNNING_CONFIG_PROGRAM = `use strict; use Socket; $SIG{ALRM} = sub { exit 4 }; alarm 10;
my $id = shift @ARGV;
for my $key (@ARGV) {
  socket(my $s, PF_UNIX, SOCK_STREAM, 0) or exit 4;
  connect($s, pack_sockaddr_un("\\0/var/lib/lxc/$id/command")) or exit 3;
  setsockopt($s, SOL_SOCKET, SO_PASSCRED, 1);
  my $item = $key . "\\0";
  send($s, pack("iiQ", 7, length $item, 0), 0); send($s, $item, 0);
  my ($head, $text) = ("", "");
  recv($s, $head, 16, MSG_WAITALL); length $head == 16 or exit 4;
  my ($ret, $size) = unpack("iiQ", $head);
  if ($ret == 0 && $size > 0) {
    recv($s, $text, $size, MSG_WAITALL);
    $text =~ s/\\0.*//s;
    print "$key $_\\n" for grep { length } split /\\n/, $text;
  }
}
`;

/** The question as the words of a command. */
export function askRunningConfig(vmid: number, keys: readonly string[]): readonly string[] {
  return ["perl", "-e", RUNNING_CONFIG_PROGRAM, String(vmid), ...keys];
}

/** Values in force by key, in their order. */
export function parseRunningConfig(stdout: string): ReadonlyMap<string, readonly string[]> {
  const values = new Map<string, string[]>();
  for (const line of stdout.split("\n")) {
    const [, key, value] = /^(\S+) (.*)$/.exec(line) ?? [];
    if (key !== undefined && value !== undefined) values.set(key, [...(values.get(key) ?? []), value]);
  }
  return values;
}

/** Keys whose lines add up. Of every other one the last line counts. */
const LISTS =
  /^lxc\.(cgroup2?\.devices\.(allow|deny)|mount\.entry|idmap|cap\.drop|environment|hook\.(?!version)[a-z-]+)$/;
/** Single values that LXC keeps as they were written. Others it may print in another way, so they are not judged. */
const VERBATIM = /^lxc\.(apparmor\.profile|init\.cmd|init\.cwd|seccomp\.profile|cgroup2\.(?!devices)[a-z0-9_.]+)$/;

/** Whether `lxcLinesNotInForce` can tell of it. */
export function isComparableRaw(key: string): boolean {
  return LISTS.test(key) || VERBATIM.test(key);
}

/** Raw lines that are configured and not in force: they wait for the next start. `KEY: VALUE` each. */
export function rawLinesNotInForce(
  entries: readonly ConfEntry[],
  running: ReadonlyMap<string, readonly string[]>,
): readonly string[] {
  const raw = entries.filter(({ raw, key }) => raw && isComparableRaw(key));
  return raw.flatMap((entry, index) => {
    const { key, value } = entry;
    const inForce = (running.get(key) ?? []).map(oneBlank);
    const later = raw.slice(index + 1).some((each) => each.key === key);
    // An empty value clears what stands above it, and cannot be seen afterwards.
    if (value === "" || (VERBATIM.test(key) && later)) return [];
    const wanted = key === "lxc.cap.drop" ? value.split(/\s+/) : [oneBlank(value)];
    return wanted.every((each) => inForce.includes(each)) ? [] : [`${key}: ${value}`];
  });
}

/** Of lines that shall be gone those that the running container still has. */
export function rawLinesStillInForce(
  entries: readonly ConfEntry[],
  running: ReadonlyMap<string, readonly string[]>,
): readonly string[] {
  return entries.flatMap(({ key, value }) =>
    isComparableRaw(key) && (running.get(key) ?? []).map(oneBlank).includes(oneBlank(value))
      ? [`${key}: ${value}`]
      : [],
  );
}

function oneBlank(value: string): string {
  return value.trim().split(/\s+/).join(" ");
}

/** Whether `lxc-info -s` speaks of a container that runs, if only just. One that was never started is none for it. */
export function isRunningState(stdout: string): boolean {
  return /^(State:\s*)?(RUNNING|FROZEN|FREEZING|THAWED|STARTING|STOPPING|ABORTING)\s*$/m.test(stdout);
}
