import { makeFolder, newGid } from "../files/file-changes.ts";
import { FileError, may, mayReplace, parentOf, put, resolve, seconds } from "../files/file-tree.ts";
import { inheritedAcl } from "../files/node-acl.ts";
import { escapedName, quoted } from "../files/quoted-name.ts";
import type { Session } from "../session.ts";
import { absolute, fails, parseOptions, type Tool, type ToolContext } from "../tool.ts";

export const touch: Tool = {
  name: "touch",
  rests: "recorded",
  run(context, args) {
    const { flags, words } = parseOptions("touch", args, { flags: { "-c": "existing", "--no-create": "existing" } });
    if (words.length === 0) return fails(1, "touch: missing file operand\nTry 'touch --help' for more information.\n");
    let stderr = "";
    for (const word of words) {
      const wrong = touchOne(context, absolute(context, word), flags.has("existing"));
      if (wrong !== undefined) stderr += `touch: ${wrong.doing} ${quoted(word, true)}: ${wrong.errno}\n`;
    }
    return fails(stderr === "" ? 0 : 1, stderr);
  },
};

interface TouchFailure {
  readonly doing: "cannot touch" | "setting times of";
  readonly errno: string;
}
// First it opens the file, making it; then it sets the times, and complains of the opening only if that fails as well.
function touchOne(context: ToolContext, path: string, existingOnly: boolean): TouchFailure | undefined {
  const opened = existingOnly ? "Is a directory" : openForTouch(context, path);
  if (opened === undefined) return undefined;
  const errno = setTime(context, path);
  if (errno === undefined || (existingOnly && errno === "No such file or directory")) return undefined;
  return opened === "Is a directory" ? { doing: "setting times of", errno } : { doing: "cannot touch", errno: opened };
}

function openForTouch({ session }: ToolContext, wanted: string): string | undefined {
  try {
    const { path, node, orphan } = resolve(session, wanted.replace(/(.)\/+$/, "$1"), true);
    if (orphan) return "No such file or directory";
    if (node?.type === "directory" || wanted.endsWith("/")) return "Is a directory";
    if (node !== undefined) {
      if (!may(session.user, node, "w")) return "Permission denied";
      setTimeOf(session, path);
      return undefined;
    }
    if (!mayReplace(session, path)) return "Permission denied";
    const { uid } = session.user;
    const [gid, mtime] = [newGid(session, path), seconds(session.host)];
    const inherited = inheritedAcl(session.host, parentOf(path), "file", "0666", false);
    put(session, path, { type: "file", mode: "0644", uid, gid, mtime, content: "", ...inherited });
    return undefined;
  } catch (error) {
    if (error instanceof FileError) return error.errno;
    throw error;
  }
}

function setTime({ session }: ToolContext, wanted: string): string | undefined {
  try {
    const { path, node } = resolve(session, wanted, true);
    if (node === undefined) return "No such file or directory";
    if (session.user.uid !== 0 && session.user.uid !== node.uid && !may(session.user, node, "w"))
      return "Permission denied";
    setTimeOf(session, path);
    return undefined;
  } catch (error) {
    if (error instanceof FileError) return error.errno;
    throw error;
  }
}

function setTimeOf(session: Session, path: string): void {
  const node = session.change().files[path];
  if (node !== undefined) node.mtime = seconds(session.host);
}

export const mkdir: Tool = {
  name: "mkdir",
  rests: "recorded",
  run(context, args) {
    const { flags, words } = parseOptions("mkdir", args, { flags: { "-p": "parents", "--parents": "parents" } });
    if (words.length === 0) return fails(1, "mkdir: missing operand\nTry 'mkdir --help' for more information.\n");
    let stderr = "";
    for (const word of words) {
      const wrong = flags.has("parents") ? mkdirParents(context, word) : mkdirOne(context, word);
      if (wrong !== undefined) stderr += `mkdir: cannot create directory ${escapedName(wrong.path)}: ${wrong.errno}\n`;
    }
    return fails(stderr === "" ? 0 : 1, stderr);
  },
};

function mkdirOne(context: ToolContext, word: string): { readonly path: string; readonly errno: string } | undefined {
  const { session } = context;
  const path = absolute(context, word).replace(/(.)\/+$/, "$1");
  try {
    const found = resolve(session, path, false);
    if (found.orphan) return { path: word, errno: "No such file or directory" };
    if (found.node !== undefined) return { path: word, errno: "File exists" };
    makeFolder(session, path, false, {});
    return undefined;
  } catch (error) {
    if (error instanceof FileError) return { path: word, errno: error.errno };
    throw error;
  }
}

// It goes down name by name, and names the one where it could go no further.
function mkdirParents(
  context: ToolContext,
  word: string,
): { readonly path: string; readonly errno: string } | undefined {
  const names = word.split("/");
  let last = "";
  for (const [index, name] of names.entries()) {
    const prefix = names.slice(0, index + 1).join("/");
    if (name === "" || prefix === "") continue;
    const end = names.slice(index + 1).every((each) => each === "");
    try {
      const { node } = resolve(context.session, absolute(context, prefix), true);
      if (node === undefined) {
        const wrong = mkdirOne(context, prefix);
        if (wrong !== undefined) return { ...wrong, path: end ? word : prefix };
      } else if (node.type !== "directory")
        return end ? { path: word, errno: "File exists" } : { path: prefix, errno: "Not a directory" };
    } catch (error) {
      if (error instanceof FileError) return { path: last, errno: error.errno };
      throw error;
    }
    last = prefix;
  }
  return undefined;
}
