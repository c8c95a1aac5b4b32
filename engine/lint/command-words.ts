import { splitWords } from "../formats/shell-words.ts";
import type { Task } from "../plan/task.ts";
import type { ValueSource } from "../value/expression.ts";

/** What a task of `command` or `shell` calls, as far as it is written out. */
export interface CommandWords {
  /** Null where a shell would act upon more than words: pipes, variables, several commands. */
  readonly words: readonly string[] | null;
  /** The pieces of a line of several commands, each in words. */
  readonly pieces: readonly (readonly string[])[];
  readonly text: string;
  readonly writes: boolean;
}

/** Stands for what a template makes. */
const made = "made-by-a-template";

/** Null for any other task, and for a command that is a template as a whole. */
export function commandWords({ source }: Task): CommandWords | null {
  if (source.module !== "command" && source.module !== "shell") return null;
  const { params } = source;
  const said = params.kind === "map" ? (parameter(params, "argv") ?? parameter(params, "cmd")) : params;
  if (said === undefined) return null;
  if (said.kind === "list") {
    const words = said.items.map((item) => textOf(item) ?? made);
    return { words, pieces: [words], text: words.join(" "), writes: false };
  }
  const text = textOf(said)?.trim();
  if (text === undefined || text === "" || text === made) return null;
  const split = splitWords(text);
  if (source.module === "command") {
    return "error" in split ? null : { words: split.words, pieces: [split.words], text, writes: false };
  }
  const simple = !/[|&;<>()$`*?[\]{}~#!\n\\]/.test(text.replace(/'[^']*'/g, "")) && !("error" in split);
  const pieces = text
    .split(/\|\||&&|[|;\n]/)
    .map((piece) => splitWords(piece.trim()))
    .flatMap((piece) => ("error" in piece || piece.words.length === 0 ? [] : [piece.words]));
  return { words: simple ? split.words : null, pieces, text, writes: />/.test(text) };
}

export function parameter(params: ValueSource & { readonly kind: "map" }, name: string): ValueSource | undefined {
  return params.entries.find(({ key }) => key === name)?.value;
}

function textOf(source: ValueSource): string | undefined {
  if (source.kind === "literal") return source.value === null ? undefined : String(source.value);
  if (source.kind !== "expression") return undefined;
  const { source: text } = source.expression;
  return text.includes("{{") ? text.replace(/\{\{.*?\}\}/gs, made) : made;
}

/** Without what may stand before a command: `sudo`, a path, variables. */
export function bareWords(words: readonly string[]): readonly string[] {
  const first = words.findIndex((word) => !/^[A-Za-z_]\w*=/.test(word) && word !== "sudo" && word !== "env");
  if (first < 0) return [];
  const [name = "", ...rest] = words.slice(first);
  return [name.replace(/^\/(?:usr\/)?(?:local\/)?s?bin\//, ""), ...rest];
}
