/** What a text becomes when its variables are put in; `null` of a lookup: not set. */
export type Interpolated =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly message: string; readonly variable: string | null };
export type LookUp = (name: string) => string | null;

/**
 * The variables of a compose file: `$NAME`, `${NAME}`, with a default (`-`, `:-`), required (`?`, `:?`) or replaced (`+`,
 * `:+`), each of which may hold others; `$$` is a dollar sign. Compose takes a variable that is not set for an empty
 * text and warns; here that is an error.
 */
export function interpolate(text: string, lookUp: LookUp): Interpolated {
  let out = "";
  for (let at = 0; at < text.length; ) {
    if (text[at] !== "$") {
      const next = text.indexOf("$", at);
      const end = next < 0 ? text.length : next;
      out += text.slice(at, end);
      at = end;
      continue;
    }
    const rest = text.slice(at + 1);
    if (rest.startsWith("$")) {
      out += "$";
      at += 2;
      continue;
    }
    const named = NAME.exec(rest)?.[0];
    if (named !== undefined) {
      const value = lookUp(named);
      if (value === null) return unset(named);
      out += value;
      at += 1 + named.length;
      continue;
    }
    const end = rest.startsWith("{") ? closing(rest) : -1;
    if (end < 0)
      return { ok: false, message: `"${shorten(text)}" holds a $ that begins no variable: write $$`, variable: null };
    const inner = braced(rest.slice(1, end), lookUp);
    if (!inner.ok) return inner;
    out += inner.text;
    at += 1 + end + 1;
  }
  return { ok: true, text: out };
}

/** The names of all variables that a text mentions, those in defaults included. */
export function variablesIn(text: string): readonly string[] {
  const names = new Set<string>();
  for (const [, name = ""] of text.replaceAll("$$", "").matchAll(/\$\{?([A-Za-z_]\w*)/g)) names.add(name);
  return [...names];
}

const NAME = /^[A-Za-z_][A-Za-z0-9_]*/;

function braced(inner: string, lookUp: LookUp): Interpolated {
  const name = NAME.exec(inner)?.[0];
  const [, operator = "", word = ""] = /^(:?[-?+])?([\s\S]*)$/.exec(inner.slice(name?.length ?? 0)) ?? [];
  if (name === undefined || (operator === "" && word !== "")) {
    return { ok: false, message: `\${${shorten(inner)}} is no variable`, variable: null };
  }
  const value = lookUp(name);
  const there = value !== null && !(operator.startsWith(":") && value === "");
  if (operator.endsWith("+")) return there ? interpolate(word, lookUp) : { ok: true, text: "" };
  if (there) return { ok: true, text: value };
  if (operator.endsWith("-")) return interpolate(word, lookUp);
  if (operator.endsWith("?")) {
    const said = interpolate(word, lookUp);
    const why = said.ok && said.text !== "" ? `: ${said.text}` : "";
    return { ok: false, message: `the variable ${name} is required${why}`, variable: name };
  }
  return value === null ? unset(name) : { ok: true, text: value };
}

function unset(name: string): Interpolated {
  return { ok: false, message: `the variable ${name} is not set`, variable: name };
}

/** Where the brace at the beginning ends; -1: nowhere. */
function closing(text: string): number {
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    if (text.startsWith("$$", at)) at += 1;
    else if (text[at] === "{" && (at === 0 || text[at - 1] === "$")) depth += 1;
    else if (text[at] === "}") {
      depth -= 1;
      if (depth === 0) return at;
    }
  }
  return -1;
}

function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
