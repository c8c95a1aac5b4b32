import type { Operation, Section, StreamedContent } from "../ir.ts";

/** An operation with its number in the whole batch: the name of its variables, files and notes. */
export interface Numbered<Op extends Operation = Operation> {
  readonly id: number;
  readonly operation: Op;
}

/** Shell text and the number of processes that it can start. */
export interface Emitted {
  readonly text: string;
  readonly forks: number;
}

/** A content that is too large for the script. */
export interface LargeContent {
  readonly id: number;
  /** Its name in the scratch folder. */
  readonly file: string;
  readonly content: Uint8Array | StreamedContent;
  /** Where an upload goes: it travels into a temporary file beside it. Null: into the scratch folder. */
  readonly path: string | null;
}

/** What the emitters share while one script is made. */
export interface ScriptContext {
  /** Hands a content over to a channel of its own. */
  readonly addLarge: (large: LargeContent) => void;
  /** Numbers the fused groups of the script. */
  readonly nextChunk: () => number;
  readonly namedScripts: ReadonlyMap<string, string>;
  /** Requests are made in the network that was looked for before. */
  readonly inNetwork?: boolean;
}

export interface NumberedSection {
  readonly section: Section;
  readonly operations: readonly Numbered[];
}
