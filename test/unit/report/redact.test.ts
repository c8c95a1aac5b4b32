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
    ["hexadecimal", Buffer.from(password).toString("hex")],
    ["YAML and SQL, single quotes", "pa$$ ''w/ö\"rd\\!"],
    ["HTML", "pa$$ &#39;w/ö&quot;rd\\!"],
    [
      "URL, as Python's quote has it",
      encodeURIComponent(password).replaceAll("%2F", "/").replaceAll("'", "%27").replaceAll("!", "%21"),
    ],
    ["URL, every byte of it", Buffer.from(password).toString("hex").replace(/../g, "%$&")],
    ["Python's repr", password.replace(/['\\]/g, "\\$&")],
    ["URL in a URL", encodeURIComponent(encodeURIComponent(password))],
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

test("a secret that base64 breaks into lines is found all the same", () => {
  const secret = "correct horse battery staple, and some more words to make it long enough for three lines of PEM";
  for (const start of ["", "x", "ab"]) {
    for (const width of [20, 64, 76]) {
      const encoded = Buffer.from(`${start}${secret}${"z".repeat(80)}`).toString("base64");
      const lines = encoded.match(new RegExp(`.{1,${width}}`, "g")) ?? [];
      for (const text of [lines.join("\n"), lines.join("\r\n"), lines.map((line) => `  ${line}`).join("\n")]) {
        const left = redactorOf(secret).redact(`data: |\n${text}\nend`);
        const clear = Buffer.from(left.replace(/[^A-Za-z0-9+/]/g, ""), "base64").toString("latin1");
        expect(clear).not.toMatch(/orrect|horse|battery|staple|words|enough|three/);
        expect(left).toMatch(/^data: \|\n[\s\S]*\nend$/);
      }
    }
  }
});

test("a secret that goes on in the next item of a list of lines is hidden in both", () => {
  const secret = "correct horse battery staple, and more";
  const lines =
    Buffer.from(`x${secret}`)
      .toString("base64")
      .match(/.{1,20}/g) ?? [];
  const event: ResultEvent = { ...result, result: { stdout_lines: ["first", ...lines, "last"] } };
  const { result: redacted } = redactorOf(secret).redactEvent(event);
  const told: readonly string[] = JSON.parse(JSON.stringify(redacted)).stdout_lines;
  expect(told).toHaveLength(lines.length + 2);
  expect([told[0], told.at(-1)]).toEqual(["first", "last"]);
  expect(Buffer.from(told.slice(1, -1).join("").replaceAll("*", ""), "base64").toString()).not.toMatch(
    /orrect|horse|staple|more/,
  );
});

describe("a text that was made from a secret", () => {
  const password = new Secret("hunter22hunter22");
  const short = new Secret("1234");
  const text = `listen 127.0.0.1:80\npassword = ${password.reveal()}\npin: ${short.reveal()}\n`;

  test("hides what was secret in it, and not its other lines", () => {
    const redactor = createRedactor();
    redactor.add(new Secret(text, [password, short]));
    expect(redactor.redact(text)).toBe("***");
    expect(redactor.redact("listen 127.0.0.1:80")).toBe("listen 127.0.0.1:80");
    expect(redactor.redact("got hunter22hunter22!")).toBe("got ***!");
    expect(redactor.redact("1234")).toBe("***");
    // Too short to be looked for by itself, but its line is known.
    expect(redactor.redact("error in pin: 1234 (line 3)")).toBe("error in *** (line 3)");
  });

  test("of which nobody knows what it was made from is secret line by line", () => {
    const redactor = createRedactor();
    redactor.add(new Secret(text));
    expect(redactor.redact("listen 127.0.0.1:80")).toBe("***");
  });
});

test("a thousand secrets cost a long output little", () => {
  const redactor = createRedactor();
  const secrets = Array.from({ length: 1000 }, (_, index) => `secret-${index}-${(index * 7919).toString(36)}-end`);
  const started = performance.now();
  for (const secret of secrets) redactor.add(secret);
  const output = `${"2026-01-02 a line of a log as a thousand others, with some words in it\n".repeat(30_000)}${secrets[500]}\n`;
  const redacted = redactor.redact(output);
  expect(redacted.endsWith("***\n")).toBe(true);
  expect(redacted.length).toBe(output.length - (secrets[500]?.length ?? 0) + 3);
  // 2 MB; half a second on a slow machine, and minutes if every secret were looked for by itself.
  expect(performance.now() - started).toBeLessThan(10_000);
  for (const secret of secrets) expect(redactor.redact(`<${secret}>`)).toBe("<***>");
});

test("each line of a secret is one", () => {
  const redactor = redactorOf("-----BEGIN KEY-----\r\nb3BlbnNzaC1rZXktdjEA\n  0123456789\nend\n");
  expect(redactor.redact("+ b3BlbnNzaC1rZXktdjEA")).toBe("+ ***");
  expect(redactor.redact("got 0123456789, the end")).toBe("got ***, the end");
});

test("a secret that was cut is hidden as far as it goes", () => {
  const redactor = redactorOf("correct-horse-battery-staple");
  expect(redactor.redact("the server said: correct-horse-ba\u2026")).toBe("the server said: ***\u2026");
  expect(redactor.redact("got correct-horse-ba\u2026 and more")).toBe("got ***\u2026 and more");
  expect(redactor.redact("got correct-")).toBe("got ***");
  expect(redactor.redact("correct-horses run")).toBe("correct-horses run");
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
  test("loses secrets everywhere in its values, in keys that hosts chose too, and keeps its fields and what the engine chose", () => {
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
      before: { "***": null, list: ["***", 1, true], later: new Unknown("after ***") },
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
