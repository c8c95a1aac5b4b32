import type { Operation } from "../ir.ts";
import { underLock, underLockForks } from "../lock/under-lock.ts";
import type { Emitted, Numbered, NumberedSection, ScriptContext } from "./context.ts";
import { emitExec, emitHttp, emitNamedScript } from "./emit-exec.ts";
import { emitLooks, isLook } from "./emit-reads.ts";
import { emitWrite } from "./emit-writes.ts";
import { findNetwork, preludeNetwork } from "./enter-network.ts";
import { largeSum } from "./large-sum.ts";
import { answer } from "./prelude-answer.ts";
import { preludeFile, preludeList, preludeRead, preludeStat } from "./prelude-read.ts";
import { preludeRun } from "./prelude-run.ts";
import { preludeOwn, preludeStart, type StartOptions, sweep } from "./prelude-start.ts";
import { aim, preludeTree, preludeWrite, preludeWriteFile } from "./prelude-write.ts";

/** A section in the script: its operations, or the text that enters another shell. */
export type ScriptSection =
  | { readonly kind: "inline"; readonly section: NumberedSection }
  | ({ readonly kind: "nested" } & Emitted);

/** Scratch folder 3, watchdog 1 and its first pause, `stat`, `cat`, `rm`; not the shell itself, which the login starts. */
const forksOfAll = 8;

/**
 * The whole script: one group of commands in braces. A shell runs such a group only after reading its end, so a
 * script that was cut anywhere, its first byte and its last line included, is a syntax error and does nothing.
 *
 * Measured (dash, bash, busybox ash; two cores, local): 2,000 stats 8 processes, 100–190 ms; 100 execs 106 processes, 300–520 ms;
 * 100 file reads 9 processes, 20–45 ms. The kernel's own limit on an argv makes one more process for each 100 KB of paths.
 */
export function generateScript(
  sections: readonly ScriptSection[],
  start: StartOptions,
  context: ScriptContext,
  maxBytes: number,
  /** It is read by a shell that another script has entered, and goes on with what that one began. */
  entered: "not" | "anew" | "going-on" = "not",
): Emitted {
  const body = sections.map((section) => (section.kind === "nested" ? section : emitSection(section.section, context)));
  const operations = sections.flatMap((section) => (section.kind === "inline" ? section.section.operations : []));
  const applying = operations.some(({ operation }) => operation.effect === "write");
  const text = [
    "{\n",
    preludeStart(start),
    // Told by whoever entered: what stopped before.
    entered === "going-on" ? "stop=$stopped\n" : "",
    `M=${maxBytes}\n`,
    preludeOwn(start.nonce),
    // Only a batch that applies: check mode writes nothing outside of its own scratch.
    applying ? sweep : "",
    preludes(
      operations.map(({ operation }) => operation.kind),
      sections.some(({ kind }) => kind === "nested"),
    ),
    sections.some((each) => each.kind === "inline" && each.section.section.network !== undefined) ? preludeNetwork : "",
    answer,
    start.lock === undefined ? "" : underLock(start.lock.holder, start.lock.runId, start.nonce),
    ...body.map((part) => part.text),
    // Whoever entered to run this wants to know whether it may go on elsewhere.
    start.lock === undefined ? "" : "stamp\n",
    `finish ${start.nonce}\n${entered !== "not" ? '[ -z "$stop" ] || exit 3\n' : ""}exit 0\n}\n`,
  ].join("");
  return {
    text,
    forks: body.reduce(
      (sum, part) => sum + part.forks,
      start.lock === undefined ? forksOfAll : forksOfAll + underLockForks,
    ),
  };
}

/** Only the functions that this script needs, and without their comments: those would be a tenth of every trip. */
function preludes(kinds: readonly Operation["kind"][], nested: boolean): string {
  const any = (...wanted: readonly Operation["kind"][]): boolean => wanted.some((kind) => kinds.includes(kind));
  return [
    any("exec", "http", "script", "stat", "file", "write-file", "upload") || nested ? preludeRun : "",
    any("stat", "file", "list") ? preludeRead : "",
    any("stat") ? preludeStat : "",
    any("file") ? preludeFile : "",
    any("list") ? preludeList : "",
    any("write-file", "upload", "mkdir", "remove", "symlink", "attributes") ? preludeWrite : "",
    any("write-file", "upload") ? aim : "",
    any("upload") ? largeSum : "",
    any("write-file", "upload", "remove") ? preludeWriteFile : "",
    any("mkdir", "remove", "symlink", "attributes") ? preludeTree : "",
  ]
    .join("")
    .replace(/^ *# .*\n/gm, "");
}

function emitSection({ section, operations }: NumberedSection, around: ScriptContext): Emitted {
  const { network, continues } = section;
  const context = network === undefined ? around : { ...around, inNetwork: true };
  const fresh = continues === true ? "" : "stop= ";
  const parts: Emitted[] = [{ text: `${fresh}sf=${section.stopAtFailure ? "1" : ""}\n`, forks: 0 }];
  if (network !== undefined) parts.push(findNetwork(network));
  let reads: Numbered[] = [];
  // Reads between two writes have no order among them, so looks may be asked for together, before the commands.
  const flush = (): void => {
    const looks = reads.flatMap(({ id, operation }) => (isLook(operation) ? [{ id, operation }] : []));
    if (looks.length > 0) parts.push(emitLooks(looks, context.nextChunk));
    for (const { id, operation } of reads) if (!isLook(operation)) parts.push(emitOne(id, operation, context));
    reads = [];
  };
  for (const numbered of operations) {
    if (numbered.operation.effect === "read") reads.push(numbered);
    else {
      flush();
      parts.push(emitOne(numbered.id, numbered.operation, context));
    }
  }
  flush();
  return { text: parts.map((part) => part.text).join(""), forks: parts.reduce((sum, part) => sum + part.forks, 0) };
}

function emitOne(id: number, operation: Operation, context: ScriptContext): Emitted {
  switch (operation.kind) {
    case "exec":
      return emitExec({ id, operation }, context);
    case "script":
      return emitNamedScript({ id, operation }, context);
    case "http":
      return emitHttp({ id, operation }, context);
    case "stat":
    case "file":
    case "list":
      return emitLooks([{ id, operation }], context.nextChunk);
    default:
      return emitWrite({ id, operation }, context);
  }
}
