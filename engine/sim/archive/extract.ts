import { makeFolder } from "../files/file-changes.ts";
import { drop, nodeAt, parentOf, put, resolve } from "../files/file-tree.ts";
import { keepBytes, nodeBytes } from "../files/node.ts";
import type { Session } from "../session.ts";
import type { TarMember } from "./read-tar.ts";

/** As `tar --extract --no-same-owner --no-same-permissions --no-overwrite-dir` does, of members that were judged before. */
export function extract(session: Session, members: readonly TarMember[], folder: string, strip: number): void {
  const root = resolve(session, folder, true).path;
  const place = (path: string): string | null => {
    const all = path.split("/").filter((part) => part !== "");
    const parts = all.slice(strip).filter((part) => part !== ".");
    return parts.length === 0 ? null : `${root === "/" ? "" : root}/${parts.join("/")}`;
  };
  for (const member of members) {
    const path = place(member.path);
    if (path === null) continue;
    const { uid, gid } = session.user;
    const common = { mode: (member.mode & 0o755).toString(8).padStart(4, "0"), uid, gid, mtime: member.mtime };
    const there = nodeAt(session.host, path);
    if (member.type === "directory") {
      if (there?.type === "directory") continue;
      if (there !== undefined) drop(session, path);
      makeFolder(session, path, true, { mode: common.mode });
      continue;
    }
    if (nodeAt(session.host, parentOf(path)) === undefined) makeFolder(session, parentOf(path), true, {});
    if (member.type === "symlink")
      put(session, path, { type: "symlink", ...common, mode: "0777", target: member.target });
    if (member.type === "file") put(session, path, { type: "file", ...common, ...keepBytes(member.content) });
    if (member.type === "hardlink") {
      const of = nodeAt(session.host, place(member.target) ?? "");
      // The lab has no second names: it is a file of the same content.
      if (of?.type === "file")
        put(session, path, { type: "file", ...common, mode: of.mode, ...keepBytes(nodeBytes(of)) });
    }
  }
}
