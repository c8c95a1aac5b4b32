/** A piece of a word: text, the exit code of the command before, or what other commands print. */
export type LinePart =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "code" }
  | { readonly kind: "command"; readonly statements: readonly LineStatement[] };
export type LineWord = readonly LinePart[];
export interface LineStage {
  readonly words: readonly LineWord[];
  readonly out: "keep" | "drop" | { readonly file: string; readonly append: boolean };
  readonly err: "keep" | "drop" | "stdout";
}
export interface LineStatement {
  /** Stages of a pipe. */
  readonly stages: readonly LineStage[];
  /** Which outcome of the statement before it waits for. */
  readonly after: ";" | "&&" | "||";
}

/** Thrown inside: the line needs a real shell. */
class TakesAShell extends Error {}

/** Takes a line of a transcript apart; null where it takes more of a shell than pipes, lists, `$?`, `$(…)` and redirections. */
export function parseLine(line: string): readonly LineStatement[] | null {
  try {
    return parseStatements(tokens(line));
  } catch (error) {
    if (error instanceof TakesAShell) return null;
    throw error;
  }
}

/** Of the shell in which the transcripts were made. */
const ROOT = { HOME: "/root", PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" } as const;

type Token = { readonly op: string } | { readonly word: LineWord };
const OPERATOR = /^(2>&1|2>\s*\/dev\/null|>>|>|&&|\|\||\||;|\n|&|<|\(|\))/;
const RESERVED = new Set(["for", "while", "if", "cd", "{", "exec", "umask", "export", "exit", "!", "sh", "bash"]);

function tokens(line: string): readonly Token[] {
  const found: Token[] = [];
  let at = 0;
  while (at < line.length) {
    const rest = line.slice(at);
    const blank = /^[ \t]+/.exec(rest)?.[0];
    const op = OPERATOR.exec(rest)?.[0];
    if (blank !== undefined) at += blank.length;
    else if (op !== undefined) {
      if (["&", "<", "(", ")"].includes(op)) throw new TakesAShell();
      found.push({ op: op.startsWith("2>/") || op.startsWith("2> ") ? "2>/dev/null" : op });
      at += op.length;
    } else {
      const word = readWord(line, at);
      found.push({ word: word.parts });
      at = word.end;
    }
  }
  return found;
}

function readWord(line: string, start: number): { readonly parts: LineWord; readonly end: number } {
  const parts: LinePart[] = [];
  const text = (piece: string) => parts.push({ kind: "text", text: piece });
  let at = start;
  let quoted = false;
  while (at < line.length) {
    const rest = line.slice(at);
    const char = rest.charAt(0);
    if (!quoted && (/^\s/.test(rest) || OPERATOR.test(rest.replace(/^2>/, "x")))) break;
    if (rest.startsWith("$(")) {
      const end = closing(line, at + 2);
      parts.push({ kind: "command", statements: parseStatements(tokens(line.slice(at + 2, end))) });
      at = end + 1;
    } else if (rest.startsWith("$?")) {
      parts.push({ kind: "code" });
      at += 2;
    } else if (!quoted && rest.startsWith("$'")) {
      const inner = /^\$'((?:[^'\\]|\\.)*)'/s.exec(rest);
      if (!inner) throw new TakesAShell();
      text(unescaped(inner[1] ?? ""));
      at += inner[0].length;
    } else if (/^\$(?:HOME|PATH)\b/.test(rest)) {
      const name = rest.startsWith("$HOME") ? "HOME" : "PATH";
      text(ROOT[name]);
      at += name.length + 1;
    } else if (char === "$" && /^\$[\w{@*#!$-]/.test(rest)) throw new TakesAShell();
    else if (char === "`" || (!quoted && (char === "*" || char === "?"))) throw new TakesAShell();
    else if (!quoted && char === "'") {
      const end = line.indexOf("'", at + 1);
      if (end < 0) throw new TakesAShell();
      text(line.slice(at + 1, end));
      at = end + 1;
    } else if (char === '"') {
      // An empty word is a word.
      text("");
      quoted = !quoted;
      at += 1;
    } else if (char === "\\" && (!quoted || /^\\["\\$`]/.test(rest))) {
      text(line.charAt(at + 1));
      at += 2;
    } else {
      text(char);
      at += 1;
    }
  }
  return { parts, end: at };
}

/** Where the `)` stands that ends a `$(`. */
function closing(line: string, start: number): number {
  let depth = 1;
  let quote = "";
  for (let at = start; at < line.length; at += 1) {
    const char = line.charAt(at);
    if (char === "\\" && quote !== "'") at += 1;
    else if (quote !== "") quote = char === quote ? "" : quote;
    else if (char === "'" || char === '"') quote = char;
    else if (char === "(") depth += 1;
    else if (char === ")") {
      depth -= 1;
      if (depth === 0) return at;
    }
  }
  throw new TakesAShell();
}

function unescaped(inner: string): string {
  return inner.replace(/\\(x[0-9a-fA-F]{1,2}|[0-7]{1,3}|.)/gs, (_whole, code: string) => {
    if (/^x/.test(code)) return String.fromCharCode(Number.parseInt(code.slice(1), 16));
    if (/^[0-7]/.test(code)) return String.fromCharCode(Number.parseInt(code, 8));
    return { n: "\n", t: "\t", r: "\r", a: "\x07", e: "\x1b" }[code] ?? code;
  });
}

function parseStatements(all: readonly Token[]): readonly LineStatement[] {
  const statements: LineStatement[] = [];
  let after: LineStatement["after"] = ";";
  let stages: LineStage[] = [];
  let open: Token[] = [];
  const closeStage = () => {
    if (open.length > 0) stages.push(parseStage(open));
    open = [];
  };
  const closeStatement = (next: LineStatement["after"]) => {
    closeStage();
    if (stages.length > 0) statements.push({ stages, after });
    stages = [];
    after = next;
  };
  for (const token of all) {
    const op = "op" in token ? token.op : "";
    if (op === "|") closeStage();
    else if (op === "&&" || op === "||") closeStatement(op);
    else if (op === ";" || op === "\n") closeStatement(";");
    else open.push(token);
  }
  closeStatement(";");
  return statements;
}

function parseStage(all: readonly Token[]): LineStage {
  const words: LineWord[] = [];
  let out: LineStage["out"] = "keep";
  let err: LineStage["err"] = "keep";
  for (let at = 0; at < all.length; at += 1) {
    const token = all[at];
    if (token === undefined) continue;
    if ("word" in token) words.push(token.word);
    else if (token.op === "2>/dev/null") err = "drop";
    else if (token.op === "2>&1") err = out === "keep" ? "stdout" : "drop";
    else {
      at += 1;
      const target = all[at];
      const file = target !== undefined && "word" in target ? plain(target.word) : null;
      if (file === null) throw new TakesAShell();
      out = file === "/dev/null" ? "drop" : { file, append: token.op === ">>" };
    }
  }
  const first = plain(words[0] ?? []);
  if (first === null || RESERVED.has(first) || /^[A-Za-z_]\w*=/.test(first)) throw new TakesAShell();
  return { words, out, err };
}

function plain(word: LineWord): string | null {
  return word.every((part) => part.kind === "text")
    ? word.map((part) => (part.kind === "text" ? part.text : "")).join("")
    : null;
}
