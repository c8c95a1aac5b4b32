import type { HttpAnswer, OpReply, WriteOp } from "./ir.ts";

/**
 * What a server's answer to a change means for its step: with a status that the step does not name as fine it has
 * failed, in the server's own words where it gives some. The transport cannot tell: to it every answer is one.
 */
export function judgeRequest(step: WriteOp, reply: OpReply): OpReply {
  if (step.kind !== "http" || step.okStatuses === undefined || reply.kind !== "done") return reply;
  const answer = reply.answer;
  if (!isHttpAnswer(answer) || step.okStatuses.includes(answer.status)) return reply;
  if (answer.status === 412 && isConditional(step)) {
    const message = "somebody else has changed it since it was looked at: nothing was written";
    return { kind: "failed", error: { code: "conflict", message } };
  }
  const said = answer.status === 0 ? (answer.unanswered ?? "") : wordsOf(answer);
  const status = answer.status === 0 ? "nobody answers" : `the server answers ${answer.status}`;
  return { kind: "failed", error: { code: "failed", message: said === "" ? status : `${status}: ${said}` } };
}

/** It asked for what it replaces to be what was looked at. */
function isConditional({ headers = {} }: WriteOp & { readonly kind: "http" }): boolean {
  return Object.keys(headers).some((name) => name.toLowerCase() === "if-match");
}

function isHttpAnswer(answer: unknown): answer is HttpAnswer {
  return typeof answer === "object" && answer !== null && "status" in answer && "body" in answer;
}

/** The message of a JSON error, or a short text; a page of HTML is for browsers. */
function wordsOf({ headers, body }: HttpAnswer): string {
  const text = body.trim();
  if (/html/i.test(headers["content-type"] ?? "") || /^<(!doctype|html)/i.test(text)) return "a page of HTML";
  const message = messageIn(text);
  return (message ?? text).slice(0, 500);
}

/** What some servers add beside the message: which test has failed, which field is wrong. */
function detailsIn(data: unknown): string {
  return Array.isArray(data) && data.length > 0 ? `: ${JSON.stringify(data)}` : "";
}

function messageIn(text: string): string | undefined {
  if (!text.startsWith("{")) return undefined;
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed !== "object" || parsed === null) return undefined;
    for (const name of ["message", "error", "details"] as const) {
      const value: unknown = Reflect.get(parsed, name);
      if (typeof value === "string" && value !== "") return `${value}${detailsIn(Reflect.get(parsed, "data"))}`;
    }
    return undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
