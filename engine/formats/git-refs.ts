/** `git ls-remote --symref`: names of refs and what they point to. A tag with a message has a second line, `NAME^{}`. */
export function parseLsRemote(text: string): {
  readonly refs: ReadonlyMap<string, string>;
  readonly head: string | null;
} {
  const refs = new Map<string, string>();
  let head: string | null = null;
  for (const line of text.split("\n")) {
    const [, symbolic] = /^ref: (\S+)\tHEAD$/.exec(line) ?? [];
    const [, sum, name] = /^([0-9a-f]{40}|[0-9a-f]{64})\t(\S+)$/.exec(line) ?? [];
    if (symbolic !== undefined) head = symbolic;
    else if (sum !== undefined && name !== undefined) refs.set(name, sum);
  }
  return { refs, head };
}

/** What a version means in a repository. */
export interface GitVersion {
  readonly commit: string;
  /** The ref to fetch; a commit without a name is fetched by itself. */
  readonly ref: string;
  readonly branch: string | null;
}

/** A branch, a tag, a whole commit, or HEAD; null if the repository has nothing of that name. A branch comes before a tag, as git warns. */
export function gitVersion(listing: ReturnType<typeof parseLsRemote>, version: string): GitVersion | null {
  const { refs, head } = listing;
  if (version === "HEAD") {
    const commit = refs.get("HEAD");
    const branch = head === null ? null : head.replace(/^refs\/heads\//, "");
    return commit === undefined ? null : { commit, ref: head ?? "HEAD", branch };
  }
  const branch = refs.get(`refs/heads/${version}`);
  if (branch !== undefined) return { commit: branch, ref: `refs/heads/${version}`, branch: version };
  const tag = refs.get(`refs/tags/${version}^{}`) ?? refs.get(`refs/tags/${version}`);
  if (tag !== undefined) return { commit: tag, ref: `refs/tags/${version}`, branch: null };
  return isCommit(version) ? { commit: version, ref: version, branch: null } : null;
}

export function isCommit(version: string): boolean {
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(version);
}
