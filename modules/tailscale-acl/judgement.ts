import type { HujsonNode } from "../../engine/formats/hujson.ts";
import { placeIn } from "../../engine/formats/hujson.ts";
import { member, parseJson } from "../../engine/formats/json.ts";
import { type HttpAnswer, type Refusal, refuse, tailscaleTrouble } from "../../engine/module/index.ts";
import { type Desired, MARK_LINES, sentText } from "./desired.ts";
import { SCOPE } from "./remote.ts";

/** What the API says of the policy before it is sent. */
export interface Judgement {
  readonly kind: "good";
  readonly warnings: readonly string[];
}

/** A policy that is bad is told of with status 200, too: what counts is whether the answer says anything. */
export function judgementOf(answer: HttpAnswer, desired: Desired): Judgement | Refusal {
  const body = parseJson(answer.body);
  const message = member(body, "message");
  const data = Array.isArray(member(body, "data")) ? (member(body, "data") as readonly unknown[]) : [];
  const told = typeof message === "string" && message !== "";
  if (answer.status !== 400 || !told) {
    const trouble = tailscaleTrouble(answer, "have the policy validated", SCOPE);
    if (trouble !== null) return trouble;
  }
  if (answer.body.trim() !== "" && body === null) {
    return refuse("cannot have the policy validated: the answer of Tailscale's API is not whole", "run it again");
  }
  const failures = data.flatMap((each) => failureText(each, desired));
  // Of warnings alone the message says that there are some.
  const warned = told && /^warning/i.test(message) && data.length > 0;
  if ((!told || warned) && failures.length === 0) return { kind: "good", warnings: data.flatMap(warningsOf) };
  const words = told ? withPlace(message, desired) : "test(s) failed";
  return refuse(
    `Tailscale does not accept the policy, nothing was sent: ${[words, ...failures].join("; ")}`,
    failures.length > 0
      ? "mend the rule that lets too much or too little through, or the test that asks for it"
      : undefined,
  );
}

/** `anna@example.com: address "tag:nas:22": want: Drop, got: Accept (line 12)`. */
function failureText(failure: unknown, desired: Desired): readonly string[] {
  const user = String(member(failure, "user") ?? "");
  const errors = member(failure, "errors");
  if (!Array.isArray(errors) || errors.length === 0) return [];
  const line = lineOfTest(desired, user, errors.map(String));
  return [`${user}: ${errors.map(String).join(", ")}${line === null ? "" : ` (test in line ${line})`}`];
}

function warningsOf(entry: unknown): readonly string[] {
  const warnings = member(entry, "warnings");
  return Array.isArray(warnings)
    ? warnings.map((each) => `${String(member(entry, "user") ?? "policy")}: ${String(each)}`)
    : [];
}

/** The API counts the lines of what it was sent: ours in front is none of the user's, and what stands there helps most. */
function withPlace(message: string, { text }: Desired): string {
  return message.replace(/\bline (\d+)/, (_whole, digits: string) => {
    const line = Number(digits);
    const words = (text.split("\n")[line - 1] ?? "").trim().slice(0, 100);
    return `line ${Math.max(1, line - MARK_LINES)}${words === "" ? "" : ` (${words})`}`;
  });
}

/** The line of the test that a failure is about: of its user, and about one of the destinations that are named. */
function lineOfTest(desired: Desired, user: string, errors: readonly string[]): number | null {
  const { root, text } = sentText(desired);
  for (const section of memberOf(root, /^(ssh)?tests$/i)) {
    for (const test of section.kind === "array" ? section.items : []) {
      const words = text.slice(test.start, test.end);
      const [source] = memberOf(test, /^(src|user)$/i);
      if (source?.kind !== "scalar" || source.value !== user) continue;
      const named = [...words.matchAll(/"([^"]+)"/g)].map(([, word = ""]) => word);
      if (named.some((word) => errors.some((error) => error.includes(`"${word}"`) || error.includes(`@${word}:`)))) {
        return placeIn(text, test.start).line - MARK_LINES;
      }
    }
  }
  return null;
}

function memberOf(node: HujsonNode, name: RegExp): readonly HujsonNode[] {
  return node.kind === "object" ? node.members.filter(({ key }) => name.test(key)).map(({ value }) => value) : [];
}
