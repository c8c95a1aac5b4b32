import { join } from "node:path";
import { FunctionFailure } from "../functions/function.ts";
import { nearest } from "../text/nearest.ts";
import { UnknownRead } from "../value/expression.ts";
import type { FoundText, Outside } from "../value/scope.ts";
import { isInside, type SiteFiles } from "./files.ts";

/** More than this is no text that anybody puts into a variable. */
const mostBytes = 1024 * 1024;

/**
 * What the look-ups of a text of the site see. Files are those of the homes, a role's folder and that of the playbook, in
 * their `files/` first; never outside of the site, whatever links stand on the way.
 */
export function outsideOf(files: SiteFiles, homes: readonly string[]): Outside {
  const made = outsides.get(files) ?? new Map<string, Outside>();
  outsides.set(files, made);
  const key = homes.join("\0");
  const outside = made.get(key) ?? makeOutside(files, homes);
  made.set(key, outside);
  return outside;
}

/** They hold nothing but where to look, and every scope of every task asks for one. */
const outsides = new WeakMap<SiteFiles, Map<string, Outside>>();

function makeOutside(files: SiteFiles, homes: readonly string[]): Outside {
  const find = (name: string): string | undefined => {
    if (name === "" || name.includes("\0")) throw new FunctionFailure("the name of a file is missing");
    if (name.startsWith("/")) {
      throw new FunctionFailure(
        `"${name}" is no file of the site`,
        "put it into `files/` of the role or beside the playbook, and name it from there",
      );
    }
    const candidates = homes.flatMap((home) => [join(home, "files", name), join(home, name)]);
    const path = candidates.find((each) => files.kind(each) === "file") ?? candidates[0];
    if (path === undefined || !allowed(files, homes, path)) {
      throw new FunctionFailure(
        `"${name}" leads out of the site`,
        "only files inside of the site and its roles are read",
      );
    }
    return files.kind(path) === "file" ? path : undefined;
  };
  return {
    has: (name) => find(name) !== undefined,
    file(name) {
      const path = find(name);
      if (path !== undefined) return textOf(files, path, name);
      const there = homes.flatMap((home) => files.list(join(home, "files")) ?? []);
      const near = nearest(name, there);
      const looked = homes.map((home) => files.show(join(home, "files"))).join(" and ");
      throw new FunctionFailure(`there is no file "${name}"`, near ? `did you mean "${near}"?` : `looked in ${looked}`);
    },
    glob: (pattern) => globbed(files, homes, pattern),
    env(name) {
      if (files.world) return files.world.env(name);
      throw new UnknownRead(`the environment's ${name}: known in the run`);
    },
    now() {
      if (files.world) return files.world.now();
      throw new UnknownRead("the time: known in the run");
    },
  };
}

/** Where the run itself may bring files along that nobody knows yet. */
export function unansweredYet(): Outside {
  const later = (what: string): never => {
    throw new UnknownRead(`${what}: known in the run`);
  };
  return {
    has: (name) => later(`whether there is a file "${name}"`),
    file: (name) => later(`the file "${name}"`),
    glob: (pattern) => later(`the files "${pattern}"`),
    env: (name) => later(`the environment's ${name}`),
    now: () => later("the time"),
  };
}

function textOf(files: SiteFiles, path: string, name: string): FoundText {
  // Read anew each time: a task before this one may have fetched it.
  let bytes = files.bytes(path) ?? new Uint8Array();
  const secret = path.endsWith(".age");
  if (secret) {
    const opened = files.unsealer?.openFile(bytes) ?? { kind: "waiting" as const, why: `"${name}" is encrypted` };
    if (opened.kind === "waiting") throw new UnknownRead(opened.why);
    if (opened.kind === "closed") throw new FunctionFailure(opened.problem.message, opened.problem.hint);
    bytes = opened.content;
  }
  if (bytes.length > mostBytes)
    throw new FunctionFailure(`"${name}" has more than a megabyte`, "`copy` takes large files");
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    if (secret) files.unsealer?.hide(text);
    return { text, secret };
  } catch {
    throw new FunctionFailure(`"${name}" is not UTF-8 text`, "what is no text is put on a host with `copy`");
  }
}

/** Wildcards stand in the last part: a folder is named. */
function globbed(files: SiteFiles, homes: readonly string[], pattern: string): readonly string[] {
  const slash = pattern.lastIndexOf("/");
  const [folder, wanted] = [pattern.slice(0, slash + 1), pattern.slice(slash + 1)];
  if (pattern.startsWith("/") || /[*?[]/.test(folder)) {
    throw new FunctionFailure(
      `"${pattern}" is no pattern for files of the site`,
      "a folder below `files/`, and `*` and `?` in the last part alone: keys/*.pub",
    );
  }
  const source = wanted
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", "[^/]*")
    .replaceAll("?", "[^/]");
  const matches = new RegExp(`^${source}$`, "s");
  // The first home that has such a folder: files of a role are not mixed with those of the playbook.
  const bases = homes.flatMap((home) => [join(home, "files", folder), join(home, folder)]);
  for (const base of bases.map((each) => each.replace(/\/$/, ""))) {
    const names = (files.list(base) ?? []).filter(
      (name) =>
        matches.test(name) &&
        (!name.startsWith(".") || wanted.startsWith(".")) &&
        files.kind(join(base, name)) === "file" &&
        allowed(files, homes, join(base, name)),
    );
    if (names.length > 0) return names.map((name) => folder + name);
  }
  return [];
}

function allowed(files: SiteFiles, homes: readonly string[], path: string): boolean {
  return homes.some((home) => isInside(files, home, path)) || isInside(files, files.root, path);
}
