/** An image's name taken apart, as Docker reads it. */
export interface Reference {
  /** `docker.io` where none is said. */
  readonly registry: string;
  /** `library/busybox`. */
  readonly path: string;
  readonly tag: string | null;
  /** `sha256:…`. */
  readonly digest: string | null;
  /** As `docker images` shows it: without `docker.io/` and `library/`. */
  readonly repository: string;
  /** The same with tag or digest. */
  readonly familiar: string;
}

const NAME = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*$/;

/** Null: it is no reference; Docker's words for it are in `referenceError`. Without a tag it is `latest`. */
export function parseReference(text: string): Reference | null {
  const [, named = "", digest = null] = /^(.*?)(?:@(sha256:[a-f0-9]{64}))?$/.exec(text) ?? [];
  const slash = named.lastIndexOf("/");
  const colon = named.indexOf(":", slash + 1);
  const said = colon < 0 ? null : named.slice(colon + 1);
  if (said !== null && !/^[\w][\w.-]{0,127}$/.test(said)) return null;
  const whole = colon < 0 ? named : named.slice(0, colon);
  const [first = "", ...rest] = whole.split("/");
  const isHost = rest.length > 0 && (/[.:]/.test(first) || first === "localhost");
  const registry = isHost ? first : "docker.io";
  const bare = isHost ? rest.join("/") : whole;
  if (!NAME.test(bare)) return null;
  const path = registry === "docker.io" && !bare.includes("/") ? `library/${bare}` : bare;
  const repository = registry === "docker.io" ? path.replace(/^library\//, "") : `${registry}/${path}`;
  const tag = said ?? (digest === null ? "latest" : null);
  return {
    registry,
    path,
    tag,
    digest,
    repository,
    familiar: digest === null ? `${repository}:${tag}` : `${repository}@${digest}`,
  };
}

export function referenceError(text: string): string {
  return /[A-Z]/.test(text.replace(/[:@].*$/, ""))
    ? "invalid reference format: repository name must be lowercase"
    : "invalid reference format";
}
