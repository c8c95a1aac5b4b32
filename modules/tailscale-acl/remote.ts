import { type Hujson, isHujsonError, parseHujson } from "../../engine/formats/hujson.ts";
import { type Mark, markOf, readMark } from "../../engine/formats/tailnet-mark.ts";
import { type NormalPolicy, normalPolicy, stableText } from "../../engine/formats/tailnet-normal.ts";
import type { HttpAnswer, Refusal } from "../../engine/module/index.ts";
import { refuse, tailscaleTrouble } from "../../engine/module/index.ts";

/** The policy as the API has it. */
export interface Remote {
  readonly kind: "remote";
  readonly etag: string;
  readonly parsed: Hujson;
  readonly normal: NormalPolicy;
  /** Whose it is: as it was applied last; edited since then; never applied from here; that of a new tailnet. */
  readonly state: "applied" | "edited" | "foreign" | "default";
  readonly mark: Mark | null;
}

export const SCOPE = "policy_file";

export function remotePolicy(answer: HttpAnswer): Remote | Refusal {
  const trouble = tailscaleTrouble(answer, "read the policy", SCOPE);
  if (trouble !== null) return trouble;
  const { etag } = answer.headers;
  if (etag === undefined || etag === "") {
    return refuse(
      "the API answers without an ETag: a policy could not be replaced without the risk of overwriting somebody else's",
      "is api_url that of Tailscale, and does nothing on the way take headers out?",
    );
  }
  const parsed = parseHujson(answer.body);
  if (isHujsonError(parsed)) {
    return refuse(
      `the policy that the API answers with is no HuJSON: line ${parsed.line}, column ${parsed.column}: ${parsed.error}`,
      "was the answer cut off, or changed on its way? look at the policy in the admin console",
    );
  }
  const normal = normalPolicy(parsed.value);
  const mark = readMark(parsed);
  const is = markOf(normal, parsed.comments);
  const applied = mark !== null && mark.meaning === is.meaning && mark.comments === is.comments;
  const state = applied ? "applied" : mark !== null ? "edited" : isDefault(normal) ? "default" : "foreign";
  return { kind: "remote", etag, parsed, normal, state, mark };
}

/** Rules that a new tailnet has had, now and formerly; nothing of anybody's own is in them. */
const BORN: Readonly<Record<string, readonly unknown[]>> = {
  acls: [[{ action: "accept", dst: ["*:*"], src: ["*"] }]],
  grants: [[{ dst: ["*"], ip: ["*"], src: ["*"] }]],
  ssh: ["check", "accept"].map((action) => [
    { action, dst: ["autogroup:self"], src: ["autogroup:member"], users: ["autogroup:nonroot", "root"] },
  ]),
  nodeAttrs: [[{ attr: ["funnel"], target: ["autogroup:member"] }]],
};

function isDefault(policy: NormalPolicy): boolean {
  return Object.entries(policy).every(([section, value]) =>
    BORN[section]?.some((born) => stableText(value) === JSON.stringify(born)),
  );
}
