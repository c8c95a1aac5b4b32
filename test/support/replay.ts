import { remove } from "../../engine/sim/files/file-changes.ts";
import { FileError, resolve } from "../../engine/sim/files/file-tree.ts";
import { nodeText } from "../../engine/sim/files/node.ts";
import { writeFile } from "../../engine/sim/files/write-file.ts";
import { findUser } from "../../engine/sim/host/accounts.ts";
import { openSession, type Session } from "../../engine/sim/session.ts";
import { NotImitated } from "../../engine/sim/tool.ts";
import type { Host } from "../../engine/sim/world.ts";
import { normaliseRecording } from "./normalise-recording.ts";
import { NO_FILE, type Recorded } from "./recordings.ts";
import { type LineResult, runLine } from "./run-line.ts";

/** What replaying a transcript came to. */
export interface Replayed {
  /** Commands of the imitated tools. */
  readonly total: number;
  readonly mismatches: readonly Mismatch[];
  /** Where each of them stands: a transcript may be replayed by several tests, each counting other tools. */
  readonly places: readonly string[];
}
export interface Mismatch {
  readonly place: string;
  readonly command: string;
  /** Each thing that differs, with both sides. */
  readonly differences: readonly string[];
}
export interface ReplayOptions {
  readonly host: Host;
  /** Commands that begin with one of these words are replayed and counted. */
  readonly tools: readonly string[];
  /** Commands of these are run, because later ones hang on them, and are not counted: they have a test of their own. */
  readonly also?: readonly string[];
  /** What other commands of the transcript (`mkfs.ext4 …`, `rm …`) did to the host, by the command or its place. */
  readonly aside?: Readonly<Record<string, (host: Host, session: Session) => void>>;
  /** What a line that cannot be run to its end left behind, by its place. */
  readonly afterwards?: Readonly<Record<string, (host: Host, session: Session) => void>>;
  /** Places where somebody had edited the files by hand before: they stood then as the transcript shows them afterwards, or as said here. */
  readonly edited?: Readonly<Record<string, Readonly<Record<string, string>> | null>>;
  /** What else of these tools differs from run to run. */
  readonly normalise?: (text: string) => string;
}

/**
 * Runs a transcript against the imitation, in order, on one host. After each command the files that the transcript shows
 * are put to what they really were, so that a difference does not drag others after it, and generated names agree.
 */
export function replay(
  recording: readonly Recorded[],
  { host, tools, also = [], aside = {}, afterwards = {}, edited = {}, normalise = normaliseRecording }: ReplayOptions,
): Replayed {
  const user = findUser(host, "root");
  if (user === undefined) throw new Error("the host has no root");
  const session = openSession(host, user, "write", () => {});
  const mismatches: Mismatch[] = [];
  const places: string[] = [];
  let total = 0;
  for (const recorded of recording) {
    const { place, command } = recorded;
    for (const [path, text] of recorded.handwritten) setFile(session, path, text);
    const edits = edited[place];
    if (edits !== undefined) {
      const texts = edits === null ? recorded.files : new Map(Object.entries(edits));
      for (const [path, text] of texts) if (text !== null) setFile(session, path, text);
    }
    const by = aside[place] ?? aside[command];
    if (by) by(host, session);
    else if (isOf(command, tools)) {
      total += 1;
      places.push(place);
      const differences = compare(session, recorded, normalise);
      if (differences.length > 0) mismatches.push({ place, command, differences });
    } else if (isOf(command, also)) compare(session, recorded, normalise);
    afterwards[place]?.(host, session);
    for (const [path, text] of recorded.files) if (text !== null) setFile(session, path, text);
  }
  return { total, mismatches, places };
}

function isOf(command: string, tools: readonly string[]): boolean {
  return tools.some((tool) => command === tool || command.startsWith(`${tool} `));
}

function compare(session: Session, recorded: Recorded, normalise: (text: string) => string): readonly string[] {
  const before = new Map([...recorded.files.keys()].map((path) => [path, textOf(session, path)]));
  const got = attempt(session, recorded);
  if (typeof got === "string") return [got];
  const differences: string[] = [];
  const check = (what: string, wanted: string, is: string): void => {
    const [a, b] = [normalise(wanted), normalise(is)];
    if (a.trimEnd() !== b.trimEnd()) differences.push(`${what}\n--- recorded\n${a}\n--- imitated\n${b}`);
  };
  check("exit code", String(recorded.code), String(got.code));
  check("stdout", recorded.stdout, got.stdout);
  check("stderr", recorded.stderr, got.stderr);
  for (const [path, text] of recorded.files)
    check(path, text ?? before.get(path) ?? NO_FILE, textOf(session, path) ?? (text === "" ? "" : NO_FILE));
  return differences;
}

/** What the line answers, or why it could not be run. */
function attempt(session: Session, { command, stdin }: Recorded): LineResult | string {
  try {
    return runLine(session, command, stdin) ?? "it takes a shell";
  } catch (error) {
    if (error instanceof NotImitated || error instanceof FileError) return error.message;
    throw error;
  }
}

function textOf(session: Session, path: string): string | null {
  try {
    const { node } = resolve(session, path, true);
    return node?.type === "file" ? nodeText(node) : null;
  } catch (error) {
    if (error instanceof FileError) return null;
    throw error;
  }
}

function setFile(session: Session, path: string, text: string): void {
  const is = textOf(session, path) ?? NO_FILE;
  if (is === text) return;
  // Of bytes that are no UTF-8 the transcript shows nothing: what is there is nearer to them.
  if (text.includes("\ufffd") && normaliseRecording(is) === normaliseRecording(text)) return;
  if (text === NO_FILE) {
    remove(session, path, false);
    return;
  }
  writeFile(session, { path, bytes: Buffer.from(text), runId: "recorded" });
}
