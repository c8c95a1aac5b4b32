import { makeFolder, readFile, remove } from "../files/file-changes.ts";
import { FileError, nodeAt, parentOf, resolve } from "../files/file-tree.ts";
import { nodeText } from "../files/node.ts";
import { writeFile } from "../files/write-file.ts";
import type { Session } from "../session.ts";
import { findCommit } from "./repositories.ts";

/** What a working tree's .git holds: HEAD, refs and the remote are files, as git has them; commits are the repositories' own. */
export interface WorkingTree {
  readonly folder: string;
  read(name: string): string | undefined;
  write(name: string, text: string): void;
  /** Refs by name, `refs/…`. */
  refs(): Readonly<Record<string, string>>;
  /** The commit that is checked out. */
  head(): string | undefined;
  remote(): string | undefined;
  /** Files of the commit that are not as it has them. */
  edited(): readonly string[];
  /** Makes the files those of a commit. Those that stand in the way, if they may not be lost. */
  checkOut(commit: string, force: boolean): readonly string[];
}

export function workingTree(session: Session, folder: string): WorkingTree | null {
  const git = `${folder}/.git`;
  if (found(session, git)?.type !== "directory") return null;
  const read = (name: string): string | undefined => {
    const node = found(session, `${git}/${name}`);
    return node?.type === "file" ? nodeText(node) : undefined;
  };
  const refs = (): Readonly<Record<string, string>> =>
    Object.fromEntries(
      Object.entries(session.host.files).flatMap(([path, node]) =>
        path.startsWith(`${git}/refs/`) && node.type === "file"
          ? [[path.slice(git.length + 1), nodeText(node).trim()]]
          : [],
      ),
    );
  const head = (): string | undefined => {
    const text = read("HEAD")?.trim() ?? "";
    return text.startsWith("ref: ") ? refs()[text.slice(5)] : text === "" ? undefined : text;
  };
  const filesOf = (commit: string | undefined) => (commit === undefined ? {} : (findCommit(commit)?.files ?? {}));
  const is = (path: string): string | undefined => {
    const node = found(session, `${folder}/${path}`);
    return node?.type === "file" ? nodeText(node) : undefined;
  };
  const edited = () =>
    Object.entries(filesOf(head()))
      .flatMap(([path, text]) => (is(path) === text ? [] : [path]))
      .sort();
  return {
    folder,
    read,
    refs,
    head,
    edited,
    write: (name, text) => place(session, `${git}/${name}`, text),
    remote: () => /\[remote "origin"\]\n\turl = (.*)\n/.exec(read("config") ?? "")?.[1],
    checkOut(commit, force) {
      const [old, next] = [filesOf(head()), filesOf(commit)];
      const lost = Object.entries(next).flatMap(([path, text]) => {
        const now = is(path);
        const kept = now === undefined || now === text || now === old[path];
        return kept || old[path] === text ? [] : [path];
      });
      if (lost.length > 0 && !force) return lost;
      for (const path of Object.keys(old))
        if (next[path] === undefined && is(path) !== undefined) remove(session, `${folder}/${path}`, false);
      for (const [path, text] of Object.entries(next)) {
        // A change of somebody's to a file that is the same in both commits stays, unless it is to be lost.
        if (is(path) !== text && (force || old[path] !== text || is(path) === undefined))
          place(session, `${folder}/${path}`, text);
      }
      return [];
    },
  };
}

export function place(session: Session, path: string, text: string): void {
  if (nodeAt(session.host, parentOf(path)) === undefined) makeFolder(session, parentOf(path), true, {});
  writeFile(session, { path, bytes: Buffer.from(text), runId: "git" });
}

function found(session: Session, path: string) {
  try {
    const { node } = resolve(session, path, true);
    if (node?.type === "file") readFile(session, path);
    return node;
  } catch (error) {
    if (error instanceof FileError) return undefined;
    throw error;
  }
}
