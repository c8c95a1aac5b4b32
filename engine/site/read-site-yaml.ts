import type { Diagnostic, Place } from "../errors/diagnostic.ts";
import type { MapNode, Node, ScalarNode } from "../value/node.ts";
import type { Unsealer } from "../value/sealed.ts";
import type { SiteFiles } from "./files.ts";
import type { YamlFile } from "./read-any-yaml.ts";
import { readYaml } from "./read-yaml.ts";

/** A YAML file of the site by its path. One that ends in `.age` is encrypted as a whole: every text in it is a secret. */
export function readSiteYaml(files: SiteFiles, path: string): YamlFile {
  const file = files.show(path);
  if (!path.endsWith(".age")) {
    const text = files.read(path);
    if (text === undefined) return { node: null, diagnostics: [] };
    const read = readOnce(file, text, files.unsealer);
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

/**
 * What one call of lab has parsed: its playbooks share roles and inventory, which each of them loads for itself. An
 * unsealer lives as long as the call, and stands in the nodes that were made with it. A text that has changed is read anew.
 */
const parsed = new WeakMap<Unsealer, Map<string, { readonly text: string; readonly read: YamlFile }>>();

function readOnce(file: string, text: string, unsealer: Unsealer | undefined): YamlFile {
  if (unsealer === undefined) return readYaml(file, text);
  const known = parsed.get(unsealer) ?? new Map<string, { readonly text: string; readonly read: YamlFile }>();
  parsed.set(unsealer, known);
  const kept = known.get(file);
  if (kept?.text === text) return kept.read;
  const read = readYaml(file, text, unsealer);
  known.set(file, { text, read });
  return read;
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
