import { Buffer } from "node:buffer";
import { printBytes } from "./shell/emit-content.ts";
import { preludeOwn, preludeStart } from "./shell/prelude-start.ts";
import { scratchCandidates } from "./shell/scratch-candidates.ts";

export interface TogetherOptions {
  /** Fresh random hex, at least 16 digits. */
  readonly ids: () => string;
  readonly runId: string;
  readonly scratch?: readonly string[];
  readonly shell?: string;
}
/** Several scripts as one; `splitTogether` takes the answer apart. */
export interface CompiledTogether {
  readonly nonce: string;
  readonly script: Uint8Array;
  /** Processes besides those of the scripts themselves. */
  readonly forks: number;
}

/** Scratch folder 3, the two ends of the pipe, `rm`. */
const forksOfAll = 6;
/** Who waits for it, its shell, `cat`. */
const forksOfEach = 3;

/**
 * One script that runs others at the same time, each in a shell of its own, and prints the answer of each as soon as it
 * is there: whoever takes long or hangs keeps nobody waiting, and what fails in one is no matter of the others. Where
 * no folder can be written to, it does nothing, and says so by answering for none.
 *
 * Each begins where the channel does. They are handed over as files and not through pipes, which saves a process for each. The pipe at the end is how
 * the one that prints learns, in any POSIX shell, which of them has ended; it is waited for, so that a signal
 * finds nothing in its way.
 */
export function compileTogether(scripts: readonly Uint8Array[], options: TogetherOptions): CompiledTogether {
  const { ids, runId, scratch = scratchCandidates, shell = "sh" } = options;
  const nonce = ids();
  const start = { nonce, scratchName: `${runId}-${ids()}`, candidates: scratch };
  const own = "trap - EXIT HUP INT PIPE TERM";
  const text = `{
${preludeStart(start)}${preludeOwn(nonce)}
[ -n "$D" ] || exit 0
go() { { ${own}; cd "$OLDPWD" || cd /; ${shell} <"$D/$1.i" >"$D/$1.o" 2>"$D/$1.e"; echo "$1 $?"; } & }
{ ${own}
${scripts.map((each, index) => startOne(each, index)).join("\n")}
wait; } | while read -r n k; do
  printf '%s %s %s\\n' ${nonce} "$n" "$k"
  cd "$D" && cat "$n.o" + "$n.e" +
done &
wait $!
exit 0
}
`;
  return { nonce, script: Buffer.from(text, "utf8"), forks: forksOfAll + forksOfEach * scripts.length };
}

/** One that could not be written whole is not run: its answer is that there is none. */
function startOne(script: Uint8Array, index: number): string {
  return `if ${printBytes(script)} >"$D/${index}.i"; then go ${index}; else : >"$D/${index}.o"; : >"$D/${index}.e"; echo "${index} -"; fi`;
}
