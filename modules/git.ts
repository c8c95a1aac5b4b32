// Over 300 lines: what the host's git is asked and what the server, with which key and host key, is one sequence of looks and steps.
import { z } from "zod";
import { type GitVersion, gitVersion, isCommit, parseLsRemote } from "../engine/formats/git-refs.ts";
import { parentFolder } from "../engine/formats/paths.ts";
import type { Argv, ExecAnswer, Plan, ReadOp, Refusal, Stat, Step } from "../engine/module/index.ts";
import {
  absolutePath,
  arg,
  change,
  defineModule,
  maybeSecret,
  noFolder,
  read,
  refuse,
  Secret,
  seconds,
  secret,
  write,
} from "../engine/module/index.ts";

const REPO =
  /^(?:(?:https?|ssh|git|file):\/\/[^\s'"`$\\;|&<>()]+|(?:[\w.-]+@)?[\w.-]+:(?!\/\/)[^\s'"`$\\;|&<>():]+|\/[^\s'"`$\\;|&<>()]*)$/;
const HOST_KEY = /^(?:\S+ )?(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521)) ([A-Za-z0-9+/]+=*)(?: .*)?$/;

const params = z
  .strictObject({
    repo: z
      .string()
      .max(2000)
      .regex(REPO, {
        error: "expected an address such as https://host/name.git, git@host:name.git or /srv/git/name.git",
      })
      .refine((repo) => !/^https?:\/\/[^/]*@/.test(repo), {
        error: "a password in an address stays in .git/config: hand it over with username and password",
      })
      .describe("Where it is: `https://host/name.git`, `git@host:name.git`, `ssh://…`, or a path on the host."),
    dest: absolutePath.describe("The folder of the working tree. It is made; its parent must be there."),
    version: z
      .string()
      .max(250)
      .regex(/^(?!-)(?!.*(?:\.\.|@\{|\/\/|\.lock$))[\w./+@-]+$/, {
        error: "expected a branch, a tag, or a whole commit",
      })
      .default("HEAD")
      .describe(
        "A branch, a tag, or a whole commit (40 digits). Unsaid: the repository's own HEAD. A branch is followed: each run takes what is new.",
      ),
    update: z
      .boolean()
      .default(true)
      .describe("Follow the branch. `false`: a working tree that is there stays as it is."),
    depth: z
      .int({ error: "expected a number of commits" })
      .min(1, { error: "at least one commit" })
      .max(1_000_000)
      .optional()
      .describe("So many commits of history are fetched. Unsaid: all."),
    force: z
      .boolean()
      .default(false)
      .describe(
        "Discard changes that were made on the host, commits of its own included. Files that git does not know stay.",
      ),
    ssh_key: secret().optional().describe("A private key to log in with. It is on the host only while git runs."),
    host_key: z
      .string()
      .regex(HOST_KEY, { error: "expected the server's public key: ssh-ed25519 AAAA…" })
      .optional()
      .describe(
        "The server's public key. Unsaid: the host's known_hosts must know it; the module known_host puts it there.",
      ),
    username: z
      .string()
      .regex(/^[^:\0-\x1f\x7f"\\]+$/, { error: "a user name holds no colon, quotes or control characters" })
      .optional()
      .describe("Whom to log in as over https."),
    password: maybeSecret().optional().describe("The password or token of `username`."),
    timeout: seconds("a time limit", 86_400, 1)
      .default(3600)
      .describe("How long fetching may take: seconds, or a text such as `1h`."),
  })
  .superRefine((given, context) => {
    const wrong = (path: string, message: string) => context.addIssue({ code: "custom", path: [path], message });
    const { repo, ssh_key, host_key, username, password, dest } = given;
    const ssh = isSsh(repo);
    if (ssh_key !== undefined && !ssh) wrong("ssh_key", "a key is for addresses of ssh");
    if (host_key !== undefined && !ssh) wrong("host_key", "a server's key is for addresses of ssh");
    if ((username === undefined) !== (password === undefined))
      wrong(username === undefined ? "username" : "password", "username and password go together");
    if (username !== undefined && !/^https?:/.test(repo)) wrong("username", "a password is for addresses of https");
    if (ssh_key instanceof Secret && !/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(ssh_key.reveal()))
      wrong("ssh_key", "this is no private key: it begins with -----BEGIN … PRIVATE KEY-----");
    if (dest === "/") wrong("dest", "the whole system is no working tree: name a folder");
  });
type Params = z.output<typeof params>;

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

/** Nobody is there to answer: what would be asked for fails. The looks take no locks, so that they leave no trace. */
const QUIET = { GIT_TERMINAL_PROMPT: "0", GIT_OPTIONAL_LOCKS: "0", GCM_INTERACTIVE: "never", GIT_ASKPASS: "true" };

function local(given: Params, words: readonly string[]): ReadOp<ExecAnswer> {
  return read.exec(localWords(given, words), { env: QUIET, looksAt: [given.dest] });
}
/** Hooks and watchers of a tree are programs that somebody else may have put there; nothing here needs them. */
function localWords({ dest }: Params, words: readonly string[]): readonly string[] {
  return ["git", "-C", dest, "-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", ...words];
}
function touching({ dest }: Params) {
  return { touches: [dest] };
}

/** Git that talks to the repository: how it logs in is said in files that exist only while it runs. */
function remoteGit(given: Params, words: readonly string[], folder?: string): Argv {
  const { repo, ssh_key, host_key, username, password } = given;
  const start = folder === undefined ? ["git"] : localWords(given, []);
  if (isSsh(repo)) {
    const options = [
      "-o BatchMode=yes",
      "-o StrictHostKeyChecking=yes",
      "-o ConnectTimeout=30",
      ...hostKeyOptions(repo, host_key),
    ].join(" ");
    if (ssh_key === undefined) return [...start, "-c", `core.sshCommand=ssh ${options}`, ...words];
    const key = new Secret(ssh_key.reveal().replace(/\r\n/g, "\n").replace(/\n?$/, "\n"));
    return [
      ...start,
      "-c",
      arg.file(key, `core.sshCommand=ssh ${options} -o IdentitiesOnly=yes -o IdentityAgent=none -i `),
      ...words,
    ];
  }
  if (username === undefined || password === undefined) return [...start, ...words];
  const text = password instanceof Secret ? password.reveal() : password;
  const header = Buffer.from(`${username}:${text}`, "utf8").toString("base64");
  const { origin } = new URL(repo);
  // Only for this server, also when it sends somewhere else.
  const config = new Secret(`[http "${origin}/"]\n\textraHeader = "Authorization: Basic ${header}"\n`);
  return [...start, "-c", arg.file(config, "include.path="), ...words];
}

/** The key that was named is the only one: known_hosts files do not count beside it. */
function hostKeyOptions(repo: string, host_key: string | undefined): readonly string[] {
  const [, type, key] = HOST_KEY.exec(host_key ?? "") ?? [];
  if (type === undefined) return [];
  const [, host = "", port] =
    /^ssh:\/\/(?:[^@/]*@)?([^:/]+)(?::(\d+))?/.exec(repo) ?? /^(?:[^@/]*@)?([^:/]+):/.exec(repo) ?? [];
  const name = port === undefined || port === "22" ? host : `[${host}]:${port}`;
  return [
    "-o UserKnownHostsFile=/dev/null",
    "-o GlobalKnownHostsFile=/dev/null",
    `-o 'KnownHostsCommand=/bin/echo ${name} ${type} ${key}'`,
    `-o HostKeyAlgorithms=${algorithms(type)}`,
  ];
}
function algorithms(type: string): string {
  return type === "ssh-rsa" ? "rsa-sha2-512,rsa-sha2-256" : type;
}

function isSsh(repo: string): boolean {
  return repo.startsWith("ssh://") || (!/^(?:[a-z]+:\/\/|\/)/.test(repo) && repo.includes(":"));
}
function few(changes: readonly string[]): string {
  return changes.length > 5 ? `${changes.slice(0, 5).join(", ")} and ${changes.length - 5} more` : changes.join(", ");
}
