import { byCodeUnit, namesIn, nodeAt, resolve, seconds } from "../../files/file-tree.ts";
import { nodeText } from "../../files/node.ts";
import { hidesSize } from "../../files/virtual-files.ts";
import type { Session } from "../../session.ts";
import { refuseArgument } from "../../tool.ts";
import type { Frozen, Node } from "../../world.ts";
import { type ScriptImitation, scriptFails } from "./script-result.ts";

interface Seen {
  readonly path: string;
  readonly name: string;
  readonly node: Frozen<Node>;
}
/** A test of find; `prune` among them keeps it out of a folder. */
type Test = (seen: Seen, prune: () => void) => boolean;

/** engine/ops/scripts/find-files.ts: the options and tests that the module `find` makes, of findutils 4.9. */
export const findFiles: ScriptImitation = (session, argv) => {
  const [limit = "0", count = "0", ...words] = argv;
  const folders = words.slice(0, Number(count));
  const missing = folders.find((folder) => resolve(session, folder, true).node?.type !== "directory");
  if (missing !== undefined) return scriptFails(3, `not a folder: ${missing.replace(/(.)\/$/, "$1")}`);
  const { options, test } = parse(session, words.slice(folders.length));
  const found: string[] = [];
  const walk = (folder: string, shown: string, depth: number): void => {
    if (depth > options.maxDepth) return;
    for (const name of [...namesIn(session.host, folder)].sort(byCodeUnit)) {
      const path = `${folder === "/" ? "" : folder}/${name}`;
      const node = nodeAt(session.host, path);
      if (node === undefined || hidesSize(path)) continue;
      const inner = `${shown === "/" ? "" : shown}/${name}`;
      let pruned = false;
      const fits = test({ path, name, node }, () => {
        pruned = true;
      });
      if (fits) found.push(inner);
      const other = options.xdev && session.host.mounts.some(({ target }) => target === path);
      if (node.type === "directory" && !pruned && !other) walk(path, inner, depth + 1);
    }
  };
  for (const folder of folders) walk(resolve(session, folder, true).path, folder.replace(/(.)\/$/, "$1"), 1);
  const shown = found.slice(0, Number(limit)).map((path) => `${path}\0`);
  return { code: 0, stdout: `${found.length}\n${shown.join("")}`, stderr: "" };
};

function parse(session: Session, words: readonly string[]) {
  const queue = [...words];
  const options = { maxDepth: Number.POSITIVE_INFINITY, xdev: false };
  const next = (): string => queue.shift() ?? "";
  const all = (): Test => {
    const any: Test[][] = [[]];
    for (let word = queue.shift(); word !== undefined && word !== ")"; word = queue.shift()) {
      if (word === "-o") any.push([]);
      else any.at(-1)?.push(one(word));
    }
    return (seen, prune) => any.some((tests) => tests.every((test) => test(seen, prune)));
  };
  const yes: Test = () => true;
  const one = (word: string): Test => {
    switch (word) {
      case "-mindepth":
        next();
        return yes;
      case "-maxdepth":
        options.maxDepth = Number(next());
        return yes;
      case "-xdev":
        options.xdev = true;
        return yes;
      case "(":
        return all();
      case "!": {
        const inner = one(next());
        return (seen, prune) => !inner(seen, prune);
      }
      case "-prune":
        return (_, prune) => {
          prune();
          return true;
        };
      case "-name": {
        const pattern = glob(next());
        return ({ name }) => pattern.test(name);
      }
      case "-type": {
        const type = { f: "file", d: "directory", l: "symlink" }[next()];
        return ({ node }) => node.type === type;
      }
      case "-mmin":
        return compares(next(), ({ node }) => Math.floor((seconds(session.host) - node.mtime) / 60));
      case "-size":
        return compares(next().replace(/c$/, ""), ({ node }) => sizeOf(node));
      case "-exec": {
        const text = queue[3] ?? "";
        queue.splice(0, queue.indexOf(";") + 1);
        return ({ node }) => node.type === "file" && nodeText(node).includes(text);
      }
      default:
        return refuseArgument("find", word);
    }
  };
  return { test: all(), options };
}

function compares(word: string, of: (seen: Seen) => number): Test {
  const wanted = Number(word.slice(1));
  return word.startsWith("+") ? (seen) => of(seen) > wanted : (seen) => of(seen) < wanted;
}

function sizeOf(node: Frozen<Node>): number {
  return node.type === "file" ? Buffer.byteLength(node.content, node.encoding ?? "utf8") : 0;
}

/** A pattern of fnmatch: `*` and `?` also take a dot in front, as find's do. */
function glob(pattern: string): RegExp {
  const text = pattern.replace(/\\(.)|\*|\?|\[!?[^\]]+\]|[^*?[\\]+|[[\\]/gs, (part, escaped: string | undefined) => {
    if (escaped !== undefined) return literal(escaped);
    if (part === "*") return ".*";
    if (part === "?") return ".";
    return part.length > 2 && part.startsWith("[")
      ? part.replace(/^\[!/, "[^").replaceAll("\\", "\\\\")
      : literal(part);
  });
  return new RegExp(`^${text}$`, "s");
}
function literal(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
