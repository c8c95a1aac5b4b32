import { createHash } from "node:crypto";

/** A commit of a repository that the lab knows. */
export interface GitCommit {
  readonly id: string;
  readonly parent: string | null;
  readonly files: Readonly<Record<string, string>>;
}
/** A repository somewhere in the lab's internet. */
export interface GitRepository {
  readonly head: string;
  readonly branches: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly commits: readonly GitCommit[];
}

function commitOf(parent: GitCommit | null, files: Readonly<Record<string, string>>): GitCommit {
  const id = createHash("sha1")
    .update(JSON.stringify([parent?.id, files]))
    .digest("hex");
  return { id, parent: parent?.id ?? null, files };
}

const first = commitOf(null, { README: "Settings of a homelab.\n", vimrc: "set nomodeline\n" });
const second = commitOf(first, { ...first.files, vimrc: "set nomodeline\nset expandtab\n" });
const third = commitOf(second, { ...second.files, "bin/hello": "#!/bin/sh\necho hello\n" });
const trial = commitOf(second, { ...second.files, trial: "not yet\n" });

const DOTFILES: GitRepository = {
  head: "main",
  branches: { main: third.id, trial: trial.id },
  tags: { "v1.0": first.id, "v1.1": second.id },
  commits: [first, second, third, trial],
};
const REPOSITORIES: Readonly<Record<string, GitRepository>> = { "https://git.example.com/dotfiles.git": DOTFILES };

export function findRepository(url: string): GitRepository | undefined {
  return Object.hasOwn(REPOSITORIES, url) ? REPOSITORIES[url] : undefined;
}
export function findCommit(id: string): GitCommit | undefined {
  return Object.values(REPOSITORIES)
    .flatMap(({ commits }) => commits)
    .find((commit) => commit.id === id);
}
/** A commit and all that came before it. */
export function historyOf(id: string): readonly string[] {
  const commit = findCommit(id);
  return commit === undefined ? [] : [id, ...(commit.parent === null ? [] : historyOf(commit.parent))];
}
