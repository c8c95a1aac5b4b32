import { type Document, isAlias, isMap, isScalar, isSeq, type Pair, type Scalar, type Node as YamlNode } from "yaml";
import type { Diagnostic, Place } from "../errors/diagnostic.ts";
import { nearest } from "../text/nearest.ts";
import type { MapEntry, MapNode, Node } from "../value/node.ts";
import type { Unsealer } from "../value/sealed.ts";
import { ansibleVault } from "./ansible-vault.ts";
import { explainNumber } from "./explain-number.ts";
import { unquotedTemplate } from "./explain-yaml-error.ts";
import { type PlaceOf, placeOfRange, placesIn } from "./text-scalar.ts";

const tags = ["!raw", "!expr", "!secret", "!merge", "!append"];
// Aliases of aliases grow without bound in memory ("billion laughs"); a hand-written site stays far below this.
const maxNodes = 100_000;

/** The parsed document as our nodes, aliases and `<<` resolved. What cannot be is left out and reported. */
export function convertYaml(
  document: Document,
  text: string,
  placeOf: PlaceOf,
  unsealer?: Unsealer,
): { readonly node: Node | null; readonly diagnostics: readonly Diagnostic[] } {
  const source = { text, placeOf };
  const diagnostics: Diagnostic[] = [];
  const report = (code: string, message: string, place: Place, hint?: string): void => {
    diagnostics.push({ code, message, place, ...(hint === undefined ? {} : { hint }) });
  };
  // Converted nodes are shared by all aliases of them; their sizes are added up all the same, since later stages walk
  // the tree as if each alias were a copy.
  const done = new Map<YamlNode, { readonly node: Node | undefined; readonly size: number }>();
  /** The nodes that the walk is inside of: an alias to one of them would never end. */
  const open = new Set<YamlNode>();
  let nodes = 0;
  let overfull = false;

  const rangeOf = (node: YamlNode): readonly [number, number] => [node.range?.[0] ?? 0, node.range?.[1] ?? 0];
  const placeOfNode = (node: YamlNode): Place => {
    const [start, end] = rangeOf(node);
    // A block of several entries is marked by its first key: its first line may well end in a comment.
    const [first] = isMap(node) && node.flow !== true ? node.items : [];
    if (first && isScalar(first.key)) return placeOf(start, rangeOf(first.key)[1] - start);
    if (isSeq(node) && node.flow !== true) return placeOf(start);
    return placeOfRange(source, start, end);
  };

  function convert(node: YamlNode): Node | undefined {
    if (overfull) return undefined;
    if (isAlias(node)) return resolveAlias(node);
    const before = nodes;
    nodes += 1;
    open.add(node);
    const converted = convertBare(node);
    open.delete(node);
    done.set(node, { node: converted, size: nodes - before });
    return converted;
  }

  function resolveAlias(alias: YamlNode & { readonly source: string }): Node | undefined {
    const target = isAlias(alias) ? alias.resolve(document) : undefined;
    if (target === undefined) {
      report(
        "unknown-anchor",
        `no anchor &${alias.source} stands above this`,
        placeOfNode(alias),
        "put a text that begins with `*` in quotes",
      );
      return undefined;
    }
    if (open.has(target)) {
      report("endless-alias", `*${alias.source} stands inside of what it refers to`, placeOfNode(alias));
      return undefined;
    }
    const known = done.get(target);
    nodes += known?.size ?? 1;
    if (nodes > maxNodes) {
      if (!overfull)
        report(
          "too-many-aliases",
          `the aliases of this file unfold to more than ${maxNodes} values`,
          placeOfNode(alias),
        );
      overfull = true;
      return undefined;
    }
    return known?.node;
  }

  function convertBare(node: YamlNode): Node | undefined {
    const tag = tagOf(node);
    if (isScalar(node)) return convertScalar(node, tag);
    const place = placeOfNode(node);
    const placed = tag === undefined ? { place } : { place, tag };
    if (isSeq(node)) {
      const items = node.items.flatMap((item) => (isYamlNode(item) ? (convert(item) ?? []) : []));
      return { kind: "list", ...placed, items };
    }
    if (isMap(node)) return convertMap(node.items, placed);
    return undefined;
  }

  function tagOf(node: YamlNode): string | undefined {
    const { tag } = node;
    if (tag === undefined || tag === "!" || /^tag:yaml\.org,2002:(str|int|float|bool|null|map|seq)$/.test(tag))
      return undefined;
    if (tags.includes(tag)) return tag;
    // Told where the text is.
    if (tag === "!vault" && isScalar(node)) return tag;
    const guess = nearest(tag, tags);
    const shown = tag.replace(/^tag:yaml\.org,2002:/, "!!");
    // A node's range begins behind its tag.
    const at = text.lastIndexOf(shown, rangeOf(node)[0]);
    report(
      "unknown-tag",
      `there is no tag ${shown}`,
      at < 0 ? placeOfNode(node) : placeOf(at, shown.length),
      guess ? `did you mean ${guess}?` : `tags are ${tags.join(", ")}`,
    );
    return undefined;
  }

  function convertScalar(node: Scalar, tag: string | undefined): Node | undefined {
    const encrypted = tag === "!secret" || tag === "!vault";
    const place = encrypted ? placeOfTag(node, tag) : placeOfNode(node);
    const { value } = node;
    const written = node.source ?? "";
    const unusable = encrypted ? encryptionProblem(tag, value) : undefined;
    if (unusable) {
      diagnostics.push({ ...unusable, place });
      return broken(place);
    }
    if (typeof value === "number" && node.type === "PLAIN") {
      const wrong = explainNumber(value, written);
      if (wrong) {
        report(wrong.code, wrong.message, place, wrong.hint);
        return broken(place);
      }
    }
    const kept = value === null || typeof value === "boolean" || typeof value === "number" ? value : String(value);
    return {
      kind: "scalar",
      place,
      ...(tag === undefined ? {} : { tag }),
      ...(tag === "!secret" && unsealer && { unsealer }),
      value: kept,
      placeAt: placesIn(source, rangeOf(node), place, kept, node.type ?? "PLAIN"),
    };
  }

  /** Damage shows without any key, and before anything is sent. */
  function encryptionProblem(tag: string, value: unknown): Omit<Diagnostic, "place"> | undefined {
    const written = typeof value === "string" ? value : "";
    if (tag === "!vault") return ansibleVault(written) ?? { code: "unknown-tag", message: "there is no tag !vault" };
    if (written.trimStart().startsWith("-----BEGIN AGE ")) return unsealer?.problem(written);
    const hint =
      "encrypt it: lab secret encrypt prints what to put here; to hide a text that is written out use the function `secret`";
    return { code: "not-encrypted", message: "!secret stands before an encrypted text, and this is none", hint };
  }

  /** The text itself says nothing to anybody, and may have many lines. */
  function placeOfTag(node: YamlNode, tag: string): Place {
    return placeOf(Math.max(0, text.lastIndexOf(tag, rangeOf(node)[0])), tag.length);
  }

  function convertMap(
    pairs: readonly Pair[],
    placed: { readonly place: Place; readonly tag?: string },
  ): MapNode | undefined {
    const entries = new Map<string, MapEntry>();
    const inherited: MapEntry[] = [];
    for (const pair of pairs) {
      const { key, value } = pair;
      if (!isYamlNode(key)) continue;
      if (startsWithBraces(key)) {
        // Not the half of it: what is left of such a map would only be told as a second fault.
        reportBraces(key);
        return undefined;
      }
      const keyPlace = placeOfNode(key);
      const name = keyOf(key, keyPlace);
      // What could not be converted has been told; its key stands all the same, so that nobody misses it.
      const converted = (isYamlNode(value) ? convert(value) : nothing(keyPlace)) ?? broken(keyPlace);
      if (name === undefined) continue;
      if (name === "<<" && isScalar(key) && key.type === "PLAIN") {
        inherited.push(...mergedEntries(converted, keyPlace));
        continue;
      }
      const first = entries.get(name);
      if (first) {
        const related = [{ message: "first written here", place: first.keyPlace }];
        diagnostics.push({
          code: "duplicate-key",
          message: `"${name}" is written twice in one map`,
          place: keyPlace,
          related,
          hint: "remove one of the two",
        });
        continue;
      }
      entries.set(name, { key: name, keyPlace, value: converted });
    }
    // What stands in the map itself wins over what `<<` brings, wherever the `<<` stands; earlier sources over later ones.
    for (const entry of inherited) if (!entries.has(entry.key)) entries.set(entry.key, entry);
    return { kind: "map", ...placed, entries: [...entries.values()] };
  }

  /** `{{ x }}` is for YAML a map whose key is a map. */
  function startsWithBraces(key: YamlNode): boolean {
    const start = rangeOf(key)[0];
    return isMap(key) && text.slice(Math.max(0, start - 1), start + 1) === "{{";
  }

  function reportBraces(key: YamlNode): void {
    const start = rangeOf(key)[0] - 1;
    diagnostics.push(unquotedTemplate(placeOf, start, text));
  }

  function mergedEntries(value: Node, place: Place): readonly MapEntry[] {
    if (value.kind === "map") return value.entries;
    if (value.kind === "list" && value.items.every((item) => item.kind === "map")) {
      return value.items.flatMap((item) => (item.kind === "map" ? item.entries : []));
    }
    report("wrong-type", "`<<` takes a map, or a list of maps", place, "name an anchor: `<<: *common`");
    return [];
  }

  function keyOf(key: YamlNode, place: Place): string | undefined {
    if (isScalar(key)) {
      if (typeof key.value === "string") return key.value;
      // As written, not as read: a VM id `0101` stays that.
      if (typeof key.value === "number") return key.source ?? String(key.value);
      report(
        "bad-key",
        `the key \`${key.source || "null"}\` is ${key.value === null ? "null" : "a boolean"}, not a text`,
        place,
        "put it in quotes",
      );
      return undefined;
    }
    report("bad-key", "a key must be a text", place, "put it in quotes");
    return undefined;
  }

  function broken(place: Place): Node {
    return { ...nothing(place), broken: true };
  }

  function nothing(place: Place): Node {
    return { kind: "scalar", place, value: null, placeAt: () => place };
  }

  const node = isYamlNode(document.contents) ? convert(document.contents) : undefined;
  const empty = node === undefined || (node.kind === "scalar" && node.value === null);
  return { node: empty ? null : node, diagnostics };
}

function isYamlNode(value: unknown): value is YamlNode {
  return isScalar(value) || isMap(value) || isSeq(value) || isAlias(value);
}
