const LONGEST = 255;

/** What is wrong with the name of a pool; null if it is fine. */
export function poolNameFault(name: string): string | null {
  if (!/^[A-Za-z]/.test(name)) return "the name of a pool begins with a letter";
  if (!/^[A-Za-z0-9_.: -]+$/.test(name) || name !== name.trim())
    return "a pool's name has letters, digits and _ - . : alone";
  // zpool would take these words for the layout, whatever comes after the word.
  if (/^(mirror|raidz|draid|spare)/.test(name) || name === "log")
    return `zpool reserves names like "${name}" (mirror…, raidz…, draid…, spare…, log)`;
  return name.length > LONGEST ? `a name has at most ${LONGEST} characters` : null;
}

/** What is wrong with the full name of a dataset, `pool/folder/name`; null if it is fine. A pool's own name is one. */
export function datasetNameFault(name: string): string | null {
  if (name.includes("@")) return "a name with @ is a snapshot's: use zfs_snapshot";
  if (name.startsWith("/")) return "expected POOL/NAME, as zfs list shows it, and no path";
  const [pool = "", ...parts] = name.split("/");
  const fault = poolNameFault(pool);
  if (fault !== null) return fault;
  for (const part of parts) {
    if (part === "") return "there is an empty name between two slashes, or a slash at the end";
    if (part === "." || part === "..") return `"${part}" is no name of a dataset`;
    if (!/^[A-Za-z0-9_.: -]+$/.test(part) || part !== part.trim())
      return `"${part}" has characters that zfs does not take: letters, digits and _ - . : alone`;
  }
  return name.length > LONGEST ? `a name has at most ${LONGEST} characters` : null;
}

/** What is wrong with what stands behind the @ of a snapshot; null if it is fine. */
export function snapshotNameFault(name: string): string | null {
  if (name === "") return "a snapshot needs a name behind the @";
  return /^[A-Za-z0-9_.: -]+$/.test(name) && name === name.trim()
    ? null
    : `"${name}" has characters that zfs does not take: letters, digits and _ - . : alone`;
}

/** `a/b/c` → `a`, `a/b`. */
export function datasetsAbove(name: string): readonly string[] {
  const parts = name.split("/").slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
}

/** What a look by zfs at a dataset shows, for the certainty of a check: it, and whether the kernel has ZFS at all. */
export function zfsLooksAt(dataset: string): readonly string[] {
  return [`zfs:${dataset}`, KERNEL_MODULE];
}
/** The same of a look by zpool. */
export function zpoolLooksAt(pool: string): readonly string[] {
  return [`zpool:${pool}`, KERNEL_MODULE];
}
const KERNEL_MODULE = "/sys/module/zfs";
