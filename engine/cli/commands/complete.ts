import type { Command } from "commander";
import { complete } from "../complete.ts";
import { exitCodes } from "../exit-codes.ts";

/** Asked by the shell after each Tab: a word a line, a tab and what it means; last `:files` or `:words`. */
export async function answerShell(program: Command, words: readonly string[]): Promise<number> {
  const { suggest } = await import("../suggestions.ts");
  const { candidates, files } = await complete(program, words, suggest);
  const unique = new Map(candidates.map((candidate) => [candidate.word, candidate]));
  const lines = [...unique.values()].map(({ word, about }) =>
    about === undefined ? word : `${word}\t${oneLine(about)}`,
  );
  process.stdout.write([...lines, files ? ":files" : ":words", ""].join("\n"));
  return exitCodes.done;
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ");
}
