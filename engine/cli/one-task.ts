import { join } from "node:path";
import type { Diagnostic } from "../errors/diagnostic.ts";
import { splitWords } from "../formats/shell-words.ts";
import type { FileSource } from "../site/files.ts";
import { readYaml } from "../site/read-yaml.ts";
import { commandLine } from "../text/command-line.ts";
import { overlayFiles } from "./overlay-files.ts";

/** What `lab run` is to do: a module with its parameters as written on the command line, or a command's words. */
export type Wanted =
  | { readonly kind: "module"; readonly module: string; readonly args: string | undefined }
  | { readonly kind: "command"; readonly words: readonly string[] };

/**
 * A playbook of one task, as a file that exists for this call only: so a task from the command line is checked, run and
 * told of like any other, and its mistakes have a line to point at.
 */
export function oneTask(
  pattern: string,
  wanted: Wanted,
  folder: string,
  files: FileSource,
): { readonly playbook: string; readonly source: FileSource } | { readonly wrong: Diagnostic } {
  if (pattern.trim() === "") {
    return { wrong: { code: "empty-pattern", message: "the host pattern is empty", hint: "`all` is every host" } };
  }
  const task = wanted.kind === "command" ? commandTask(wanted.words) : moduleTask(wanted.module, wanted.args);
  if (typeof task !== "string") return { wrong: task };
  const text = `- hosts: ${quoted(pattern)}\n  tasks:\n    - ${task}\n`;
  const path = join(folder, commandLine);
  return { playbook: path, source: overlayFiles(files, new Map([[path, text]])) };
}

/** Raw: a command of the command line has been through a shell, and braces in it are Docker's or its own. */
function commandTask(words: readonly string[]): string {
  return `command: { argv: [${words.map((word) => `!raw ${quoted(word)}`).join(", ")}] }`;
}

const commandLines = new Set(["command", "shell"]);

function moduleTask(module: string, args: string | undefined): string | Diagnostic {
  const name = /^[\w.]+$/.test(module) ? module : quoted(module);
  const text = args?.trim() ?? "";
  if (text === "") return `${name}:`;
  const pairs = commandLines.has(module) ? null : pairsOf(text);
  if (pairs !== null && "code" in pairs) return pairs;
  if (pairs) return `${name}: { ${pairs.entries.map(([key, value]) => `${key}: ${value}`).join(", ")} }`;
  // What begins like a map was meant as one, also where it is broken: then YAML tells where.
  const meant = /^{(?!{)/.test(text) || (text.includes("\n") && !commandLines.has(module));
  if (!meant && readYaml(commandLine, text).node?.kind !== "map") return `${name}: ${quoted(text)}`;
  // As it was written, so that what is wrong in it is shown where it stands.
  return text.includes("\n") && !text.startsWith("{")
    ? `${name}:\n${text.replace(/^/gm, " ".repeat(8))}`
    : `${name}: ${text.startsWith("{") ? text.replace(/\n/g, "\n        ") : `{ ${text} }`}`;
}

/** `key=value` words, each value read as YAML would read it. Null: it is written in another way. */
function pairsOf(text: string): { readonly entries: readonly (readonly [string, string])[] } | Diagnostic | null {
  if (!/^[A-Za-z_]\w*=/.test(text)) return null;
  const split = splitWords(text);
  if ("error" in split) return { code: "wrong-option", message: `--args: ${split.error}` };
  const entries: (readonly [string, string])[] = [];
  for (const word of split.words) {
    const [whole, key = "", value = ""] = /^([A-Za-z_]\w*)=(.*)$/s.exec(word) ?? [];
    if (whole === undefined) {
      const hint = `put what belongs together in quotes: ${entries.at(-1)?.[0] ?? "key"}="… ${word} …"`;
      return { code: "wrong-option", message: `--args: "${word}" is no key=value`, hint };
    }
    entries.push([key, scalarOf(value)]);
  }
  return { entries };
}

function scalarOf(value: string): string {
  const { node } = readYaml(commandLine, value);
  const plain = node?.kind === "scalar" && node.tag === undefined && typeof node.value !== "string";
  // `[a, b]` and `{ a: 1 }` are what they look like.
  return (plain && value.trim() !== "") || (node && node.kind !== "scalar") ? value : quoted(value);
}

/** YAML reads a text of JSON as JSON does. */
function quoted(text: string): string {
  return JSON.stringify(text);
}
