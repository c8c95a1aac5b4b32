import { type Hujson, type HujsonComment, isHujsonError, parseHujson } from "../../engine/formats/hujson.ts";
import { parsedAgain, printHujson } from "../../engine/formats/hujson-text.ts";
import { markOf, printMark, withoutMark } from "../../engine/formats/tailnet-mark.ts";
import { mergeParts } from "../../engine/formats/tailnet-merge.ts";
import { type NormalPolicy, normalPolicy } from "../../engine/formats/tailnet-normal.ts";
import { canonicalPolicy } from "../../engine/formats/tailnet-sections.ts";
import { undefinedNames } from "../../engine/formats/tailnet-undefined.ts";
import { plainValue, type Refusal, refuse } from "../../engine/module/index.ts";
import type { Params } from "./params.ts";

/** The policy as it shall be, with the line that says so. */
export interface Desired {
  readonly kind: "desired";
  /** What is sent. */
  readonly text: string;
  /** Without our line in front. */
  readonly parsed: Hujson;
  readonly normal: NormalPolicy;
  readonly comments: readonly HujsonComment[];
}

/** Lines of ours in front of the policy that people wrote. */
export const MARK_LINES = 1;

export function desiredPolicy(params: Params): Desired | Refusal {
  const { fragments } = params;
  if (fragments.missing !== null) {
    return refuse(
      `the fragments of the policy may not be complete: ${fragments.missing}`,
      "run the whole playbook for all its hosts, or say fragments: false to apply the policy without them",
    );
  }
  const source = sourceOf(params);
  if (source === null && fragments.values.length === 0) {
    return refuse(
      "there is nothing to make a policy of: no policy is given, and no tailnet_fragment was contributed before",
      "give policy, src or template, or put the tasks with tailnet_fragment in front of this one",
    );
  }
  const base = parseHujson(withoutMark(source?.text ?? "{}\n"));
  if (isHujsonError(base)) return refuse(`${source?.name}: line ${base.line}, column ${base.column}: ${base.error}`);
  const parts = fragments.values.map(({ value, host, place }) => ({
    value: plainValue(value) ?? {},
    where: `${place} (${host})`,
  }));
  const merged = mergeParts(base, source?.name ?? "the policy", parts);
  if ("conflict" in merged) {
    return refuse(
      `two parts of the policy contradict each other: ${merged.conflict}`,
      "make them say the same, or give one of them another name",
    );
  }
  const missing = undefinedNames(canonicalPolicy(merged.value));
  if (missing.length > 0) {
    const list = missing.map(({ name, at, section }) => `${name} (in ${at}; define it in ${section})`);
    return refuse(
      `the policy uses what it does not define: ${list.join(", ")}`,
      "define it in the policy, or in the fragment of the role that uses it",
    );
  }
  const normal = normalPolicy(merged.value);
  const text = merged.text.endsWith("\n") ? merged.text : `${merged.text}\n`;
  return {
    kind: "desired",
    text: printMark(markOf(normal, merged.comments)) + text,
    parsed: merged,
    normal,
    comments: merged.comments,
  };
}

function sourceOf({ policy, src, template }: Params): { readonly text: string; readonly name: string } | null {
  if (typeof policy === "string") return { text: policy, name: "the policy" };
  if (policy !== undefined) return { text: `${printHujson(policy)}\n`, name: "the policy" };
  if (src?.text !== undefined) return { text: src.text, name: src.name };
  if (template !== undefined) return { text: String(template.content), name: template.name };
  return null;
}

/** The text that is sent, parsed: for finding the place of something in it. */
export function sentText({ text }: Desired): Hujson {
  return parsedAgain(text);
}
