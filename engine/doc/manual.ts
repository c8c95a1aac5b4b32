/** A page of the manual as data: printed for people, or given to a program. */
export interface Manual {
  readonly name: string;
  readonly kind: "module" | "role" | "keyword" | "function" | "facts" | "variable" | "words";
  /** One line, for lists. */
  readonly summary: string;
  readonly sections: readonly Section[];
}
export interface Section {
  readonly title: string;
  readonly blocks: readonly Block[];
}
export type Block =
  | { readonly kind: "text"; readonly text: string }
  /** As it is, such as YAML. */
  | { readonly kind: "code"; readonly text: string }
  /** What has a name, what it takes and its default, and what it means; `depth` counts the maps around it. */
  | { readonly kind: "terms"; readonly terms: readonly Term[] };
export interface Term {
  readonly name: string;
  readonly notes: readonly string[];
  readonly text: string;
  readonly depth: number;
}

export const text = (said: string): Block => ({ kind: "text", text: said });
export const code = (said: string): Block => ({ kind: "code", text: said });

/** Sections with nothing in them are left out. */
export function sections(
  ...all: readonly (readonly [title: string, ...blocks: readonly (Block | null)[]])[]
): Section[] {
  return all.flatMap(([title, ...blocks]) => {
    const kept = blocks.filter((block) => block !== null && (block.kind !== "terms" || block.terms.length > 0));
    return kept.length === 0 ? [] : [{ title, blocks: kept as readonly Block[] }];
  });
}
