import { sha256 } from "../../files/node.ts";

/** A section as it is written: its options by name. A value with line feeds becomes several lines. */
export interface WrittenSection {
  readonly type: string;
  readonly id: string;
  readonly options: ReadonlyMap<string, string>;
}
export interface SectionStyle {
  /** Options that come first in this type of section, in this order: what it cannot be without. The rest follow by name. */
  first(type: string): readonly string[];
  /** Options whose words Proxmox VE writes in the random order of its hashes. */
  readonly shuffled: readonly string[];
}

/**
 * A whole section file anew, as Proxmox VE writes it at every change of anything: what it did not understand when reading
 * is gone. `comment` leads, then `disable`, a bare word. `before` is the text that is replaced: lists come out in another order at
 * another write, as with the real tools, and yet the same world always gives the same text.
 */
export function printSections(sections: readonly WrittenSection[], style: SectionStyle, before: string): string {
  return sections
    .map((section) => {
      const first = style.first(section.type);
      const names = [...section.options.keys()].filter((name) => name !== "disable" && name !== "comment");
      const leading = first.filter((name) => section.options.has(name));
      const rest = names.filter((name) => !first.includes(name)).sort(byCodeUnit);
      const lines = [...leading, ...rest].flatMap((name) => {
        const value = section.options.get(name) ?? "";
        const written = style.shuffled.includes(name)
          ? shuffled(value.split(","), before + section.id).join(",")
          : value;
        return written.split("\n").map((line) => `\t${name} ${line}\n`);
      });
      const comment = section.options.get("comment");
      const said = comment === undefined ? "" : `\tcomment ${comment}\n`;
      const disabled = section.options.get("disable") === "1" ? "\tdisable\n" : "";
      return `${section.type}: ${section.id}\n${said}${disabled}${lines.join("")}\n`;
    })
    .join("");
}

/** An order that is the same for the same salt, and is not the sorted one: who compares such lists as texts shall notice. */
export function shuffled(words: readonly string[], salt: string): readonly string[] {
  const keyed = words.map((word) => ({ word, key: sha256(`${salt}\n${word}`) }));
  const ordered = keyed.sort((a, b) => byCodeUnit(a.key, b.key)).map(({ word }) => word);
  const sorted = ordered.every((word, index) => index === 0 || byCodeUnit(ordered[index - 1] ?? "", word) <= 0);
  return sorted ? ordered.reverse() : ordered;
}

function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
