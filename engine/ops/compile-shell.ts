import { Buffer } from "node:buffer";
import { Bug } from "../errors/bug.ts";
import { userNamePattern } from "../text/user-name.ts";
import type { CompiledBatch, Frame, Payload } from "./compiled.ts";
import type { Batch, Section } from "./ir.ts";
import { defaultMaxBytes } from "./limits.ts";
import { quoteArgv, quoteWord } from "./quote.ts";
import { namedScripts } from "./scripts/named-scripts.ts";
import { bootstrap } from "./shell/bootstrap.ts";
import type { LargeContent, NumberedSection, ScriptContext } from "./shell/context.ts";
import { printBytes } from "./shell/emit-content.ts";
import { generateScript, type ScriptSection } from "./shell/generate-script.ts";
import { anyShell, payloadCommand } from "./shell/payload-command.ts";
import { scratchCandidates } from "./shell/scratch-candidates.ts";
import { stepDownWords } from "./shell/step-down.ts";
import { insideWords } from "./shell/step-inside.ts";

export interface CompileOptions {
  /** Fresh random hex, at least 16 digits: markers and names must not be guessed by what a host sends. */
  readonly ids: () => string;
  /** The user of the connection, where known. Unsaid, the host's `$SUDO_USER` is asked when root's channel must go back to it. */
  readonly loginUser?: string;
  /** Folders that may hold the scratch, best first; `$XDG_RUNTIME_DIR` stands for that variable. */
  readonly scratch?: readonly string[];
  /** The shell that reads the script. */
  readonly shell?: string;
  readonly maxBytes?: number;
  readonly namedScripts?: ReadonlyMap<string, string>;
}

/** One batch, one script. Which of its sections are entered from the script is decided here: see `channelUser`. */
export function compileShell(batch: Batch, options: CompileOptions): CompiledBatch {
  if (!/^[A-Za-z0-9-]{1,64}$/.test(batch.runId)) throw new Bug(`not a run id: ${JSON.stringify(batch.runId)}`);
  const settings = {
    ...options,
    shell: options.shell ?? "sh",
    candidates: options.scratch ?? scratchCandidates,
    maxBytes: options.maxBytes ?? defaultMaxBytes,
    scratchName: `${batch.runId}-${options.ids()}`,
  };
  const sections = number(batch);
  const user = channelUser(batch.sections, options.loginUser);
  const payloads: Payload[] = [];
  const nested: Frame["nested"][number][] = [];
  const nextChunk = counter();

  const context: ScriptContext = {
    nextChunk,
    namedScripts: options.namedScripts ?? namedScripts,
    addLarge: (large) => payloads.push(payloadOf(large, settings.scratchName, settings.candidates, user)),
  };
  const parts: ScriptSection[] = [];
  for (const { first, members, words } of together(sections, (each) => enteringWords(each, user, options.loginUser))) {
    if (words === "") {
      for (const section of members) parts.push({ kind: "inline", section });
      continue;
    }
    const name = `n${first}`;
    const send = (command: string, content: Payload["content"]) => payloads.push({ command, content, user });
    const entered = nest(members, { name, words, settings, nextChunk, context, send });
    members.forEach(({ section }, index) => {
      const entering = placeOf(section, options.loginUser);
      nested.push({ section: first + index, name, nonce: entered.nonce, entering, within: section.within.length > 0 });
    });
    parts.push({ kind: "nested", ...entered });
  }
  const nonce = options.ids();
  const start = {
    nonce,
    scratchName: settings.scratchName,
    candidates: settings.candidates,
    ...(batch.lock && { lock: { holder: batch.lock, runId: batch.runId } }),
  };
  const script = generateScript(parts, start, context, settings.maxBytes);

  const marker = `lab-go-${options.ids()}`;
  const ready = `lab-ready-${options.ids()}`;
  return {
    command: bootstrap(ready, marker, settings.shell),
    user,
    marker,
    ready,
    script: Buffer.from(script.text, "utf8"),
    payloads,
    forks: script.forks,
    operations: sections.reduce((sum, { operations }) => sum + operations.length, 0),
    frame: { nonce, maxBytes: settings.maxBytes, nested },
  };
}

function counter(): () => number {
  let count = 0;
  return () => ++count;
}

function number(batch: Batch): readonly NumberedSection[] {
  let id = 0;
  return batch.sections.map((section) => ({
    section,
    operations: section.operations.map((operation) => {
      if (operation.at === "controller") throw new Bug("an operation of the controller was compiled for a host");
      return { id: id++, operation };
    }),
  }));
}

/**
 * Whose channel it is. One user for all: theirs. Root among several: root's, because root goes down to anyone without a
 * password. Else the connection's own, and `sudo -n` may or may not let the others in.
 */
function channelUser(sections: readonly Section[], loginUser: string | undefined): string | null {
  const users = new Set(sections.map(({ user }) => (user === loginUser ? null : user)));
  const [only = null] = users;
  if (users.size <= 1) return only;
  return users.has("root") ? "root" : null;
}

interface Together {
  /** Which section the first of them is. */
  readonly first: number;
  readonly members: NumberedSection[];
  readonly words: string;
}

/** Neighbours that are entered by the same words are entered once: each entrance costs a shell. */
function together(sections: readonly NumberedSection[], wordsOf: (section: Section) => string): readonly Together[] {
  const groups: Together[] = [];
  for (const [first, numbered] of sections.entries()) {
    const words = wordsOf(numbered.section);
    const last = groups.at(-1);
    if (last?.words === words) last.members.push(numbered);
    else groups.push({ first, members: [numbered], words });
  }
  return groups;
}

/** Empty: the section needs no entering. The user comes first: it takes root to enter a container. */
function enteringWords(section: Section, channel: string | null, loginUser: string | undefined): string {
  const { user, inside } = section;
  const within = [
    ...section.within.map(quoteWord),
    ...(section.within.length > 0 && inside ? [insideWords(inside)] : []),
  ].join(" ");
  const wanted = user === loginUser ? null : user;
  if (wanted === channel) return within;
  const name = wanted ?? loginUser;
  if (name !== undefined && !userNamePattern.test(name)) throw new Bug(`not a user name: ${JSON.stringify(name)}`);
  const words =
    name === undefined ? 'sudo -n -u "${SUDO_USER:?the user of the connection is not known}" --' : stepDownWords(name);
  return within === "" ? words : `${words} ${within}`;
}

/** Where a section runs, as error messages name it. */
function placeOf({ user, within, inside }: Section, loginUser: string | undefined): string {
  const name = inside?.user ?? user ?? loginUser ?? "the user of the connection";
  if (within.length === 0) return name;
  return inside?.user ? `${name} by ${quoteArgv(within)}` : `${quoteArgv(within)} as ${name}`;
}

interface Settings extends CompileOptions {
  readonly shell: string;
  readonly candidates: readonly string[];
  readonly maxBytes: number;
  readonly scratchName: string;
}
interface Nest {
  readonly name: string;
  readonly words: string;
  readonly settings: Settings;
  readonly nextChunk: () => number;
  readonly context: ScriptContext;
  /** Hands a content over to a channel of its own that goes in by itself. */
  readonly send: (command: string, content: Payload["content"]) => void;
}

/** Sections in a shell of their own: their script is that shell's stdin, never part of an argv. */
function nest(sections: readonly NumberedSection[], { name, words, settings, nextChunk, context, send }: Nest) {
  const nonce = settings.ids();
  const marker = `lab-go-${settings.ids()}`;
  // Not the outer name: where both are the same user on the same file system one would remove the other's folder.
  const scratchName = `${settings.scratchName}-${name}`;
  const inner: ScriptContext = {
    ...context,
    nextChunk,
    // Straight in, and not by way of the scratch outside: that one lies in memory, which a large file may not fit into.
    addLarge: (large) => {
      const inside = sections.some((each) => each.section.within.length > 0);
      const command = payloadCommand(large, scratchName, settings.candidates, inside);
      send(anyShell(`exec ${words} ${command}`), large.content);
    },
  };
  const goesOn = sections[0]?.section.continues === true;
  const script = generateScript(
    sections.map((section) => ({ kind: "inline" as const, section })),
    { nonce, scratchName, candidates: settings.candidates },
    inner,
    settings.maxBytes,
    goesOn ? "going-on" : "anew",
  );
  // One short line of its own in front: cut anywhere it is no command that there is.
  const told = goesOn ? `printf 'stopped=%s\\n' "$stop"; ` : "";
  const text = `c${name}() { ${printBytes(Buffer.from(`${marker}\n`))}; ${told}${printBytes(Buffer.from(script.text, "utf8"))}; }
x${name}() { exec $G ${words} ${bootstrap(`lab-ready-${nonce}`, marker, settings.shell)}; }
${goesOn ? "" : "stop=\n"}sf=; k=; command_ ${name} 86400 '' '*' x${name} c${name}
[ "$k" = 0 ] || stop=${sections.at(-1)?.section.stopAtFailure === true ? "1" : ""}
`;
  return { nonce, text, forks: script.forks + 4 };
}

function payloadOf(
  large: LargeContent,
  scratchName: string,
  candidates: readonly string[],
  user: string | null,
): Payload {
  return { command: payloadCommand(large, scratchName, candidates), content: large.content, user };
}
