import type { Command } from "commander";
import { wrap } from "../../text/wrap.ts";

/**
 * What puts a command into the program. A registration holds words and options alone; what the command needs is
 * imported when it is called, so that `lab --help` stays quick.
 */
export interface Registrar {
  readonly program: Command;
  /** Columns of help texts. */
  readonly width: number;
  /** Makes what ends with an exit status into an action of a command. */
  action<Args extends readonly unknown[]>(work: (...args: Args) => Promise<number>): (...args: Args) => Promise<void>;
}

export type Register = (registrar: Registrar) => void;

/** Texts below the options, each with an empty line before it. Set when they are shown: every call registers all commands. */
export function paragraphs(width: number, texts: readonly string[]): () => string {
  return () => texts.map((text) => `\n${wrap(text, width).join("\n")}`).join("\n");
}

/** Calls with what they do, below the options: every command has some. */
export function examples(...calls: readonly (readonly [call: string, does: string])[]): () => string {
  return () => examplesText(calls);
}

function examplesText(calls: readonly (readonly [call: string, does: string])[]): string {
  const width = Math.min(process.stdout.columns ?? 80, 100);
  const widest = Math.max(...calls.map(([call]) => call.length));
  const beside = calls.every(([, does]) => widest + does.length + 4 <= width);
  // On a narrow terminal what a call does stands below it: columns that the terminal breaks are no columns.
  const lines = calls.flatMap(([call, does]) =>
    beside
      ? [`  ${call.padEnd(widest)}  ${does}`]
      : [`  ${call}`, ...wrap(does, width - 6).map((line) => `      ${line}`)],
  );
  return `\nExamples:\n${lines.join("\n")}`;
}

/** An option that may be repeated. */
export function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

/** An option that may be repeated, and that takes several words between commas. */
export function collectWords(value: string, before: readonly string[] = []): readonly string[] {
  const words = value.split(",").map((word) => word.trim());
  return [...before, ...words.filter((word) => word !== "")];
}
