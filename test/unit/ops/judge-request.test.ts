import { expect, test } from "vitest";
import { write } from "../../../engine/ops/build.ts";
import type { HttpAnswer, OpReply } from "../../../engine/ops/ir.ts";
import { judgeRequest } from "../../../engine/ops/judge-request.ts";

const strict = write.http({ method: "POST", url: "https://x/", okStatuses: [200] });
const any = write.http({ method: "POST", url: "https://x/" });
const reply = (status: number, body: string, type = "application/json"): OpReply => {
  const answer: HttpAnswer = { status, headers: { "content-type": type }, body };
  return { kind: "done", answer };
};

test.each([
  [reply(400, '{"message":"bad"}'), "the server answers 400: bad"],
  [reply(403, '{"error":"no"}'), "the server answers 403: no"],
  [reply(500, "{broken"), "the server answers 500: {broken"],
  [reply(502, "<html><body>x", "text/html"), "the server answers 502: a page of HTML"],
  [reply(204, ""), "the server answers 204"],
  [reply(500, "x".repeat(5000)), `the server answers 500: ${"x".repeat(500)}`],
])("an answer that is not fine is a failure in the server's words", (answer, message) => {
  expect(judgeRequest(strict, answer)).toEqual({ kind: "failed", error: { code: "failed", message } });
});

test("nobody's answer is told as such", () => {
  const nobody: HttpAnswer = { status: 0, headers: {}, body: "", unanswered: "refused" };
  expect(judgeRequest(strict, { kind: "done", answer: nobody })).toMatchObject({
    error: { message: "nobody answers: refused" },
  });
});

test("a fine answer, a step without statuses and a failure of the transport stay what they are", () => {
  for (const [step, answer] of [
    [strict, reply(200, "{}")],
    [any, reply(500, "x")],
    [strict, { kind: "unknown" }],
    [write.exec(["true"]), { kind: "done", answer: { code: 0 } }],
  ] as const) {
    expect(judgeRequest(step, answer)).toBe(answer);
  }
});
