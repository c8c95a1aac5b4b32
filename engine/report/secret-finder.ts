/** Finds texts inside of other ones, however many there are: a text is gone through once. */
export interface SecretFinder {
  /** Eight characters or more. */
  add(form: string): void;
  /** From where to where one of them stands; in order of their starts, and they may overlap. */
  places(text: string): readonly (readonly [from: number, to: number])[];
}

/** The characters by whose hash a form is looked for. */
const head = 8;
const base = 0x01000193;
/** `base` to the power of the head's length less one: what its first character has become when it leaves. */
const leaving = Array.from({ length: head - 1 }).reduce<number>((power) => Math.imul(power, base), 1);
const bits = 20;

/** Answers of servers are cut somewhere, and marked with `…`: up to there it may be the beginning of one. */
function cutFrom(text: string, from: number, forms: readonly string[]): number | undefined {
  const mark = text.indexOf("\u2026", from);
  const to = mark < 0 ? text.length : mark;
  const rest = text.slice(from, to);
  return forms.some((form) => form.length > rest.length && form.startsWith(rest)) ? to : undefined;
}

/**
 * A rolling hash of eight characters, as Rabin and Karp do it. A regular expression of all forms grew beyond what the
 * engine takes at some hundred secrets, and had to be built anew for each further one.
 */
export function createSecretFinder(): SecretFinder {
  // One bit for each hash: hardly a place needs a look into the map.
  const seen = new Uint8Array(1 << (bits - 3));
  const all = new Set<string>();
  /** Longest first, once they were looked at: the shorter ones are inside of those that begin alike. */
  const byHead = new Map<string, { readonly forms: string[]; sorted: boolean }>();

  return {
    add(form) {
      if (all.has(form)) return;
      all.add(form);
      const start = form.slice(0, head);
      const known = byHead.get(start);
      if (known) {
        known.forms.push(form);
        known.sorted = false;
        return;
      }
      byHead.set(start, { forms: [form], sorted: true });
      let hash = 0;
      for (let at = 0; at < head; at += 1) hash = (Math.imul(hash, base) + start.charCodeAt(at)) | 0;
      const bit = hash >>> (32 - bits);
      seen[bit >> 3] = (seen[bit >> 3] ?? 0) | (1 << (bit & 7));
    },
    places(text) {
      const found: [number, number][] = [];
      if (byHead.size === 0 || text.length < head) return found;
      let hash = 0;
      for (let at = 0; at < text.length; at += 1) {
        if (at >= head) hash = (hash - Math.imul(text.charCodeAt(at - head), leaving)) | 0;
        hash = (Math.imul(hash, base) + text.charCodeAt(at)) | 0;
        if (at < head - 1) continue;
        const bit = hash >>> (32 - bits);
        if (((seen[bit >> 3] ?? 0) & (1 << (bit & 7))) === 0) continue;
        const from = at - head + 1;
        const alike = byHead.get(text.slice(from, at + 1));
        if (alike === undefined) continue;
        if (!alike.sorted) alike.forms.sort((left, right) => right.length - left.length);
        alike.sorted = true;
        const form = alike.forms.find((each) => text.startsWith(each, from));
        const to = form === undefined ? cutFrom(text, from, alike.forms) : from + form.length;
        if (to !== undefined) found.push([from, to]);
      }
      return found;
    },
  };
}
