import type { Diagnostic, Place } from "../errors/diagnostic.ts";
import type { MapNode, Node, ScalarNode } from "../value/node.ts";
import type { SiteFiles } from "./files.ts";
import { readYaml, type YamlFile } from "./read-yaml.ts";

/** A YAML file of the site by its path. One that ends in `.age` is encrypted as a whole: every text in it is a secret. */
export function readSiteYaml(files: SiteFiles, path: string): YamlFile {
  const file = files.show(path);
  if (!path.endsWith(".age")) {
    const text = files.read(path);
    if (text === undefined) return { node: null, diagnostics: [] };
    const read = readYaml(file, text, files.unsealer);
    for (const part of read.lost ?? []) files.lose(part);
    return read;
  }
  // Not through `read`, which remembers texts for excerpts.
  const bytes = files.kind(path) === "file" ? files.bytes(path) : undefined;
  if (bytes === undefined) return { node: null, diagnostics: [] };
  const place: Place = { file, line: 1, column: 1 };
  const { unsealer } = files;
  const opened = unsealer?.openFile(bytes) ?? { kind: "waiting", why: "" };
  if (opened.kind === "closed") return { node: null, diagnostics: [{ ...opened.problem, place }] };
  if (opened.kind === "waiting") return { node: closedMap(place), diagnostics: [] };
  const yaml = readYaml(file, new TextDecoder("utf-8").decode(opened.content), unsealer);
  return {
    node: yaml.node && hidden(yaml.node, (text) => unsealer?.hide(text)),
    diagnostics: yaml.diagnostics.map(discreet),
  };
}

/** Keys stay as they are, as they do in a file whose values alone are encrypted. */
function hidden(node: Node, hide: (text: string) => void): Node {
  if (node.kind === "list") return { ...node, items: node.items.map((item) => hidden(item, hide)) };
  if (node.kind === "map") {
    return { ...node, entries: node.entries.map((entry) => ({ ...entry, value: hidden(entry.value, hide) })) };
  }
  const { value } = node;
  // A number stays one, since it may be a port; a long one may be a PIN, and is hidden where it is printed.
  if (typeof value === "string" || (typeof value === "number" && value >= 1_000_000)) hide(String(value));
  return { ...node, secret: true } satisfies ScalarNode;
}

function closedMap(place: Place): MapNode {
  return { kind: "map", place, entries: [], closed: true };
}

/** What is wrong with decrypted YAML may quote it. */
function discreet({ code, place, severity }: Diagnostic): Diagnostic {
  return {
    code,
    message: "the decrypted file is no YAML that can be read here",
    hint: "look at the line: lab secret edit FILE",
    ...(place && { place }),
    ...(severity && { severity }),
  };
}
