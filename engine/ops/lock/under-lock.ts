import { quoteWord } from "../quote.ts";
import type { Holder } from "./holder-text.ts";
import { rootsStamp } from "./lock-places.ts";

/** Processes that it starts. */
export const underLockForks = 1;

/**
 * In front of the operations of a script that applies, behind `birth`, `note` and `finish`: it goes on only while the holder of
 * its run lives. It says that it is at work by a shared lock on a second folder, which whoever comes after the holder waits for:
 * so a script whose controller was killed excludes others to its end. Commands must not inherit descriptor 7.
 *
 * stamp: who writes here, for runs that have looked before and write after us.
 */
export function underLock({ pid, born, folder }: Holder, runId: string, nonce: string): string {
  const lives =
    born === null
      ? ""
      : `if ! birth ${pid} || [ "$born" != ${born} ]; then note 'lock gone'; L=; finish ${nonce}; exit 0; fi\n`;
  return `d=${quoteWord(folder)}
{ exec 7<"$d/.."; } 2>/dev/null && { F=$((F+1)); flock -s 7; }
${lives}Q=
if [ "$d" != /run ] && [ -w "$d" ]; then Q=$d/last
elif [ "$u" = 0 ] && [ -d /run/lab ]; then Q=${rootsStamp}
elif [ -n "$D" ]; then Q=$B/last; fi
stamp() { [ -z "$Q" ] || { echo ${runId} >"$Q"; } 2>/dev/null; }
stamp
`;
}
