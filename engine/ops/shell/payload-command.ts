import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { formatBytes } from "../../text/bytes.ts";
import { quoteWord } from "../quote.ts";
import type { LargeContent } from "./context.ts";
import { largeBytes, largeSum } from "./large-sum.ts";
import { birth, scratchFunctions } from "./prelude-start.ts";
import { aim } from "./prelude-write.ts";

/**
 * Between a payload and the script that uses it the content belongs to no process. If the connection ends in between
 * (its controller was killed), nobody would come for it: a watcher that ends with the script's start removes it. What
 * it watches is the connection's process on the host, the first ancestor in another session; a sudo in between is none.
 */
const findKeeper = `session() {
  { read -r line <"/proc/$1/stat"; } 2>/dev/null || return 1
  name=\${line#*(}; name=\${name%%)*}; set -- \${line##*) }; up=$2 sid=$4
}
session $$ && mine=$sid keeper=$up
while [ "\${keeper:-0}" -gt 1 ] && session "$keeper"; do
  if [ "$name" = sudo ]; then mine=$sid; elif [ "$sid" != "$mine" ]; then break; fi
  keeper=$up
done
# With hidepid the processes of others cannot be seen: that must not be taken for their end.
[ -e "/proc/\${keeper:-0}" ] || keeper=0`;
const orphanWatch = `if [ "$keeper" -gt 1 ]; then
  { exec </dev/null >/dev/null 2>&1; trap - EXIT HUP INT PIPE TERM; cd /
    while [ -f "$file" ]; do
      [ -n "$D" ] && [ -e "$D/pid" ] && exit
      if [ ! -e "/proc/$keeper" ]; then rm -f -- "$file"; [ -z "$D" ] || rm -rf -- "$D"; exit; fi
      sleep 2
    done; } &
fi`;

/**
 * What does not fit is refused before it is sent. Root may also use what a file system keeps back for it; numbers that
 * are none (a name with blanks, a file system without sizes) say nothing.
 */
const checkRoom = (size: number) => `room() {
  df -Pk -- "$1" 2>/dev/null | {
    read -r line; read -r name all used free line
    case $all$used$free in 0*|*[!0-9]*|'') exit 0 ;; esac
    [ "$u" != 0 ] || free=$((all-used))
    [ "$free" -ge ${Math.ceil(size / 1024)} ] || { echo "no room in \${1:-/}: it needs ${formatBytes(size)}, and $((free*1024/1000000)) MB are free" >&2; exit 1; }
  }
}
d=\${file%/*}; room "\${d:-/}" || exit 1`;

/**
 * The command of a payload's channel. Its stdin is the content alone, so its text travels as base64: letters that
 * no login shell changes. What did not arrive whole is removed; so is what a signal interrupts. `inside`: of another
 * environment, where nothing of the connection can be seen to be watched.
 */
export function payloadCommand(
  large: LargeContent,
  scratchName: string,
  candidates: readonly string[],
  inside = false,
): string {
  const { content, path } = large;
  const size = content instanceof Uint8Array ? content.length : content.size;
  const sha256 = content instanceof Uint8Array ? createHash("sha256").update(content).digest("hex") : content.sha256;
  const script = `PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C
export PATH LC_ALL
umask 077
N='
'
R=${quoteWord(scratchName)} i=${large.id} D= F=0 T= kept=
${birth}
${scratchFunctions(candidates)}
${path === null ? "" : aim}
scratch
# The folder too: if it was the controller that died, no script comes to remove it. It stays while it holds another content.
trap 'if [ -z "$kept" ]; then [ -z "$T" ] || rm -f -- "$T"; if [ -n "$D" ]; then rm -f -- "$D/$i.t" "$D/by"; rmdir -- "$D" 2>/dev/null; fi; fi' EXIT
trap 'exit 129' HUP; trap 'exit 130' INT; trap 'exit 141' PIPE; trap 'exit 143' TERM
give_up() { echo "$1" >&2; exit 1; }
place=1
${path === null ? "" : `p=${quoteWord(path)}; aim || give_up "the folder of the file does not exist"`}
if [ -n "$place" ]; then
  [ -n "$D" ] || give_up "no folder that can be written to"
  file=$D/${large.file}
else
  file=$next
  if [ -n "$D" ]; then printf %s "$file" >"$D/$i.t" || give_up "the scratch folder cannot be written"; fi
fi
# However long it takes: nobody sweeps the folder away meanwhile.
if [ -n "$D" ]; then born=0; birth $$; echo "$$ $born" >"$D/by"; fi
${size >= largeBytes ? checkRoom(size) : ""}
# Before the content is read: a connection that ends while it is checked leaves no ancestor to be found.
${inside ? "" : findKeeper}
set -C
{ true >"$file"; } || give_up "cannot make the temporary file"
T=$file
set +C
cat >"$T" || give_up "the content could not be stored"
[ "$(($(wc -c <"$T")))" = ${size} ] || give_up "the content did not arrive whole"
# On its way to the disk while it is summed up. Opened here: a dd that comes late would make anew what was removed meanwhile.
if [ -z "$place" ]; then exec 8<>"$T"; dd if=/dev/null conv=notrunc,fsync >&8 2>/dev/null & exec 8<&-; fi
${size >= largeBytes ? `${largeSum}large_sum "$T"` : 'h=$(sha256sum <"$T")'}
wait
[ "\${h%% *}" = ${sha256} ] || give_up "the content arrived damaged"
if [ -n "$D" ]; then : >"$D/${large.file}.ok" || give_up "the scratch folder cannot be written"; fi
kept=1
${inside ? "" : orphanWatch}
echo ok
`;
  return anyShell(script);
}

/** A script as words that every login shell passes on unchanged. */
export function anyShell(script: string): string {
  return `sh -c 'eval "$(echo ${Buffer.from(script).toString("base64")} | base64 -d)"'`;
}
