import type { Place } from "../errors/diagnostic.ts";
import type { Report } from "../site/expect.ts";
import { readYaml } from "../site/read-yaml.ts";
import type { Node, ScalarNode } from "../value/node.ts";

/** What YAML takes for more than a plain word, and what nobody means by it in such a file. */
const notPlain = /^[!&*|>%@`?-](?!\d)|^\{\{|^$/;

/**
 * The value of a variable in an INI file, typed as YAML types a scalar; brackets make a list or map of it. Everything
 * else is the text as it stands. `at` is the place of its first character.
 */
export function iniValue(text: string, at: Place, report: Report): Node {
  const asText = textNode(text, at);
  if (notPlain.test(text)) return asText;
  const { node, diagnostics } = readYaml(at.file, text);
  const collection = /^[[{]/.test(text);
  // `~` and `null`; what begins with `#` is a comment to YAML, and whoever writes it here means it.
  if (node === null && diagnostics.length === 0) return text.startsWith("#") ? asText : { ...asText, value: null };
  if (node === null || (node.kind !== "scalar" && !collection)) {
    if (collection) for (const diagnostic of diagnostics) report({ ...diagnostic, place: at });
    return asText;
  }
  for (const diagnostic of diagnostics) report({ ...diagnostic, place: shifted(diagnostic.place ?? at, at) });
  return moved(node, at);
}

export function textNode(text: string, at: Place): ScalarNode {
  const placeAt = (offset: number, length = 1): Place => ({ ...at, column: at.column + offset, length });
  return { kind: "scalar", value: text, place: { ...at, length: Math.max(1, text.length) }, placeAt };
}

/** The value was read as a text of its own: its places are made those in the file. */
function moved(node: Node, at: Place): Node {
  const place = shifted(node.place, at);
  if (node.kind === "list") return { ...node, place, items: node.items.map((item) => moved(item, at)) };
  if (node.kind === "map") {
    const entries = node.entries.map(({ key, keyPlace, value }) => ({
      key,
      keyPlace: shifted(keyPlace, at),
      value: moved(value, at),
    }));
    return { ...node, place, entries };
  }
  return { ...node, place, placeAt: (offset, length) => shifted(node.placeAt(offset, length), at) };
}

function shifted(place: Place, at: Place): Place {
  return { ...place, line: at.line, column: at.column + place.column - 1 };
}
