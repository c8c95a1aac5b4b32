/** What a name shall be of. */
type NameType = "dataset" | "snapshot" | "any";

/**
 * What is wrong with a dataset's name, in the tool's words; null if nothing is. `modifying`: something is to be made
 * under it, which forbids the `%` that internal names have.
 */
export function nameFault(name: string, type: NameType, modifying: boolean): string | null {
  const general = formFault(name);
  if (general !== null) return general;
  if (type === "dataset" && name.includes("@")) return "snapshot delimiter '@' is not expected here";
  if (type === "snapshot" && !name.includes("@")) return "missing '@' delimiter in snapshot name";
  if (type !== "any" && name.includes("#")) return "bookmark delimiter '#' is not expected here";
  if (modifying && name.includes("%")) return "invalid character % in name";
  return null;
}

function formFault(name: string): string | null {
  if (Buffer.byteLength(name) >= 256) return "name is too long";
  if (name.startsWith("/")) return "leading slash in name";
  if (name === "") return "name must begin with a letter";
  if (name.endsWith("/")) return "trailing slash in name";
  const delimiters = name.match(/[@#]/g)?.length ?? 0;
  const [path = "", ...rest] = name.split(/[@#]/);
  const components = [...path.split("/"), ...rest];
  if (components.some((component) => component === "")) {
    // Two delimiters side by side are two delimiters first.
    if (delimiters > 1) return "multiple '@' and/or '#' delimiters in name";
    return "empty component or misplaced '@' or '#' delimiter in name";
  }
  const bad = /[^A-Za-z0-9_.:%@#/ -]/.exec(name);
  // The tool prints one byte of it, which for anything beyond ASCII is no character.
  if (bad !== null) return `invalid character '${bad[0].charCodeAt(0) > 126 ? "\uFFFD" : bad[0]}' in name`;
  if (delimiters > 1 || rest.some((part) => part.includes("/"))) return "multiple '@' and/or '#' delimiters in name";
  if (!/^[A-Za-z]/.test(name)) return "pool doesn't begin with a letter";
  return null;
}

/** `pool` of `pool/a/b@s`. */
export function poolOf(name: string): string {
  return name.split(/[/@#]/, 1)[0] ?? name;
}
/** `pool/a` of `pool/a/b`; null for a pool. */
export function parentName(name: string): string | null {
  const slash = name.lastIndexOf("/");
  return slash < 0 ? null : name.slice(0, slash);
}
/** A snapshot's dataset and its own name. */
export function splitSnapshot(name: string): { readonly dataset: string; readonly snapshot: string } {
  const at = name.indexOf("@");
  return at < 0 ? { dataset: name, snapshot: "" } : { dataset: name.slice(0, at), snapshot: name.slice(at + 1) };
}
export function isBelow(name: string, ancestor: string): boolean {
  return name.startsWith(`${ancestor}/`);
}
