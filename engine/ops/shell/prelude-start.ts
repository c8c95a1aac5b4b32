import type { Holder } from "../lock/holder-text.ts";
import { quoteWord } from "../quote.ts";

export interface StartOptions {
  /** First line of the answer, end of each part, last line: random, so that no content can hold it by chance. */
  readonly nonce: string;
  /** Name of the scratch folder of this batch: run id and random part. */
  readonly scratchName: string;
  /** Folders that may hold the scratch, best first. `$XDG_RUNTIME_DIR` stands for that variable. */
  readonly candidates: readonly string[];
  /** Only while this one keeps the lock of the machine for the run. */
  readonly lock?: { readonly holder: Holder; readonly runId: string };
}

/**
 * Environment, scratch folder, notes. One-letter globals, as all parts share them:
 * N newline · R scratch name · D scratch folder, empty when no place is writable · F forks · L parts to answer ·
 * T temporary file in the making · W the watchdog · G `setsid` where there is one · M output limit · S the separator file.
 */
export function preludeStart(options: StartOptions): string {
  return `exec </dev/null
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C
export PATH LC_ALL
unset CDPATH GLOBIGNORE POSIXLY_CORRECT
# A name that the login environment exports would hand our values on to every command.
unset A AL B CA CK D E EK EL F FK FL G H HA HK HS K KL L LA LK M N R S T U V W X Y Z a all b big born c d doom e each f found g h hops i in k key l last left limit line m max mode n name nap new next nm o old only op over p pf pid place q s size stop sf t todo tool u v vs was why x y z
umask 022
N='
'
R=${quoteWord(options.scratchName)} D= F=0 L= T= W= G= stop= sf=
command -v setsid >/dev/null 2>&1 && G=setsid
note() { printf '%s\\n' "$*" || exit 1; }
# begin ID w|r: not when an earlier step of the section has failed, unless it is a look.
begin() { if [ -n "$stop" ] && [ "$2" = w ]; then note "$1 n"; return 1; fi; note "$1 b"; }
bad() { stop=$sf; note "$1 x $2"; }
${scratchFunctions(options.candidates)}
scratch
`;
}

/** Shared with the payload channels, which must find the same folder. */
export function scratchFunctions(candidates: readonly string[]): string {
  const words = candidates.map((path) => (path === "$XDG_RUNTIME_DIR" ? '"${XDG_RUNTIME_DIR-}"' : quoteWord(path)));
  return `user() { while read -r key _ u _; do [ "$key" = Uid: ] && return; done </proc/self/status; u=$(id -u); F=$((F+1)); }
make() { F=$((F+1)); mkdir -m "$1" "$2" 2>/dev/null; }
scratch() {
  { user; } 2>/dev/null
  for b in ${words.join(" ")}; do
    [ -n "$b" ] || continue
    if [ ! -d "$b" ]; then [ "$u:$b" = 0:/run/lab ] && make 755 "$b" || [ -d "$b" ] || continue; fi
    [ -w "$b" ] || continue
    B=$b/lab-$u
    [ -d "$B" ] || make 700 "$B"
    # In /tmp anyone may have made that name first: it must be ours, and no link.
    [ -d "$B" ] && [ ! -L "$B" ] && [ -O "$B" ] && [ -w "$B" ] || continue
    [ -d "$B/$R" ] || make 700 "$B/$R" || continue
    D=$B/$R; return 0
  done
  return 1
}`;
}

/** `birth PID`: when a process was born; with its number that names it for ever. */
export const birth = `birth() { { read -r line <"/proc/$1/stat"; } 2>/dev/null || return 1; set -- \${line##*) }; shift 19; born=$1; }`;

/** From here on the scratch belongs to a live process, and is removed however the shell ends, SIGKILL apart. */
export function preludeOwn(nonce: string): string {
  return `${birth}
# forget FOLDER: the temporary files that are recorded there; those that were renamed are gone.
forget() {
  for t in "$1"/*.t; do
    [ -f "$t" ] || continue
    x= y=; while IFS= read -r y; do x=$x$y$N; done <"$t"
    if [ -e "$x$y" ] || [ -L "$x$y" ]; then F=$((F+1)); rm -f -- "$x$y"; fi
  done
}
bye() {
  trap - EXIT
  if [ -n "$W" ]; then kill "$W"; fi 2>/dev/null
  [ -z "$T" ] || { rm -f -- "$T"; }
  cd /
  # An upload whose turn did not come lies there, too. Once more where a command that is just ending writes into it.
  if [ -n "$D" ]; then forget "$D"; rm -rf -- "$D" 2>/dev/null || { sleep 1; rm -rf -- "$D"; }; fi
}
trap bye EXIT
# Without PIPE the shell of a run whose controller died would end at its next note and leave all behind.
trap 'exit 129' HUP; trap 'exit 130' INT; trap 'exit 141' PIPE; trap 'exit 143' TERM
S=$D/+
if [ -n "$D" ]; then
  F=$((F+1)); born=0; birth $$
  echo "$$ $born" >"$D/pid"; printf '%s\\n' ${nonce} >"$S"
fi
cd "\${HOME:-/}" 2>/dev/null || cd /
H=$PWD
printf 'lab 1 %s\\n' ${nonce}
`;
}

/**
 * What a killed shell left: its registered temporary files and its scratch. Never that of a live process: the pid must be
 * gone, or have been born at another time. A folder without a pid is one whose payloads travel right now, as long
 * as the one it is `by` lives; it counts as left behind an hour after that.
 */
export const sweep = `sweep() {
  for d in "$B"/*; do
    [ -d "$d" ] && [ "$d" != "$D" ] || continue
    x=by; [ ! -e "$d/pid" ] || x=pid
    pid= was=; { read -r pid was <"$d/$x"; } 2>/dev/null
    if [ -n "$was" ] && birth "$pid" && [ "$born" = "$was" ]; then continue; fi
    if [ "$x" = pid ]; then [ -n "$was" ] || continue; else
      F=$((F+1)); [ -n "$(find "$d" -prune -mmin +60 2>/dev/null)" ] || continue
    fi
    forget "$d"
    F=$((F+1)); rm -rf -- "$d"
  done
}
[ -z "$D" ] || sweep
`;
