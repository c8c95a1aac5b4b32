import type { LookUp } from "./compose-variables.ts";
import { interpolate } from "./compose-variables.ts";

export type ComposeEnv =
  | { readonly ok: true; readonly values: ReadonlyMap<string, string> }
  | { readonly ok: false; readonly line: number; readonly message: string };

/**
 * A file of variables as Compose reads it: `NAME=value`, `export NAME=value`, single quotes as they are, double quotes
 * with escapes, ` #` begins a comment. Values may mention variables of the lines above, or of `outer`.
 */
export function parseComposeEnv(text: string, outer: LookUp = () => null): ComposeEnv {
  const values = new Map<string, string>();
  const lookUp: LookUp = (name) => values.get(name) ?? outer(name) ?? "";
  const source = text.replace(/^\uFEFF/, "").replaceAll("\r\n", "\n");
  let at = 0;
  const lineAt = (offset: number): number => source.slice(0, offset).split("\n").length;
  while (at < source.length) {
    const end = lineEnd(source, at);
    const line = source.slice(at, end);
    if (/^\s*(#|$)/.test(line)) {
      at = end + 1;
      continue;
    }
    const wrong = (message: string): ComposeEnv => ({ ok: false, line: lineAt(at), message });
    const head = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_.-]*)[ \t]*(?:([=:])[ \t]*)?/.exec(line);
    const [whole = "", name = "", sign] = head ?? [];
    if (head === null) return wrong("expected NAME=value");
    if (sign === undefined) {
      // A name alone takes its value from outside, if there is one.
      if (!/^\s*(#.*)?$/.test(line.slice(whole.length))) return wrong("expected NAME=value");
      const inherited = outer(name);
      if (inherited !== null) values.set(name, inherited);
      at = end + 1;
      continue;
    }
    const start = at + whole.length;
    const quote = source[start];
    if (quote !== "'" && quote !== '"') {
      const raw = source
        .slice(start, end)
        .replace(/(^|\s)#.*$/, "")
        .trim();
      const said = interpolate(raw, lookUp);
      if (!said.ok) return wrong(said.message);
      values.set(name, said.text);
      at = end + 1;
      continue;
    }
    const close = closingQuote(source, start + 1, quote);
    if (close < 0) return wrong(`the ${quote} of ${name} has no end`);
    const raw = source.slice(start + 1, close);
    if (quote === "'") values.set(name, raw.replaceAll("\\'", "'"));
    else {
      const said = interpolate(escapes(raw), lookUp);
      if (!said.ok) return wrong(said.message);
      values.set(name, said.text);
    }
    const rest = lineEnd(source, close);
    // A word there is one more name for Compose; what can be none is an error.
    const following = source.slice(close + 1, rest).trim();
    if (following !== "" && !/^[\w.#-]/.test(following))
      return wrong(`something follows the ${quote} that ends ${name}`);
    at = rest + 1;
  }
  return { ok: true, values };
}

/** A file of variables that Compose reads as exactly these. */
export function composeEnvText(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}=${quoted(value)}\n`)
    .join("");
}

function quoted(value: string): string {
  if (/^[A-Za-z0-9_.,:/@%+-]+$/.test(value)) return value;
  if (!/['\\]/.test(value)) return `'${value}'`;
  const escaped = value
    .replaceAll("\\", "\\\\")
    .replaceAll('"', '\\"')
    .replaceAll("\n", "\\n")
    .replaceAll("\r", "\\r")
    .replaceAll("$", "\\$");
  return `"${escaped}"`;
}

/** In double quotes: `\n`, `\"` and so on; a dollar sign that is escaped begins no variable. */
function escapes(raw: string): string {
  return raw.replace(/\\([\s\S])/g, (_, character: string) => {
    const known = { n: "\n", r: "\r", t: "\t", $: "$$", '"': '"', "\\": "\\", "'": "'" }[character];
    return known ?? `\\${character}`;
  });
}

function closingQuote(text: string, from: number, quote: string): number {
  for (let at = from; at < text.length; at += 1) {
    if (text[at] === "\\") at += 1;
    else if (text[at] === quote) return at;
  }
  return -1;
}

function lineEnd(text: string, from: number): number {
  const end = text.indexOf("\n", from);
  return end < 0 ? text.length : end;
}
