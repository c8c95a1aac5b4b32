import { makeFolder } from "../files/file-changes.ts";
import { FileError, may, nodeAt, parentOf, put, resolve, seconds } from "../files/file-tree.ts";
import type { ToolContext } from "../tool.ts";

/** Where a program stands on the host, as the shell finds it. */
export function findProgram(context: Pick<ToolContext, "session">, name: string): string | undefined {
  const paths = name.includes("/") ? [name] : PATH.map((folder) => `${folder}/${name}`);
  return paths.find((path) => {
    try {
      const { node } = resolve(context.session, path, true);
      return node?.type === "file" && may(context.session.user, node, "x");
    } catch (error) {
      if (error instanceof FileError) return false;
      throw error;
    }
  });
}
/** The path that every operation runs with. */
const PATH = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/** Makes a folder's parents and the file, for packages that bring files. */
export function placeFile(context: Pick<ToolContext, "session">, path: string, content: string, mode: string): void {
  const { session } = context;
  if (nodeAt(session.host, parentOf(path)) === undefined) makeFolder(session, parentOf(path), true, {});
  const found = resolve(session, path, true);
  put(session, found.path, { type: "file", mode, uid: 0, gid: 0, mtime: seconds(session.host), content });
}
