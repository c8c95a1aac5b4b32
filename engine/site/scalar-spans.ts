import { isMap, isScalar, isSeq, type Pair, parseDocument, type Scalar, type Node as YamlNode } from "yaml";
import type { Diagnostic } from "../errors/diagnostic.ts";
import { readYaml } from "./read-yaml.ts";

/** Where a scalar stands in a YAML text: so that it can be replaced, and all else stays as somebody wrote it. */
export interface ScalarSpan {
  /** Keys of maps and numbers of list items, from the top: `users`, `0`, `password`. */
  readonly path: readonly string[];
  readonly tag: string | undefined;
  readonly value: unknown;
  /** Offsets of the value, behind its tag; without the line break that ends a block. */
  readonly start: number;
  readonly end: number;
  /** Offset of the tag, where there is one: `start` else. */
  readonly tagStart: number;
  /** Spaces in front of the lines of a block in this place. */
  readonly indent: number;
  /** Inside of brackets, where no block can stand. */
  readonly flow: boolean;
  /** Written as a block: `|` or `>`. */
  readonly block: boolean;
}

/** All scalars of a text in their order, but for keys. Anchors' copies are not told again. */
export function scalarSpans(
  file: string,
  text: string,
): { readonly spans: readonly ScalarSpan[]; readonly diagnostics: readonly Diagnostic[] } {
  const { diagnostics } = readYaml(file, text);
  // Only its form matters here: what a tag stands before is judged where the value is read.
  const broken = diagnostics.filter(({ code }) => code !== "not-encrypted" && code !== "unknown-tag");
  if (broken.length > 0) return { spans: [], diagnostics: broken };
  const document = parseDocument(text, {
    version: "1.2",
    schema: "core",
    uniqueKeys: false,
    resolveKnownTags: false,
    logLevel: "error",
  });
  const spans: ScalarSpan[] = [];

  function walk(node: unknown, path: readonly string[], column: number, flow: boolean): void {
    if (isScalar(node)) spans.push(spanOf(node, path, column, flow));
    else if (isSeq(node)) {
      const inside = flow || node.flow === true;
      const at = inside ? column : columnOf(node);
      node.items.forEach((item, index) => {
        walk(item, [...path, String(index)], at, inside);
      });
    } else if (isMap(node)) {
      for (const pair of node.items) walkPair(pair, path, column, flow || node.flow === true);
    }
  }

  function walkPair({ key, value }: Pair, path: readonly string[], column: number, flow: boolean): void {
    if (!isScalar(key)) return;
    walk(value, [...path, String(key.value)], flow ? column : columnOf(key), flow);
  }

  function columnOf(node: YamlNode): number {
    const start = node.range?.[0] ?? 0;
    return start - (text.lastIndexOf("\n", start - 1) + 1);
  }

  function spanOf(node: Scalar, path: readonly string[], column: number, flow: boolean): ScalarSpan {
    const start = node.range?.[0] ?? 0;
    const end = node.range?.[1] ?? start;
    const block = node.type === "BLOCK_LITERAL" || node.type === "BLOCK_FOLDED";
    const tag = node.tag?.startsWith("!") && node.tag !== "!" ? node.tag : undefined;
    const at = tag === undefined ? -1 : text.lastIndexOf(tag, start);
    return {
      path,
      tag,
      value: node.value,
      start,
      end: block && text[end - 1] === "\n" ? end - 1 : end,
      tagStart: at < 0 ? start : at,
      indent: column + 2,
      flow,
      block,
    };
  }

  walk(document.contents, [], -2, false);
  return { spans, diagnostics: [] };
}
