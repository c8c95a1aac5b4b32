import type { ArchiveMember } from "./archive-listing.ts";

/** What is made in the folder: paths relative to it, without the levels that are stripped. */
export interface Unpacked {
  readonly path: string;
  readonly type: "file" | "directory" | "symlink";
}

/**
 * What an archive makes of a folder, or why it must not be unpacked: a member that leads out of the folder, a link that does (what
 * comes after it would be written through it), a device. The archiver has guards of its own, each with its own holes.
 */
export function unpackedMembers(
  members: readonly ArchiveMember[],
  strip: number,
): { readonly members: readonly Unpacked[] } | { readonly error: string } {
  const made = new Map<string, Unpacked>();
  const links = new Set<string>();
  for (const { path, type, target } of members) {
    const shown = JSON.stringify(path);
    if (path.startsWith("/")) return { error: `it holds ${shown}, an absolute path` };
    if (path.includes("\uFFFD")) return { error: `it holds ${shown}, a name that is no UTF-8 text` };
    const all = path.split("/").filter((part) => part !== "");
    if (all.includes("..")) return { error: `it holds ${shown}, which leads out of the folder` };
    // As tar counts: the `.` in front of `./a/b` is a level, too.
    const parts = all.slice(strip).filter((part) => part !== ".");
    if (parts.length === 0) continue;
    const name = parts.join("/");
    if (type === "other") return { error: `it holds ${shown}, which is neither file, folder nor link` };
    const below = parts.slice(0, -1).map((_, index) => parts.slice(0, index + 1).join("/"));
    if (below.some((folder) => links.has(folder)))
      return { error: `it holds ${shown}, which lies behind a link of its own` };
    if (type === "symlink") {
      if (target === undefined) return { error: `it holds ${shown}, a link, and does not say where it leads` };
      if (leadsOut(target, parts.length - 1))
        return { error: `it holds ${shown}, a link to ${JSON.stringify(target)}, which leads out of the folder` };
      links.add(name);
    }
    // A second name of a file: a link would be written through, and what is outside of the archive is not its to name.
    if (type === "hardlink") {
      const aim = (target ?? "")
        .split("/")
        .filter((part) => part !== "")
        .slice(strip)
        .filter((part) => part !== ".")
        .join("/");
      if (made.get(aim)?.type !== "file")
        return {
          error: `it holds ${shown}, a second name of ${JSON.stringify(target)}, which is no file of the archive`,
        };
    }
    for (const folder of below) if (!made.has(folder)) made.set(folder, { path: folder, type: "directory" });
    made.set(name, { path: name, type: type === "hardlink" ? "file" : type });
  }
  return { members: [...made.values()] };
}

/** Only a way that begins with `..` and has none later is told from its text: behind a folder that is a link `..` is elsewhere. */
function leadsOut(target: string, depth: number): boolean {
  if (target === "" || target.startsWith("/")) return true;
  const parts = target.split("/").filter((part) => part !== "" && part !== ".");
  const ups = parts.findIndex((part) => part !== "..");
  const up = ups < 0 ? parts.length : ups;
  return up > depth || parts.slice(up).includes("..");
}
