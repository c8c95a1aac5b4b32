import { processFunctions } from "../job/process-functions.ts";

/**
 * The three scripts of a job, work that outlives its connection. One folder per job, `BASE/jobs/ID` (0700), holds all that is
 * known of it:
 * run (what it does) · job.json (the same for people and the embedded lab) · in, s0… (stdin and secrets, gone as soon as
 * they were read) · pid, child (`PID BIRTH BOOT BEGAN`) · out, err · why (it was ended) · code (`CODE SECONDS`: it has ended).
 *
 * A process is known by its number, its birth and the boot together: numbers are used again. A boot is the kernel's id and
 * the birth of process 1 (`ID.TICKS`): a container restarts without its kernel.
 */
const common = `umask 077
u=$(id -u)
${processFunctions}# alive FILE: the process that is noted there still runs. began: when it did, in seconds since the boot.
alive() {
  was= wasborn= wasboot= began=0
  { read -r was wasborn wasboot began; } 2>/dev/null <"$1" || return 1
  [ "$wasboot" = "$boot" ] && birth "$was" && [ "$born" = "$wasborn" ]
}
# Where jobs may be, best first. Not in the run-time folder of a login: that goes with its last session, and the job does not.
bases() {
  if [ "$u" = 0 ]; then printf '%s\\n' /run/lab /var/tmp/lab-0
  else
    state=\${XDG_STATE_HOME:-}
    [ -n "$state" ] || { [ -z "\${HOME:-}" ] || state=$HOME/.local/state; }
    [ -z "$state" ] || printf '%s\\n' "$state/lab"
    printf '%s\\n' "/var/tmp/lab-$u" "/tmp/lab-$u"
  fi
}
ours() { [ -d "$1" ] && [ ! -L "$1" ] && [ -O "$1" ] && [ -w "$1" ]; }
# job ID: J becomes its folder; fails if there is none.
job() {
  J=
  oldifs=$IFS; IFS='
'
  for b in $(bases); do if ours "$b/jobs" && [ -d "$b/jobs/$1" ]; then J=$b/jobs/$1; break; fi; done
  IFS=$oldifs
  [ -n "$J" ]
}
# state: what became of the job in J.
state() {
  boot
  code= took=
  if { read -r code took; } 2>/dev/null <"$J/code"; then state=ended; return; fi
  if alive "$J/child" || alive "$J/pid"; then state=running; return; fi
  # It may have ended between the two looks.
  if { read -r code took; } 2>/dev/null <"$J/code"; then state=ended; return; fi
  if [ ! -e "$J/pid" ]; then state=starting
  elif { read -r _ _ wasboot _; } 2>/dev/null <"$J/pid" && [ "$wasboot" != "$boot" ]; then state='lost reboot'
  else state='lost killed'; fi
}
`;

/**
 * Starts a job, unless it is there. argv: ID MODE; MODE is `keep` (one that has ended keeps its outcome, which is still to be
 * taken) or `fresh` (it is thrown away, and the job starts anew). stdin: a line with sizes in bytes, of the program, of
 * job.json, of the job's stdin (`-`: it has none) and of each secret, then these contents one after the other.
 * Answers `started`, `running` or `ended`, and the boot. Codes: 3 no folder for it, 4 it was not written, 5 it did not start.
 */
export const jobStart = `${common}
id=$1 mode=$2
IFS= read -r header || { echo "no header" >&2; exit 4; }
J= B=
if job "$id"; then B=\${J%/*}
else
  oldifs=$IFS; IFS='
'
  for b in $(bases); do
    if [ "$b" = /run/lab ]; then [ -d "$b" ] || mkdir -m 755 "$b" 2>/dev/null; else mkdir -p "$b" 2>/dev/null; fi
    ours "$b" || continue
    [ -d "$b/jobs" ] || mkdir -m 700 "$b/jobs" 2>/dev/null
    if ours "$b/jobs"; then B=$b/jobs; break; fi
  done
  IFS=$oldifs
fi
[ -n "$B" ] || { echo "no folder for a job can be made (tried $(echo $(bases)))" >&2; exit 3; }
J=$B/$id
# Two controllers at once: the second waits here, and finds the job of the first.
if command -v flock >/dev/null 2>&1; then exec 9>>"$B/.lock" && flock 9; fi
if [ -d "$J" ]; then
  state
  case $state in
    running) echo "running $boot"; exit 0 ;;
    ended) if [ "$mode" = keep ]; then echo "ended $boot"; exit 0; fi ;;
  esac
  # Who began to start it holds the lock, or is dead; one that was lost has no outcome to take.
  rm -rf -- "$J"
fi
# What nobody came for is thrown away after a week.
for old in "$B"/*; do
  [ -d "$old" ] && [ -n "$(find "$old" -prune -mtime +7 2>/dev/null)" ] || continue
  J=$old; state
  case $state in running) ;; *) rm -rf -- "$old" ;; esac
done
J=$B/$id
mkdir -m 700 "$J" || exit 3
give_up() { echo "$2" >&2; rm -rf -- "$J"; exit "$1"; }
cat >"$J/all" || give_up 4 "$J cannot be written"
set -- $header
at=1 n=0 total=0
for size in "$@"; do
  case $n in 0) name=run ;; 1) name=job.json ;; 2) name=in ;; *) name=s$((n-3)) ;; esac
  n=$((n+1))
  [ "$size" != - ] || continue
  tail -c "+$at" "$J/all" | head -c "$size" >"$J/$name" || give_up 4 "$J cannot be written"
  [ "$(($(wc -c <"$J/$name")))" = "$size" ] || give_up 4 "$J cannot be written: is the disk full?"
  at=$((at+size))
done
rm -f "$J/all"
command -v setsid >/dev/null 2>&1 && G=setsid || G=
spawned=
# A unit of its own is not the login's: it survives where systemd ends what a login leaves (KillUserProcesses).
if [ "$u" = 0 ] && [ -d /run/systemd/system ] && command -v systemd-run >/dev/null 2>&1; then
  systemd-run --quiet --collect --unit "lab-job-$id" --property KillMode=process -- sh "$J/run" "\${HOME:-/root}" "\${USER:-root}" </dev/null >/dev/null 2>&1 9>&- && spawned=1
fi
if [ -z "$spawned" ]; then
  ( trap '' HUP; exec $G sh "$J/run" "\${HOME:-/}" "\${USER:-}" </dev/null >/dev/null 2>&1 9>&- ) &
fi
n=0
while [ ! -e "$J/pid" ] && [ "$n" -lt 100 ]; do n=$((n+1)); sleep 0.1 2>/dev/null || { sleep 1; n=$((n+9)); }; done
[ -e "$J/pid" ] || give_up 5 "the job did not start within 10 s"
boot; echo "started $boot"
`;

/**
 * What became of a job. argv: ID. The first line of the answer: `none BOOT` · `starting` · `running SECONDS` · `lost reboot` · `lost killed` ·
 * `ended CODE SECONDS late|big|-`; of one that has ended its output follows, on stdout and stderr.
 */
export const jobLook = `${common}
job "$1" || { boot; echo "none $boot"; exit 0; }
state
case $state in
  running) up; echo "running $((now-began))" ;;
  ended)
    why=-; { read -r why; } 2>/dev/null <"$J/why"
    echo "ended $code $took $why"
    if [ "$why" != big ]; then cat "$J/out"; cat "$J/err" >&2; fi ;;
  *) echo "$state" ;;
esac
`;

/** Removes what is left of a job that has ended or was lost. argv: ID. Code 3: it still runs. */
export const jobDrop = `${common}
job "$1" || exit 0
# Who is just starting the same job anew holds the lock: its folder must not go from under it.
if command -v flock >/dev/null 2>&1; then exec 9>>"\${J%/*}/.lock" && flock 9; fi
[ -d "$J" ] || exit 0
state
if [ "$state" = running ]; then echo "it still runs" >&2; exit 3; fi
rm -rf -- "$J"
# The folder and its lock stay: who waits behind a lock that was removed would start what another starts, too.
exit 0
`;
