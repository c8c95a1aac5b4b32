import { printable } from "../text/printable.ts";
import { Secret } from "../value/secret.ts";
import { Unknown } from "../value/unknown.ts";
import { isList, isMap, type Value } from "../value/value.ts";

/** A value on one line, much as YAML would write it. */
export function formatValue(value: Value): string {
  if (value instanceof Unknown) return value.why === "" ? "known after apply" : `known after apply (${value.why})`;
  if (value instanceof Secret) return "***";
  if (typeof value === "string") return formatText(value, false);
  return formatInner(value);
}

function formatInner(value: Value): string {
  if (typeof value === "string") return formatText(value, true);
  if (isList(value)) return `[${value.map(formatInner).join(", ")}]`;
  if (isMap(value)) {
    const fields = Object.entries(value).map(([key, inner]) => `${formatText(key, true)}: ${formatInner(inner)}`);
    return fields.length === 0 ? "{}" : `{ ${fields.join(", ")} }`;
  }
  return value instanceof Unknown || value instanceof Secret ? formatValue(value) : String(value);
}

/** Quoted where a reader could take it for something else: nothing, a number, several values, a word of ours. */
function formatText(text: string, inside: boolean): string {
  const mistakable = /^$|^\s|\s$|[\n\r\t"]|^(?:true|false|null|\*\*\*)$|^(?:known after apply|\(none\))/;
  const number = /^[-+]?(?:[1-9]\d*|0)(?:\.\d+)?(?:e[-+]?\d+)?$/i;
  const quoted = mistakable.test(text) || number.test(text) || (inside && /[,[\]{}]|: /.test(text));
  // JSON leaves some control characters as they are.
  return printable(quoted ? JSON.stringify(text) : text);
}
