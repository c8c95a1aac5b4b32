/** Suffixes of the unit types; a name without one means a service, as for systemctl itself. */
const SUFFIX = /\.(service|socket|timer|mount|automount|path|target|swap|slice|scope|device)$/;

export function unitName(name: string): string {
  return SUFFIX.test(name) ? name : `${name}.service`;
}

/** Reads `systemctl show`: one `Key=value` a line. */
export function parseShow(text: string): ReadonlyMap<string, string> {
  const properties = new Map<string, string>();
  for (const line of text.split("\n")) {
    const at = line.indexOf("=");
    if (at > 0) properties.set(line.slice(0, at), line.slice(at + 1));
  }
  return properties;
}
