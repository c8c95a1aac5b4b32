import { escapeXml, unescapeXml } from "../../formats/syncthing-config.ts";

/** An element of config.xml: it holds either text or further elements. */
export interface Element {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly text: string;
  readonly children: readonly Element[];
}

export function element(
  name: string,
  attributes: Iterable<readonly [string, string]>,
  content: string | readonly Element[],
): Element {
  const text = typeof content === "string" ? content : "";
  return { name, attributes: new Map(attributes), text, children: typeof content === "string" ? [] : content };
}

/** The one element of a document; undefined if it is not well formed. Comments and the prolog are passed over. */
export function parseXml(xml: string): Element | undefined {
  const tag = /<(?:!--[\s\S]*?--|\?[\s\S]*?\?|(\/?)([\w:-]+)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?))>/g;
  const open: { name: string; attributes: Map<string, string>; from: number; children: Element[] }[] = [];
  let root: Element | undefined;
  for (const match of xml.matchAll(tag)) {
    const [whole, closing, name, attributes = "", empty] = match;
    if (name === undefined) continue;
    const at = match.index;
    if (closing !== "/") {
      const pairs = [...attributes.matchAll(/([\w:-]+)="([^"]*)"/g)].map(
        ([, key = "", value = ""]) => [key, unescapeXml(value)] as const,
      );
      open.push({ name, attributes: new Map(pairs), from: at + whole.length, children: [] });
      if (empty !== "/") continue;
    }
    const done = open.pop();
    if (done === undefined || done.name !== name) return undefined;
    const text = empty === "/" || done.children.length > 0 ? "" : unescapeXml(xml.slice(done.from, at));
    const finished: Element = { name, attributes: done.attributes, text, children: done.children };
    const parent = open.at(-1);
    if (parent === undefined) root = finished;
    else parent.children.push(finished);
  }
  return open.length === 0 ? root : undefined;
}

/** As Go prints it: four blanks for each level, no element closed in itself. */
export function renderXml({ name, attributes, text, children }: Element, level = 0): string {
  const margin = "    ".repeat(level);
  const words = [...attributes].map(([key, value]) => ` ${key}="${escapeXml(value)}"`).join("");
  if (children.length === 0) return `${margin}<${name}${words}>${escapeXml(text)}</${name}>\n`;
  return `${margin}<${name}${words}>\n${children.map((child) => renderXml(child, level + 1)).join("")}${margin}</${name}>\n`;
}
