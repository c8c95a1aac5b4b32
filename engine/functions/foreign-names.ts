/** What other languages call our functions, for the hint where a name is unknown. */
const foreign: ReadonlyMap<string, string> = new Map([
  ["len", "length"],
  ["count", "length"],
  ["size", "length"],
  ["str", "string"],
  ["float", "double"],
  ["boolean", "bool"],
  ["d", "default"],
  ["tojson", "to_json"],
  ["to_nice_json", "to_json"],
  ["fromjson", "from_json"],
  ["hash", "sha256"],
  ["uniq", "unique"],
  ["lowercase", "lower"],
  ["uppercase", "upper"],
  ["base64", "b64encode"],
  ["includes", "contains"],
]);

/** Our name for a function that was called by a foreign one, if `known` has it. */
export function ourName(name: string, known: (name: string) => boolean): string | undefined {
  const ours = foreign.get(name);
  return ours !== undefined && known(ours) ? ours : undefined;
}
