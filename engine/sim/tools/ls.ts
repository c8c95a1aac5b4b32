import { FileError, may, namesIn } from "../files/file-tree.ts";
import { isThere, peek } from "../files/look-at-path.ts";
import { nodeSize } from "../files/node.ts";
import { quoted } from "../files/quoted-name.ts";
import { isVirtual } from "../files/virtual-files.ts";
import { groupName, userName } from "../host/accounts.ts";
import { isBusybox } from "../host/busybox.ts";
import type { Session } from "../session.ts";
import { absolute, parseOptions, type Tool, type ToolContext } from "../tool.ts";
import type { Frozen, Node } from "../world.ts";

/** coreutils 9.1, or busybox: one name a line, or `-l`. What a folder of a real system holds beside is not there. */
export const ls: Tool = {
  name: "ls",
  rests: "recorded",
  run(context, args) {
    const { flags, words } = parseOptions("ls", args, {
      flags: { "-l": "long", "-a": "all", "-A": "almost", "-d": "itself", "-n": "numeric", "-1": "plain" },
    });
    const { session } = context;
    const wanted = words.length === 0 ? ["."] : words;
    const found = wanted.flatMap((word) => {
      const path = absolute(context, word === "." ? "" : word).replace(/(.)\/$/, "$1");
      const long = flags.has("long") || flags.has("numeric");
      const there = peek(session, path, !long || word.endsWith("/")) ?? peek(session, path, false);
      return there?.node === undefined ? [] : [{ word, path: there.path, node: there.node }];
    });
    const missing = wanted.filter((word) => !isThere(session, absolute(context, word === "." ? "" : word)));
    const stderr = missing.map((word) => `ls: cannot access ${quoted(word)}: No such file or directory\n`).join("");
    const single = (entry: (typeof found)[number]) => flags.has("itself") || entry.node.type !== "directory";
    const files = found.filter(single).sort((a, b) => (a.word < b.word ? -1 : 1));
    const folders = found.filter((entry) => !single(entry));
    const blocks = [
      ...(files.length === 0
        ? []
        : [
            rows(
              context,
              files.map(({ word, path, node }) => ({ name: word, path, node })),
              flags,
            ),
          ]),
      ...folders.map(({ word, path, node }) => {
        const head = wanted.length > 1 ? `${word}:\n` : "";
        return `${head}${listing(context, path, node, flags)}`;
      }),
    ];
    return { code: missing.length > 0 ? 2 : 0, stdout: blocks.join("\n"), stderr };
  },
};

interface Entry {
  readonly name: string;
  readonly path: string;
  readonly node: Frozen<Node>;
}

function listing(context: ToolContext, folder: string, node: Frozen<Node>, flags: ReadonlySet<string>): string {
  const { session } = context;
  if (!may(session.user, node, "r")) throw new FileError("denied", folder, "Permission denied");
  const at = (name: string): readonly Entry[] => {
    const path =
      name === "."
        ? folder
        : name === ".."
          ? folder.replace(/\/[^/]*$/, "") || "/"
          : `${folder === "/" ? "" : folder}/${name}`;
    const there = peek(session, path, false)?.node;
    return there === undefined ? [] : [{ name, path, node: there }];
  };
  const hidden = flags.has("all") || flags.has("almost");
  const names = namesIn(session.host, folder).filter((name) => hidden || !name.startsWith("."));
  const entries = [...(flags.has("all") ? [".", ".."] : []), ...names].flatMap(at);
  const long = flags.has("long") || flags.has("numeric");
  const blocks = entries.reduce((sum, { path, node: each }) => sum + (isInMemory(path) ? 0 : blocksOf(each)), 0);
  return `${long ? `total ${blocks}\n` : ""}${rows(context, entries, flags)}`;
}

// Folders in memory take no blocks.
function isInMemory(path: string): boolean {
  return /^\/(dev|run|proc|sys)(\/|$)/.test(path);
}
function blocksOf(node: Frozen<Node>): number {
  if (node.type === "directory") return 4;
  return node.type === "file" ? Math.ceil(nodeSize(node) / 4096) * 4 : 0;
}

function rows({ session }: ToolContext, entries: readonly Entry[], flags: ReadonlySet<string>): string {
  if (!flags.has("long") && !flags.has("numeric")) return entries.map(({ name }) => `${name}\n`).join("");
  const numeric = flags.has("numeric");
  const cells = entries.map(({ name, path, node }) => ({
    mode: modeText(node),
    links: String(linksOf(session, path, node)),
    owner: numeric ? String(node.uid) : userName(session.host, node.uid),
    group: numeric ? String(node.gid) : groupName(session.host, node.gid),
    size: sizeText(path, node),
    time: timeText(node.mtime, session.host.clockMs),
    name: node.type === "symlink" ? `${name} -> ${node.target}` : name,
  }));
  // busybox has columns of fixed width; coreutils makes them as wide as they need to be.
  const fixed = isBusybox(session, "ls");
  const width = (column: "links" | "owner" | "group" | "size") =>
    Math.max(
      ...cells.map((cell) => cell[column].length),
      fixed ? { links: 4, owner: 8, group: 8, size: 9 }[column] : 0,
    );
  const [links, owner, group, size] = [width("links"), width("owner"), width("group"), width("size")];
  return cells
    .map((cell) => {
      const who = `${cell.owner.padEnd(owner)} ${cell.group.padEnd(group)}`;
      return `${cell.mode} ${cell.links.padStart(links)} ${who} ${cell.size.padStart(size)} ${cell.time} ${cell.name}\n`;
    })
    .join("");
}

function linksOf(session: Session, path: string, node: Frozen<Node>): number {
  if (node.type !== "directory") return 1;
  const prefix = path === "/" ? "/" : `${path}/`;
  return (
    2 +
    namesIn(session.host, path).filter((name) => session.host.files[`${prefix}${name}`]?.type === "directory").length
  );
}

function sizeText(path: string, node: Frozen<Node>): string {
  if (node.type === "char" || node.type === "block") return `${node.major}, ${String(node.minor).padStart(3)}`;
  if (node.type === "directory") return "4096";
  if (node.type === "symlink") return String(Buffer.byteLength(node.target));
  return String(node.type !== "file" || isVirtual(path) ? 0 : nodeSize(node));
}

export function modeText(node: Frozen<Node>): string {
  const bits = Number.parseInt(node.mode, 8);
  const kind = { file: "-", directory: "d", symlink: "l", block: "b", char: "c", socket: "s" }[node.type];
  const triple = (shift: number, special: boolean, letter: string) => {
    const part = (bits >> shift) & 7;
    const last = special ? ((part & 1) !== 0 ? letter : letter.toUpperCase()) : (part & 1) !== 0 ? "x" : "-";
    return `${(part & 4) !== 0 ? "r" : "-"}${(part & 2) !== 0 ? "w" : "-"}${last}`;
  };
  const has = (mask: number) => (bits & mask) !== 0;
  return `${kind}${triple(6, has(0o4000), "s")}${triple(3, has(0o2000), "s")}${triple(0, has(0o1000), "t")}`;
}

/** `Nov 21 19:10`; of what is older than half a year the year stands in the place of the time. */
function timeText(seconds: number, now: number): string {
  const time = new Date(seconds * 1000);
  const day = `${time.toUTCString().slice(8, 11)} ${String(time.getUTCDate()).padStart(2)}`;
  const recent = Math.abs(now - seconds * 1000) < 15_778_476_000;
  return `${day} ${recent ? time.toISOString().slice(11, 16) : String(time.getUTCFullYear()).padStart(5)}`;
}
