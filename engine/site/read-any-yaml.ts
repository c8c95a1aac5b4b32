import { Lexer } from "yaml";
import type { Diagnostic } from "../errors/diagnostic.ts";
import type { Node } from "../value/node.ts";
import type { Unsealer } from "../value/sealed.ts";
import { ansibleVault } from "./ansible-vault.ts";
import { convertYaml } from "./convert-yaml.ts";
import { explainYamlError } from "./explain-yaml-error.ts";
import { parseAround } from "./parse-around.ts";
import type { PlaceOf } from "./text-scalar.ts";

export interface YamlFile {
  /** Null for an empty file, and for one of which nothing can be read. */
  readonly node: Node | null;
  readonly diagnostics: readonly Diagnostic[];
  /** The parts that could not be read: the rest is there all the same. */
  readonly lost?: readonly string[];
}

/** All of YAML, by way of the library, and what is wrong with a text. */
export function readAnyYaml(text: string, placeOf: PlaceOf, unsealer?: Unsealer): YamlFile {
  const vault = ansibleVault(text);
  if (vault) return { node: null, diagnostics: [{ ...vault, place: placeOf(0) }] };
  const garbled = text.indexOf("\ufffd");
  if (garbled >= 0) {
    const message = "this is not UTF-8 text";
    const hint = "save the file as UTF-8, for example with `iconv -f LATIN1 -t UTF-8`";
    return { node: null, diagnostics: [{ code: "not-utf8", message, place: placeOf(garbled), hint }], lost: [text] };
  }
  const deep = tooDeep(text);
  if (deep !== undefined) {
    const message = "maps and lists are nested too deeply here";
    const hint = "is a bracket missing its end?";
    return { node: null, diagnostics: [{ code: "yaml-syntax", message, place: placeOf(deep), hint }], lost: [text] };
  }
  const { document, errors, lost } = parseAround(text);
  const syntax = errors.map(({ error, text: at }) => explainYamlError(error, at, placeOf));
  if (document === null) return { node: null, diagnostics: syntax.slice(0, 1), lost };
  const { node, diagnostics } = convertYaml(document, text, placeOf, unsealer);
  return { node, diagnostics: [...syntax, ...diagnostics], ...(lost.length > 0 && { lost }) };
}

// The parser calls itself for each level. Near the end of the stack V8 may fail to compile a regular expression, and that
// ends the process at once (seen with 800 levels); nothing can catch it.
const maxLevels = 200;

/** The offset at which a text nests deeper than any site does. */
function tooDeep(text: string): number | undefined {
  const indented = new RegExp(`^[ ?-]{${2 * maxLevels}}`, "m").exec(text);
  if (indented) return indented.index;
  // Telling brackets from text costs a third of what parsing does; with so few of them there is nothing to be told.
  if (text.split(/[[{]/, maxLevels + 2).length <= maxLevels + 1) return undefined;
  let levels = 0;
  let offset = 0;
  for (const token of new Lexer().lex(text)) {
    if (token === "[" || token === "{") levels += 1;
    if (token === "]" || token === "}") levels -= 1;
    if (levels > maxLevels) return offset;
    // The lexer's own marks for a document, a scalar, the end of a flow: no characters of the text.
    if (!/^[\x02\x18\x1f]$/.test(token)) offset += token.length;
  }
  return undefined;
}
