import { quoteWord } from "../quote.ts";
import { scratchCandidates } from "../shell/scratch-candidates.ts";
import { birthFunction, lockFolder, rootsStamp } from "./lock-places.ts";

/** Who wants to write on a machine. */
export interface Claim {
  readonly runId: string;
  /** `user@controller`. */
  readonly who: string;
  /** When its run began, ISO 8601. */
  readonly since: string;
  /** Of its process on the controller. */
  readonly pid: number;
  /** An earlier holder of this very run, whose channel was lost: it may live on until the host notices, and is ended. */
  readonly before: Holder | null;
}
/** The process on the host that keeps the lock: its number and its birth, in ticks; numbers are used again. */
export interface Holder {
  readonly pid: number;
  /** Null: this machine hides processes from other users, so nobody can ask whether it lives. */
  readonly born: number | null;
  /** Which one is locked. */
  readonly folder: string;
}

/** How long the channel may be silent, in seconds, before the machine is free again: a laptop that was closed must not keep it. */
export const silenceSeconds = 150;
/** How long a script of a run that was killed is waited for, in quarters of a second. */
const patienceQuarters = 40;

/**
 * What the channel that holds the lock of a machine runs. It answers one line on stdout, `NONCE WORD …`, keeps the lock as long
 * as its stdin is open and something comes on it, and ends by itself:
 *
 * - `held PID BORN AGE BY FOLDER`: it is ours, by a lock on that folder. AGE: how many seconds ago another run, BY, has written; `- -` if none has.
 * - `busy PID NAME`: somebody else has it; then, where that is a run of lab, its four words a line each, and `.`.
 * - `working`: nobody has it, but a script of a run that was killed is still at work.
 * - `none WHY`: there is no way to lock on this machine.
 *
 * The lock is a flock on a folder that is on every machine and that every user may open. So it excludes users of one machine from
 * each other, before root has ever made a folder for it, and nothing is left lying about.
 */
export function holderText(claim: Claim, nonce: string): string {
  const { runId, who, since, pid, before } = claim;
  return `{
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C
export PATH LC_ALL
unset a age born by d f i k line n name o r u words x
say() { printf '%s\\n' "${nonce} $*"; }
${birthFunction}
command -v flock >/dev/null 2>&1 || { say none flock; exit 0; }
${lockFolder}
[ -n "$d" ] || { say none folder; exit 0; }
if [ -n "${before === null ? "" : "1"}" ]; then
  o=${before?.pid ?? 0}
  if birth "$o" && [ "$born" = ${quoteWord(String(before?.born ?? ""))} ]; then kill -KILL "$o" 2>/dev/null; sleep 0.2 2>/dev/null || sleep 1; fi
fi
lab_hold=${quoteWord(keepText(runId, nonce))}
lab_folder=$d
export lab_hold lab_folder
# The words behind \`lab-lock\` are for whoever finds it locked, and for ps.
flock -n "$d" sh -c 'eval "$lab_hold"' lab-lock ${[runId, who, since, String(pid)].map(quoteWord).join(" ")}
k=$?
case $k in 90) exit 0 ;; 1) ;; *) say none "flock ended with $k"; exit 0 ;; esac
i=$(stat -L -c %i "$d") name= words= o=
while read -r _ x _ _ n f _; do
  # A line of who waits has an arrow in the place of the kind.
  case $x:$f in FLOCK:*:"$i") o=$n; break ;; esac
done </proc/locks
if [ -n "$o" ] && [ -r "/proc/$o/cmdline" ]; then
  { read -r name; } 2>/dev/null <"/proc/$o/comm"
  words=$(tr '\\000' '\\n' <"/proc/$o/cmdline" 2>/dev/null | sed -n '1,/^lab-lock$/!p')
fi
say busy "\${o:--} \${name:--}"
[ -z "$words" ] || printf '%s\\n' "$words"
printf '.\\n'
exit 0
}
`;
}

/** Inside of the lock. Once no script of an earlier run is at work any more the machine is ours. */
function keepText(runId: string, nonce: string): string {
  const candidates = scratchCandidates.map((path) =>
    path === "$XDG_RUNTIME_DIR" ? '"${XDG_RUNTIME_DIR-}"' : quoteWord(path),
  );
  return `${birthFunction}
d=$lab_folder
exec 9<"$d/.." || { echo "${nonce} none folder"; exit 90; }
n=0
until flock -n 9; do
  n=$((n+1)); [ "$n" -lt ${patienceQuarters} ] || { echo "${nonce} working"; exit 90; }
  sleep 0.25 2>/dev/null || { sleep 1; n=$((n+3)); }
done
exec 9<&-
u=$(id -u) age=- by=-
for f in "$d/last" ${rootsStamp} ${candidates.map((path) => `${path}/lab-$u/last`).join(" ")}; do
  case $f in "$d/last") ;; ${rootsStamp}) [ "$d" = /run ] || break ;; *) [ -O "$f" ] || continue ;; esac
  [ -f "$f" ] || continue
  r=; { read -r r _; } 2>/dev/null <"$f"
  [ -n "$r" ] && [ "$r" != ${quoteWord(runId)} ] || continue
  a=$(( $(date +%s) - $(stat -c %Y "$f") ))
  if [ "$age" = - ] || [ "$a" -lt "$age" ]; then age=$a by=$r; fi
done
birth $$
# Who may not see process 1 is on a machine that hides processes: a script of another user could not see us either.
[ -e /proc/1/stat ] || born=-
echo "${nonce} held $$ $born $age $by $d"
if timeout 9 true 2>/dev/null; then while timeout ${silenceSeconds} sh -c 'read -r _'; do :; done
else while read -r _; do :; done; fi
exit 90
`;
}
