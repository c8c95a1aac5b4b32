import { type GitVersion, gitVersion, isCommit, parseLsRemote } from "../../engine/formats/git-refs.ts";
import { parentFolder } from "../../engine/formats/paths.ts";
import {
  change,
  defineModule,
  type ExecAnswer,
  noFolder,
  type Plan,
  type Refusal,
  read,
  refuse,
  type Stat,
  type Step,
  write,
} from "../../engine/module/index.ts";
import { local, localWords, QUIET, remoteGit, touching } from "./call-git.ts";
import { type Params, params } from "./params.ts";

interface Seen {
  readonly folder: Stat | null;
  readonly inner: readonly string[] | null;
  readonly dot: Stat | null;
  readonly parent: Stat | null;
  readonly head?: ExecAnswer | undefined;
  readonly remote?: ExecAnswer | undefined;
  readonly status?: ExecAnswer | undefined;
  readonly unpushed?: ExecAnswer | undefined;
  readonly listing?: ExecAnswer | undefined;
}

export const git = defineModule({
  name: "git",
  summary: "Keep a working tree of a git repository on the host.",
  description: `The tree is on the wanted commit; changes that somebody made there are never discarded unless \`force\` says so: files that git follows and that were edited, and commits that the
repository does not have. Nothing is asked for: a login that does not work fails. Git runs as the task's user, and refuses a tree that belongs to another one (use \`become_user\`). Registers
\`commit\`, \`branch\` and \`dest\`.`,
  params,
  // It asks another server.
  ahead: false,
  probes: ({ dest }) => ({
    folder: read.stat(dest, { follow: true }),
    inner: read.list(dest),
    dot: read.stat(`${dest}/.git`),
    parent: read.stat(parentFolder(dest), { follow: true }),
  }),
  probesAfter(given, { dot, folder }) {
    const there = dot !== null && folder?.type === "directory";
    const { version, update } = given;
    return {
      head: there ? local(given, ["rev-parse", "--verify", "-q", "HEAD^{commit}"]) : undefined,
      remote: there ? local(given, ["config", "--get", "remote.origin.url"]) : undefined,
      status: there ? local(given, ["status", "--porcelain", "--untracked-files=no"]) : undefined,
      // What is checked out here, or the branch that is wanted, has and no branch or tag of the repository has.
      unpushed: there
        ? local(given, ["rev-list", "--max-count=20", "HEAD", ...branchNamed(version), "--not", "--remotes", "--tags"])
        : undefined,
      listing:
        isCommit(version) || (there && !update)
          ? undefined
          : read.exec(remoteGit(given, ["ls-remote", "--symref", "--", given.repo]), { env: QUIET, limitMs: 60_000 }),
    };
  },
  plan: (given, seen) => planFor(given, seen),
  result: ({ repo, dest, version }, { head, listing }) => ({
    repo,
    dest,
    commit: head?.code === 0 ? head.stdout.trim() : null,
    branch: gitVersion(parseLsRemote(listing?.stdout ?? ""), version)?.branch ?? null,
  }),
  examples: [
    "git: { repo: https://git.example.com/dotfiles.git, dest: /opt/dotfiles }",
    "git: { repo: https://git.example.com/dotfiles.git, dest: /srv/site, version: v1.0, depth: 1 }",
  ],
});

function planFor(given: Params, seen: Seen): Plan {
  const { repo, force, depth, update } = given;
  const { folder, dot, inner } = seen;
  if (folder !== null && folder.type !== "directory") return refuse(`${given.dest} is no folder (${folder.type})`);
  if (folder === null && seen.parent?.type !== "directory") return noFolder(parentFolder(given.dest));
  if (dot === null && (inner ?? []).length > 0)
    return refuse(`${given.dest} holds files and is no working tree of git`, "name an empty folder, or move them away");
  const trouble = troubleOf(given, seen);
  if (trouble !== null) return trouble;
  const head = seen.head?.code === 0 ? seen.head.stdout.trim() : null;
  const remote = dot === null ? null : (seen.remote?.stdout.trim() ?? "");
  if (dot !== null && !update) {
    const stays = { commit: head, repo: remote };
    return change(stays, { ...stays, repo }, [remote !== repo && setRemote(given, remote)]);
  }
  const wanted = wantedOf(given, seen.listing);
  if ("kind" in wanted) return wanted;
  const edited = changedFiles(seen.status);
  const own = (seen.unpushed?.stdout ?? "").split("\n").filter((line) => line !== "");
  const before = {
    repo: remote === "" ? null : remote,
    commit: head,
    changes: [...edited, ...own.map((each) => `commit ${each.slice(0, 12)}`)],
  };
  const after = { repo, commit: wanted.commit, changes: before.changes };
  if (head === wanted.commit && !(force && before.changes.length > 0))
    return change(before, after, [remote !== repo && setRemote(given, remote)], {
      warnings: [before.changes.length > 0 && `${given.dest} was changed on the host: ${few(before.changes)}`],
    });
  if (before.changes.length > 0 && !force)
    return refuse(
      `${given.dest} was changed on the host: ${few(before.changes)}`,
      "bring the changes to the repository, or say force: true to discard them",
    );
  const fetchWords = [
    "fetch",
    "-q",
    "--no-recurse-submodules",
    ...(depth === undefined ? [] : ["--depth", String(depth)]),
    "origin",
    ...refspecs(given, wanted),
  ];
  return change(before, { ...after, changes: [] }, [
    dot === null && write.exec(["git", "init", "-q", "--", given.dest], touching(given)),
    remote !== repo && setRemote(given, remote),
    write.exec(remoteGit(given, fetchWords, given.dest), {
      ...touching(given),
      env: QUIET,
      limitMs: given.timeout * 1000,
    }),
    checkout(given, wanted),
    // Commits of a branch that is left, not only of the one that is checked out, are in no one's way.
    force && write.exec(localWords(given, ["reset", "-q", "--hard", wanted.commit]), touching(given)),
  ]);
}

/** What is fetched always gets a name here: by these it is told which commits are the host's own. */
function refspecs({ depth }: Params, { branch, ref, commit }: GitVersion): readonly string[] {
  if (branch !== null) return [`+${ref}:refs/remotes/origin/${branch}`];
  if (ref.startsWith("refs/tags/")) return [`+${ref}:${ref}`];
  if (ref !== commit) return [`+${ref}:refs/remotes/origin/HEAD`];
  // Not every server gives a commit away by its number; all of its branches it does.
  return depth === undefined
    ? ["+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*"]
    : [`+${commit}:refs/remotes/origin/lab/${commit.slice(0, 12)}`];
}

/** The branch of this name, if there is one: as a pattern, for which nothing is an answer too. */
function branchNamed(version: string): readonly string[] {
  return version === "HEAD" || isCommit(version) ? [] : [`--branches=[${version[0]}]${version.slice(1)}`];
}

function checkout(given: Params, { branch, commit }: GitVersion): Step {
  const forced = given.force ? ["--force"] : [];
  const how = branch === null ? ["--detach", commit] : ["-B", branch, "--track", `origin/${branch}`];
  return write.exec(
    localWords(given, ["checkout", "-q", "--no-recurse-submodules", ...forced, ...how, "--"]),
    touching(given),
  );
}

function setRemote(given: Params, is: string | null): Step {
  const verb = is === null || is === "" ? "add" : "set-url";
  return write.exec(localWords(given, ["remote", verb, "--", "origin", given.repo]), touching(given));
}

/** What stands in the way of any plan. */
function troubleOf(given: Params, { head, remote, status, dot }: Seen): Refusal | null {
  const answers = [head, remote, status].filter((each) => each !== undefined);
  if (answers.some(({ code }) => code === 127)) return noGit;
  const foreign = answers.find(({ stderr }) => /dubious ownership/.test(stderr));
  if (foreign !== undefined)
    return refuse(`${given.dest} belongs to another user, and git does not work in it`, "say become_user: whose it is");
  if (dot !== null && status?.code !== 0)
    return refuse(
      `${given.dest} is no working tree of git: ${status?.stderr.trim() ?? ""}`,
      "move it away, or mend it by hand",
    );
  return null;
}
const noGit = refuse("there is no git on the host", "install the package git");

function wantedOf({ repo, version }: Params, listing: ExecAnswer | undefined): GitVersion | Refusal {
  if (isCommit(version)) return { commit: version, ref: version, branch: null };
  if (listing?.code === 127) return noGit;
  if (listing?.code !== 0) {
    const said = listing?.stderr.trim() ?? "";
    const hint = /Host key verification failed/.test(said)
      ? "the server is not known: give its host_key, or put it into known_hosts"
      : /Permission denied|could not read Username|Authentication failed/.test(said)
        ? "log in with ssh_key, or with username and password"
        : "is the address right, the server up?";
    return refuse(`${repo} cannot be read: ${said}`, hint);
  }
  const found = gitVersion(parseLsRemote(listing.stdout), version);
  if (found !== null) return found;
  return version === "HEAD"
    ? refuse(`${repo} holds nothing yet`, "push a first commit")
    : refuse(`${repo} has no branch or tag "${version}"`, "a commit is named by all of its 40 digits");
}

function changedFiles(status: ExecAnswer | undefined): readonly string[] {
  return (status?.stdout ?? "").split("\n").flatMap((line) => (line === "" ? [] : [line.slice(3)]));
}

function few(changes: readonly string[]): string {
  return changes.length > 5 ? `${changes.slice(0, 5).join(", ")} and ${changes.length - 5} more` : changes.join(", ");
}
