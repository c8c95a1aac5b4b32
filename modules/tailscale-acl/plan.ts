import { editsBetween, editsSince, editsText } from "../../engine/formats/tailnet-edits.ts";
import { commentLines, markOf } from "../../engine/formats/tailnet-mark.ts";
import { stableText } from "../../engine/formats/tailnet-normal.ts";
import type { HttpAnswer, Plan, Refusal, TailscaleAccess } from "../../engine/module/index.ts";
import { change, refuse, tailscaleAccess } from "../../engine/module/index.ts";
import { type Desired, desiredPolicy } from "./desired.ts";
import { fieldsOf } from "./fields.ts";
import { judgementOf } from "./judgement.ts";
import { closedWays, lockOut, unguarded } from "./lockout.ts";
import type { Params } from "./params.ts";
import { type Remote, remotePolicy } from "./remote.ts";

/** The answers: of logging in (OAuth), of the policy as it is, of the API's judgement of the new one. */
export interface Seen {
  readonly token?: HttpAnswer | undefined;
  readonly policy?: HttpAnswer | undefined;
  readonly policyAfterLogin?: HttpAnswer | undefined;
  readonly judgement?: HttpAnswer | undefined;
}
/** What is to be done, before anybody was asked whether the new policy is good. */
export type Decision =
  | { readonly kind: "same"; readonly remote: Remote; readonly desired: Desired }
  | { readonly kind: "write"; readonly remote: Remote; readonly desired: Desired; readonly access: TailscaleAccess }
  | Refusal;

export function decide(params: Params, seen: Seen): Decision {
  const access = tailscaleAccess(params, seen.token);
  if (access.kind === "refuse") return access;
  const answer = seen.policy ?? seen.policyAfterLogin;
  if (answer === undefined) return refuse("the policy was not looked at");
  const remote = remotePolicy(answer);
  if (remote.kind === "refuse") return remote;
  const desired = desiredPolicy(params);
  if (desired.kind === "refuse") return desired;
  const meaning = stableText(remote.normal) === stableText(desired.normal);
  const comments = stableText(said(remote.parsed.comments)) === stableText(said(desired.comments));
  if (meaning && comments && remote.state === "applied") return { kind: "same", remote, desired };
  const external = params.overwrite_external ? null : overwrites(remote, desired, meaning, comments);
  const guard = external ?? (meaning ? null : lockOut(params, remote.normal, desired.normal));
  return guard ?? { kind: "write", remote, desired, access };
}

/** What somebody else has done to the policy and would be lost; null: nothing. */
function overwrites(remote: Remote, desired: Desired, meaning: boolean, comments: boolean): Refusal | null {
  const way =
    "take it over into the playbook, or say overwrite_external: true for one run to replace it by what the playbook says";
  const kept = commentLines(desired.comments);
  const lost = commentLines(remote.parsed.comments).filter((line) => !kept.includes(line));
  if (remote.state === "edited" && remote.mark !== null) {
    const edits = meaning ? [] : editsSince(remote.mark, remote.normal, desired.normal);
    if (edits.length > 0) return refuse(`the policy was edited since it was applied: ${editsText(edits)}`, way);
    // Rules that were emptied or taken out as a whole: a mark has digests of entries only.
    if (!meaning && remote.mark.meaning !== markOf(remote.normal, []).meaning)
      return refuse("the policy was edited since it was applied: whether it has rules (acls, grants) at all", way);
    if (!comments && !meaning) return refuse("comments of the policy were edited since it was applied", way);
    if (!comments && lost.length > 0)
      return refuse(`comments of the policy were edited since it was applied: ${lost.slice(0, 3).join("; ")}`, way);
  }
  if (remote.state === "foreign" && !meaning) {
    const edits = editsBetween(desired.normal, remote.normal);
    return refuse(
      `the policy there was never applied from here, and differs from the playbook's: ${editsText(edits)} there`,
      `${way}; a policy that means the same is taken over without being told`,
    );
  }
  if (remote.state === "foreign" && lost.length > 0) {
    return refuse(
      `the policy there means the same but was never applied from here, and comments of it would be lost: ${lost.slice(0, 3).join("; ")}`,
      way,
    );
  }
  return null;
}

export function planFor(params: Params, seen: Seen): Plan {
  const decision = decide(params, seen);
  if (decision.kind === "refuse") return decision;
  const { remote, desired } = decision;
  const { before, after } = fieldsOf(remote, desired);
  if (decision.kind === "same") {
    const closed = closedWays(params, remote.normal);
    const warnings =
      closed.length > 0 && !params.allow_lockout
        ? [`the policy does not allow ${closed.join(", ")}, as keep says it shall`]
        : [];
    return change(before, after, [], { warnings });
  }
  if (seen.judgement === undefined) return refuse("nobody was asked whether the policy is good");
  const judgement = judgementOf(seen.judgement, desired);
  if (judgement.kind === "refuse") return judgement;
  const step = decision.access.send("POST", decision.access.tailnet("/acl"), {
    headers: { Accept: "application/hujson", "Content-Type": "application/hujson", "If-Match": remote.etag },
    body: desired.text,
    // With If-Match a second try cannot overwrite anything: had the first one been carried out, it is refused.
    retries: 4,
  });
  const warnings = [...judgement.warnings, unguarded(params, remote.normal, desired.normal)];
  return change(before, after, [step], { warnings });
}

function said(comments: Remote["parsed"]["comments"]): readonly string[] {
  return commentLines(comments);
}
