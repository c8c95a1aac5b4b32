/** One thing that is otherwise now: the keys that lead to it, and what it is; left out: it is gone. */
export type Difference = readonly [path: readonly string[], value?: unknown];

type Fields = Record<string, unknown>;

/** What makes `after` of `before`, both plain data. A list counts as one value: what it holds has no names. */
export function differencesOf(before: unknown, after: unknown, path: readonly string[]): readonly Difference[] {
  const found: Difference[] = [];
  collect(before, after, path, found);
  return found;
}

// Strings that were not changed are mostly the same object still, so that going through a host costs little.
function collect(before: unknown, after: unknown, path: readonly string[], found: Difference[]): void {
  if (before === after) return;
  if (after === undefined) found.push([path]);
  else if (isFields(before) && isFields(after)) {
    for (const key of Object.keys(before)) if (!Object.hasOwn(after, key)) found.push([[...path, key]]);
    for (const key of Object.keys(after)) {
      const was = Object.hasOwn(before, key) ? before[key] : undefined;
      if (was !== after[key]) collect(was, after[key], [...path, key], found);
    }
  } else if (!sameList(before, after)) found.push([path, after]);
}

function sameList(before: unknown, after: unknown): boolean {
  return Array.isArray(before) && Array.isArray(after) && JSON.stringify(before) === JSON.stringify(after);
}

/** Carries out a difference. Any name may be a key, `__proto__` too: so it is defined, not assigned. */
export function put(state: Fields, path: readonly string[], value: unknown): void {
  let here = state;
  for (const key of path.slice(0, -1)) {
    const next = Object.hasOwn(here, key) ? here[key] : undefined;
    if (!isFields(next)) throw new SyntaxError(`nothing is at ${path.join("/")}`);
    here = next;
  }
  const last = path.at(-1) ?? "";
  if (value === undefined) delete here[last];
  else Object.defineProperty(here, last, { value, writable: true, enumerable: true, configurable: true });
}

export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
