import { makeFolder, newGid, readFile } from "../file-changes.ts";
import { FileError, may, mayReplace, nodeAt, parentOf, put, resolve, seconds } from "../file-tree.ts";
import { escapedName, quoted } from "../quoted-name.ts";
import type { Session } from "../session.ts";
import {
  absolute,
  fails,
  NotImitated,
  parseOptions,
  refuseArgument,
  says,
  type Tool,
  type ToolContext,
} from "../tool.ts";

// The small tools of the base system that people's own commands are made of; messages are coreutils 9.1 in the C locale.

export const yes: Tool = { name: "true", rests: "recorded", run: () => says("") };
export const no: Tool = { name: "false", rests: "recorded", run: () => fails(1) };

export const echo: Tool = {
  name: "echo",
  rests: "recorded",
  run(_context, args) {
    // echo knows options only in front, and prints every other word as it stands.
    let newline = true;
    let rest = args;
    for (let word = rest[0]; word !== undefined && /^-[neE]+$/.test(word); word = rest[0]) {
      if (word.includes("e")) refuseArgument("echo", word);
      if (word.includes("n")) newline = false;
      rest = rest.slice(1);
    }
    return says(`${rest.join(" ")}${newline ? "\n" : ""}`);
  },
};

export const cat: Tool = {
  name: "cat",
  rests: "recorded",
  run(context, args) {
    const { words } = parseOptions("cat", args, {});
    const parts: Uint8Array[] = [];
    let stderr = "";
    for (const word of words.length === 0 ? ["-"] : words) {
      try {
        const bytes = word === "-" ? context.stdin : readFile(context.session, absolute(context, word));
        if (bytes === undefined) stderr += `cat: ${quoted(word)}: No such file or directory\n`;
        else parts.push(bytes);
      } catch (error) {
        if (!(error instanceof FileError)) throw error;
        stderr += `cat: ${quoted(word)}: ${error.errno}\n`;
      }
    }
    return { code: stderr === "" ? 0 : 1, stdout: Buffer.concat(parts), stderr };
  },
};

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
    put(session, path, {
      type: "file",
      mode: "0644",
      uid,
      gid: newGid(session, path),
      mtime: seconds(session.host),
      content: "",
    });
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

export const test: Tool = { name: "test", rests: "recorded", run: (context, args) => evaluate(context, args) };
export const bracket: Tool = {
  name: "[",
  rests: "recorded",
  run: (context, args) => (args.at(-1) === "]" ? evaluate(context, args.slice(0, -1)) : fails(2, "[: missing ']'\n")),
};

function evaluate(context: ToolContext, args: readonly string[]): ReturnType<Tool["run"]> {
  const answer = (holds: boolean) => fails(holds ? 0 : 1);
  const [first = "", second = "", third = ""] = args;
  if (args.length === 0) return answer(false);
  if (args.length === 1) return answer(first !== "");
  if (first === "!" && args.length <= 4) {
    const inner = evaluate(context, args.slice(1));
    return inner.code > 1 ? inner : answer(inner.code === 1);
  }
  if (args.length === 2) return answer(unary(context, first, second));
  if (args.length === 3) {
    if (second === "=" || second === "==") return answer(first === third);
    if (second === "!=") return answer(first !== third);
    const compare = INTEGER_TESTS[second];
    if (compare === undefined) throw new NotImitated(`the embedded lab's test does not know "${second}"`);
    for (const side of [first, third]) {
      if (!/^\s*[+-]?\d+\s*$/.test(side)) return fails(2, `test: invalid integer '${side}'\n`);
    }
    return answer(compare(Number(first), Number(third)));
  }
  throw new NotImitated(`the embedded lab's test does not know expressions of ${args.length} words`);
}

const INTEGER_TESTS: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  "-eq": (a, b) => a === b,
  "-ne": (a, b) => a !== b,
  "-lt": (a, b) => a < b,
  "-le": (a, b) => a <= b,
  "-gt": (a, b) => a > b,
  "-ge": (a, b) => a >= b,
};

function unary(context: ToolContext, operator: string, operand: string): boolean {
  if (operator === "-n") return operand !== "";
  if (operator === "-z") return operand === "";
  if (!/^-[edfhLrwxs]$/.test(operator)) refuseArgument("test", operator);
  if (operand === "") return false;
  const { session } = context;
  const links = operator === "-h" || operator === "-L";
  const node = lookAt(context, absolute(context, operand), !links);
  if (node === undefined) return false;
  switch (operator) {
    case "-d":
      return node.type === "directory";
    case "-f":
      return node.type === "file";
    case "-h":
    case "-L":
      return node.type === "symlink";
    case "-s":
      return node.type !== "file" || node.content !== "";
    case "-r":
      return may(session.user, node, "r");
    case "-w":
      return may(session.user, node, "w");
    case "-x":
      return may(session.user, node, "x");
    default:
      return true;
  }
}

function lookAt({ session }: ToolContext, path: string, follow: boolean) {
  try {
    return resolve(session, path, follow).node;
  } catch (error) {
    // A path that cannot be walked is as good as none to test(1).
    if (error instanceof FileError) return undefined;
    throw error;
  }
}

export const sleep: Tool = {
  name: "sleep",
  rests: "recorded",
  run({ session }, args) {
    const { words } = parseOptions("sleep", args, {});
    if (words.length === 0) return fails(1, "sleep: missing operand\nTry 'sleep --help' for more information.\n");
    let ms = 0;
    for (const word of words) {
      const match = /^(\d+(?:\.\d+)?)([smhd]?)$/.exec(word);
      if (match === null)
        return fails(1, `sleep: invalid time interval '${word}'\nTry 'sleep --help' for more information.\n`);
      ms += Number(match[1]) * ({ s: 1, m: 60, h: 3600, d: 86_400 }[match[2] ?? ""] ?? 1) * 1000;
    }
    session.spend(ms);
    return says("");
  },
};

export const pwd: Tool = {
  name: "pwd",
  rests: "recorded",
  run(context, args) {
    if (args.length > 0) refuseArgument("pwd", args.join(" "));
    return says(`${resolve(context.session, context.cwd, true).path}\n`);
  },
};

export const readlink: Tool = {
  name: "readlink",
  rests: "recorded",
  run(context, args) {
    const { flags, words } = parseOptions("readlink", args, {
      flags: { "-f": "canonical", "--canonicalize": "canonical", "-n": "bare", "--no-newline": "bare" },
    });
    const [path, ...more] = words;
    if (path === undefined || more.length > 0) refuseArgument("readlink", args.join(" "));
    const answer = linkTarget(context, absolute(context, path), flags.has("canonical"));
    return answer === undefined ? fails(1) : says(`${answer}${flags.has("bare") ? "" : "\n"}`);
  },
};

// With -f the last component need not be there.
function linkTarget({ session }: ToolContext, path: string, canonical: boolean): string | undefined {
  try {
    const found = resolve(session, path, canonical);
    if (canonical) return found.orphan ? undefined : found.path;
    return found.node?.type === "symlink" ? found.node.target : undefined;
  } catch (error) {
    if (error instanceof FileError) return undefined;
    throw error;
  }
}

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
