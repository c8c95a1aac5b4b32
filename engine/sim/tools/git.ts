import { resolve } from "../files/file-tree.ts";
import { findCommit, findRepository, historyOf } from "../git/repositories.ts";
import { place, type WorkingTree, workingTree } from "../git/working-tree.ts";
import {
  absolute,
  fails,
  NotImitated,
  refuseArgument,
  says,
  type Tool,
  type ToolContext,
  type ToolResult,
} from "../tool.ts";

const NOT_A_TREE = "fatal: not a git repository (or any of the parent directories): .git\n";

/** git 2.39: looking at a repository of the lab's internet, and keeping a working tree of it. */
export const git: Tool = {
  name: "git",
  rests: "recorded",
  run(context, args) {
    let folder = context.cwd;
    const words = [...args];
    for (let option = words[0]; option === "-C" || option === "-c"; option = words[0]) {
      const [, value = ""] = words.splice(0, 2);
      if (option === "-C") folder = absolute(context, value);
      // What these say is of logging in, and of programs that the lab does not run.
      else if (!/^(core\.(hooksPath|fsmonitor|sshCommand)|include\.path|safe\.directory)=/.test(value))
        refuseArgument("git", `-c ${value}`);
    }
    const [verb = "", ...rest] = words;
    if (verb === "--version") return says("git version 2.39.5\n");
    if (verb.startsWith("-")) refuseArgument("git", verb);
    if (verb === "ls-remote") return lsRemote(rest);
    if (verb === "init") return init(context, rest);
    const tree = workingTree(context.session, folder);
    if (tree === null)
      return fails(
        128,
        resolve(context.session, folder, true).node === undefined
          ? `fatal: cannot change to '${folder}': No such file or directory\n`
          : NOT_A_TREE,
      );
    return inTree(tree, verb, rest);
  },
};

function lsRemote(words: readonly string[]): ToolResult {
  if (words[0] !== "--symref" || words[1] !== "--" || words.length !== 3)
    refuseArgument("git ls-remote", words.join(" "));
  const url = words[2] ?? "";
  const repository = findRepository(url);
  if (repository === undefined) throw new NotImitated(`the embedded lab has no repository at ${url}`);
  const { head, branches, tags } = repository;
  const lines = [
    `ref: refs/heads/${head}\tHEAD`,
    `${branches[head]}\tHEAD`,
    ...Object.entries(branches).map(([name, id]) => `${id}\trefs/heads/${name}`),
    ...Object.entries(tags).map(([name, id]) => `${id}\trefs/tags/${name}`),
  ];
  return says(lines.map((line) => `${line}\n`).join(""));
}

function init(context: ToolContext, words: readonly string[]): ToolResult {
  if (words[0] !== "-q" || words[1] !== "--" || words.length !== 3) refuseArgument("git init", words.join(" "));
  const folder = absolute(context, words[2] ?? "");
  place(context.session, `${folder}/.git/HEAD`, "ref: refs/heads/master\n");
  place(
    context.session,
    `${folder}/.git/config`,
    "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = false\n",
  );
  return says("");
}

function inTree(tree: WorkingTree, verb: string, words: readonly string[]): ToolResult {
  const head = tree.head();
  switch (`${verb} ${words.slice(0, 2).join(" ")}`) {
    case "rev-parse --verify -q":
      return head === undefined ? fails(1) : says(`${head}\n`);
    case "config --get remote.origin.url": {
      const url = tree.remote();
      return url === undefined ? fails(1) : says(`${url}\n`);
    }
    case "status --porcelain --untracked-files=no":
      return says(
        tree
          .edited()
          .map((path) => ` M ${path}\n`)
          .join(""),
      );
    case "remote add --":
    case "remote set-url --": {
      const url = words[3] ?? "";
      const config = (tree.read("config") ?? "").replace(/\[remote "origin"\]\n(\t.*\n)*/, "");
      tree.write(
        "config",
        `${config}[remote "origin"]\n\turl = ${url}\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n`,
      );
      return says("");
    }
    default:
  }
  if (verb === "rev-list") return revList(tree, words);
  if (verb === "fetch") return fetchRefs(tree, words);
  if (verb === "checkout") return checkout(tree, words);
  if (verb === "reset" && words[0] === "-q" && words[1] === "--hard" && findCommit(words[2] ?? "") !== undefined) {
    tree.checkOut(words[2] ?? "", true);
    moveHead(tree, words[2] ?? "");
    return says("");
  }
  return refuseArgument("git", [verb, ...words].join(" "));
}

function revList(tree: WorkingTree, words: readonly string[]): ToolResult {
  const head = tree.head();
  if (head === undefined)
    return fails(128, "fatal: ambiguous argument 'HEAD': unknown revision or path not in the working tree.\n");
  const strange = words.find((word) => !/^(--max-count=20|HEAD|--branches=.*|--not|--remotes|--tags)$/.test(word));
  if (strange !== undefined) refuseArgument("git rev-list", strange);
  const pattern = words
    .find((word) => word.startsWith("--branches="))
    ?.slice("--branches=".length)
    .replace(/^\[(.)\]/, "$1");
  const refs = tree.refs();
  const known = new Set(
    Object.entries(refs).flatMap(([name, id]) => (/^refs\/(remotes|tags)\//.test(name) ? historyOf(id) : [])),
  );
  const tips = [head, ...(pattern === undefined ? [] : [refs[`refs/heads/${pattern}`] ?? head])];
  const own = [...new Set(tips.flatMap(historyOf))].filter((id) => !known.has(id));
  return says(own.map((id) => `${id}\n`).join(""));
}

function fetchRefs(tree: WorkingTree, words: readonly string[]): ToolResult {
  const at = words.indexOf("origin");
  const strange = words.slice(0, at).find((word) => !/^(-q|--no-recurse-submodules|--depth|\d+)$/.test(word));
  if (at < 0 || strange !== undefined) refuseArgument("git fetch", strange ?? words.join(" "));
  const url = tree.remote() ?? "";
  const repository = findRepository(url);
  if (repository === undefined) throw new NotImitated(`the embedded lab has no repository at ${url}`);
  const there: Readonly<Record<string, string>> = {
    HEAD: repository.branches[repository.head] ?? "",
    ...Object.fromEntries(Object.entries(repository.branches).map(([name, id]) => [`refs/heads/${name}`, id])),
    ...Object.fromEntries(Object.entries(repository.tags).map(([name, id]) => [`refs/tags/${name}`, id])),
    ...Object.fromEntries(repository.commits.map(({ id }) => [id, id])),
  };
  for (const spec of words.slice(at + 1)) {
    const [from = "", to = ""] = spec.replace(/^\+/, "").split(":");
    const names = from.endsWith("*") ? Object.keys(there).filter((name) => name.startsWith(from.slice(0, -1))) : [from];
    for (const name of names) {
      const id = there[name];
      if (id === undefined) return fails(128, `fatal: couldn't find remote ref ${from}\n`);
      tree.write(from.endsWith("*") ? to.replace("*", name.slice(from.length - 1)) : to, `${id}\n`);
    }
  }
  return says("");
}

function checkout(tree: WorkingTree, words: readonly string[]): ToolResult {
  const rest = words.filter((word) => !["-q", "--no-recurse-submodules", "--force", "--"].includes(word));
  const [how, first = "", track, upstream = ""] = rest;
  const force = words.includes("--force");
  const branch = how === "-B" && track === "--track" ? first : null;
  if (how !== "--detach" && branch === null) refuseArgument("git checkout", words.join(" "));
  const commit = branch === null ? first : (tree.refs()[`refs/remotes/${upstream}`] ?? "");
  if (findCommit(commit) === undefined) return fails(128, `fatal: reference is not a tree: ${commit}\n`);
  const lost = tree.checkOut(commit, force);
  if (lost.length > 0) {
    const list = lost.map((path) => `\t${path}\n`).join("");
    return fails(
      1,
      `error: Your local changes to the following files would be overwritten by checkout:\n${list}Please commit your changes or stash them before you switch branches.\nAborting\n`,
    );
  }
  if (branch !== null) tree.write(`refs/heads/${branch}`, `${commit}\n`);
  tree.write("HEAD", branch === null ? `${commit}\n` : `ref: refs/heads/${branch}\n`);
  return says("");
}

function moveHead(tree: WorkingTree, commit: string): void {
  const head = tree.read("HEAD")?.trim() ?? "";
  tree.write(head.startsWith("ref: ") ? head.slice(5) : "HEAD", `${commit}\n`);
}
