import { splitWords } from "../../engine/formats/shell-words.ts";

/** A line of a transcript as commands that can be run without a shell; null where it takes one (pipes, redirections, variables). */
export function splitCommands(line: string): readonly (readonly string[])[] | null {
  const parts = splitAtSemicolons(ansiQuotes(line));
  const commands: (readonly string[])[] = [];
  for (const part of parts) {
    if (part.trim() === "") continue;
    const split = splitWords(part);
    if ("error" in split || split.shellish.length > 0) return null;
    const first = split.words[0] ?? "";
    if (first === "" || /^[A-Za-z_]\w*=/.test(first) || SHELL_WORDS.has(first)) return null;
    commands.push(split.words);
  }
  return commands.length === 0 ? null : commands;
}

const SHELL_WORDS = new Set(["for", "while", "if", "cd", "(", "{", "exec", "umask", "export", "exit", "sh", "bash"]);

/** `;` between commands, not inside quotes. */
function splitAtSemicolons(line: string): readonly string[] {
  const parts = [""];
  let quote = "";
  for (let at = 0; at < line.length; at += 1) {
    const char = line.charAt(at);
    if (quote === "" && char === ";") {
      parts.push("");
      continue;
    }
    if (char === "\\" && quote !== "'") {
      parts[parts.length - 1] += char + line.charAt(at + 1);
      at += 1;
      continue;
    }
    if (quote === "" && (char === "'" || char === '"')) quote = char;
    else if (char === quote) quote = "";
    parts[parts.length - 1] += char;
  }
  return parts;
}

/** `$'a\nb'` becomes `'a<line feed>b'`. */
function ansiQuotes(line: string): string {
  return line.replace(/\$'((?:[^'\\]|\\.)*)'/gs, (_, inner: string) => {
    const text = inner.replace(/\\(x[0-9a-fA-F]{1,2}|[0-7]{1,3}|.)/gs, (_whole, code: string) => {
      if (/^x/.test(code)) return String.fromCharCode(Number.parseInt(code.slice(1), 16));
      if (/^[0-7]/.test(code)) return String.fromCharCode(Number.parseInt(code, 8));
      return { n: "\n", t: "\t", r: "\r", a: "\x07", e: "\x1b" }[code] ?? code;
    });
    return `'${text.replaceAll("'", `'\\''`)}'`;
  });
}
