import { LineCounter, parseDocument } from "yaml";
import type { Diagnostic } from "../errors/diagnostic.ts";
import type { Node } from "../value/node.ts";
import { convertYaml } from "./convert-yaml.ts";
import { explainYamlError } from "./explain-yaml-error.ts";

export interface YamlFile {
  /** Null for an empty file, and for one whose YAML is broken. */
  readonly node: Node | null;
  readonly diagnostics: readonly Diagnostic[];
}

/** The one door to YAML: a text of the site as nodes that know their places. YAML 1.2, core schema, one document. */
export function readYaml(file: string, text: string): YamlFile {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    version: "1.2",
    schema: "core",
    lineCounter: lines,
    prettyErrors: false,
    // Checked while converting: there `1` and `"1"` are the same key, and the place of the first one is at hand.
    uniqueKeys: false,
    resolveKnownTags: false,
    logLevel: "error",
  });
  const placeOf = (offset: number, length = 1) => {
    const { line, col } = lines.linePos(offset);
    const lineEnd = lines.lineStarts[line] ?? text.length + 1;
    return { file, line, column: Math.max(1, col), length: Math.max(1, Math.min(length, lineEnd - 1 - offset)) };
  };
  const garbled = text.indexOf("\ufffd");
  if (garbled >= 0) {
    const message = "this is not UTF-8 text";
    const hint = "save the file as UTF-8, for example with `iconv -f LATIN1 -t UTF-8`";
    return { node: null, diagnostics: [{ code: "not-utf8", message, place: placeOf(garbled), hint }] };
  }
  // One syntax error makes the parser stumble over what follows, so the first alone is told.
  const [first] = document.errors.toSorted((left, right) => left.pos[0] - right.pos[0]);
  if (first) return { node: null, diagnostics: [explainYamlError(first, text, placeOf)] };
  return convertYaml(document, text, placeOf);
}
