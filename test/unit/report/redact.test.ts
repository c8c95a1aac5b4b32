import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createRedactor } from "../../../engine/report/redact.ts";
import type { ResultEvent } from "../../../engine/run/events.ts";
import { Secret } from "../../../engine/value/secret.ts";
import { Unknown } from "../../../engine/value/unknown.ts";

const result: ResultEvent = {
  type: "result",
  id: "r1",
  taskId: "t1",
  host: "pve1",
  attempt: 1,
  kind: "task",
  name: "Log in",
  module: "command",
  status: "changed",
  changed: true,
  warnings: [],
  durationMs: 3,
  position: { file: "site.yml", line: 1, column: 1 },
};

function redactorOf(...secrets: string[]) {
  const redactor = createRedactor();
  for (const secret of secrets) redactor.add(secret);
  return redactor;
}

describe("a secret of eight characters or more", () => {
  const password = "pa$$ 'w/ö\"rd\\!";
  const forms: [string, string][] = [
    ["as it is", password],
    ["JSON", JSON.stringify(password).slice(1, -1)],
    ["JSON, ASCII only", "pa$$ 'w/\\u00f6\\\"rd\\\\!"],
    ["JSON in JSON", JSON.stringify(JSON.stringify(password)).slice(3, -3)],
    ["single quotes of the shell", "pa$$ '\\''w/ö\"rd\\!"],
    ["double quotes of the shell", "pa\\$\\$ 'w/ö\\\"rd\\\\!"],
    ["printf %q", "pa\\$\\$\\ \\'w/ö\\\"rd\\\\\\!"],
    ["URL", encodeURIComponent(password)],
    ["URL, lower-case hex", "pa%24%24%20'w%2f%c3%b6%22rd%5c!"],
    ["form", new URLSearchParams({ p: password }).toString().slice(2)],
    ["base64", Buffer.from(password).toString("base64")],
    ["base64url", Buffer.from(password).toString("base64url")],
  ];
  test.each(forms)("is taken out of a text: %s", (_, form) => {
    expect(redactorOf(password).redact(`before ${form} after`)).toMatch(/^before \*{3}=* after$/);
  });

  test.each(["x", "user:", "ab", ""])("is taken out of base64 of a longer text that starts with %j", (start) => {
    const secret = "correct horse battery";
    const encoded = Buffer.from(`${start}${secret}:tail`).toString("base64");
    const redacted = redactorOf(secret).redact(encoded);
    expect(redacted).toContain("***");
    // At the edges at most the two characters stay that hold bits of the neighbours too.
    const left = redacted.split("***").map((piece) => Buffer.from(piece, "base64").toString("latin1"));
    expect(left.join("|")).not.toMatch(/corre|orse|tery/);
  });

  test("stays hidden in any of these forms, whatever it is", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 8, maxLength: 40, unit: "binary" }), fc.string(), (secret, before) => {
        fc.pre(secret.trim().length >= 8 && !/[\r\n]/.test(secret));
        const redact = redactorOf(secret).redact;
        const url = encodeURIComponent(Buffer.from(secret).toString());
        const base64 = Buffer.from(secret).toString("base64").replace(/=+$/, "");
        for (const form of [secret, JSON.stringify(secret).slice(1, -1), url, base64]) {
          expect(redact(`${before}${form}`)).not.toContain(form);
        }
      }),
      { numRuns: 300 },
    );
  });
});

test("each line of a secret is one", () => {
  const redactor = redactorOf("-----BEGIN KEY-----\r\nb3BlbnNzaC1rZXktdjEA\n  0123456789\nend\n");
  expect(redactor.redact("+ b3BlbnNzaC1rZXktdjEA")).toBe("+ ***");
  expect(redactor.redact("got 0123456789, the end")).toBe("got ***, the end");
});

test("secrets that overlap leave no piece", () => {
  expect(redactorOf("aaaabbbb", "bbbbcccc").redact("x aaaabbbbcccc y")).toBe("x *** y");
  for (const secrets of [
    ["hunter22", "hunter22-and-more"],
    ["hunter22-and-more", "hunter22"],
  ]) {
    expect(redactorOf(...secrets).redact("x hunter22-and-more")).toBe("x ***");
  }
});

test("a short secret is taken out only where it is the whole text", () => {
  const redactor = redactorOf("lab1");
  expect(redactor.redact("lab1")).toBe("***");
  expect(redactor.redact("the host lab1")).toBe("the host lab1");
  expect(redactorOf("").redact("")).toBe("");
});

describe("an event", () => {
  test("loses secrets everywhere in its values, and keeps its fields' names and what the engine chose", () => {
    const redactor = redactorOf("hunter22hunter22", "changed", "pve1");
    const event: ResultEvent = {
      ...result,
      reason: "login hunter22hunter22 refused",
      before: { hunter22hunter22: null, list: ["changed", 1, true], later: new Unknown("after hunter22hunter22") },
      after: { password: new Secret("not registered") },
      diff: [{ path: "text", text: "-a\n+hunter22hunter22" }],
    };
    expect(redactor.redactEvent(event)).toEqual({
      ...result,
      reason: "login *** refused",
      before: { hunter22hunter22: null, list: ["***", 1, true], later: new Unknown("after ***") },
      after: { password: "***" },
      diff: [{ path: "text", text: "-a\n+***" }],
    });
  });

  test("with a secret value never carries it, even before any text was registered", () => {
    const redacted = createRedactor().redactEvent({ ...result, after: { password: new Secret("hunter22") } });
    expect(redacted.after).toEqual({ password: "***" });
  });

  test("without secrets is passed on as it is", () => {
    expect(createRedactor().redactEvent(result)).toBe(result);
  });
});
