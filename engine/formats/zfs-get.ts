/** A property as `zfs get -Hp -o property,value,source` tells it. */
export interface ReadProperty {
  readonly value: string;
  /** `local`, `default`, `received`, `temporary`, `-`, or `inherited from POOL/DATASET`. */
  readonly source: string;
}

/**
 * The answer to `zfs get -Hp -o property,value,source all`. A value may hold tabs, and one of a user's own property even
 * newlines, printed as they are: the name ends at the first tab, the source begins behind the last one, and since zfs
 * tells its own properties first, the first line of a name is the true one.
 */
export function parseZfsGet(text: string): ReadonlyMap<string, ReadProperty> {
  const properties = new Map<string, ReadProperty>();
  for (const line of text.split("\n")) {
    const [first, last] = [line.indexOf("\t"), line.lastIndexOf("\t")];
    if (first < 0 || first === last) continue;
    const name = line.slice(0, first);
    if (!properties.has(name))
      properties.set(name, { value: line.slice(first + 1, last), source: line.slice(last + 1) });
  }
  return properties;
}

/** The answer to `zfs get -Hp -o value,source NAME`, of one property alone: the value may have lines of its own. */
export function parseZfsGetOne(text: string): ReadProperty | null {
  const body = text.endsWith("\n") ? text.slice(0, -1) : text;
  const last = body.lastIndexOf("\t");
  return last < 0 ? null : { value: body.slice(0, last), source: body.slice(last + 1) };
}
