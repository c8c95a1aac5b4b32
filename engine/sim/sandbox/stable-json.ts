/** JSON whose keys are sorted at every level: the same world is the same bytes, whatever order it came about in. */
export function stableJson(value: unknown): string {
  return `${JSON.stringify(sorted(value), null, 1)}\n`;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  // No prototype: a key `__proto__` must stay a key.
  const result: Record<string, unknown> = Object.create(null);
  for (const [key, each] of Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
    result[key] = sorted(each);
  return result;
}
