import { z } from "zod";
import { parseJson } from "../formats/json.ts";
import { atJsonPath } from "../formats/json-path.ts";
import type { HttpAnswer, HttpSpec } from "../ops/ir.ts";
import { equalValues } from "../value/equal.ts";
import { Secret } from "../value/secret.ts";
import type { Value } from "../value/value.ts";
import { maybeSecret, oneOrMore } from "./params.ts";

/** What the modules share that ask a server: how an address, headers and a wanted answer are written. */

export const httpUrl = z
  .string({ error: "expected an address: https://host/path" })
  .max(8000)
  .refine((url) => !/[\0-\x20\x7f]/.test(url), { error: "an address holds no blanks and no control characters" })
  .refine((url) => /^https?:\/\//i.test(url) && URL.canParse(url), { error: "expected an address: https://host/path" })
  .refine((url) => !URL.canParse(url) || (new URL(url).username === "" && new URL(url).password === ""), {
    error: "a password in an address is seen by everybody: hand it over with `username` and `password`",
  });

const token = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/;

export const httpHeaders = z.record(z.string(), maybeSecret()).superRefine((headers, context) => {
  for (const [name, value] of Object.entries(headers)) {
    const wrong = (message: string) => context.addIssue({ code: "custom", path: [name], message });
    if (!token.test(name)) wrong(`"${name}" is not the name of a header`);
    const text = value instanceof Secret ? value.reveal() : value;
    if (typeof text === "string" && /[\0\r\n]/.test(text)) wrong("a header is one line");
  }
});

const jsonValue: z.ZodType<Value> = z.lazy(() =>
  z.union([z.null(), z.boolean(), z.number(), z.string(), z.array(jsonValue), z.record(z.string(), jsonValue)]),
);

const status = z
  .int({ error: "expected an HTTP status, a number from 100 to 599" })
  .min(100, { error: "expected an HTTP status, a number from 100 to 599" })
  .max(599, { error: "expected an HTTP status, a number from 100 to 599" });

/** What an answer has to be. */
export const httpExpectParams = {
  status: oneOrMore(status, "a status such as 200")
    .optional()
    .describe("The status, or a list of statuses, that is fine. Unsaid: any from 200 to 299."),
  expect: z
    .record(z.string(), jsonValue, { error: "expected a map of paths to values: { status.code: 0 }" })
    .optional()
    .describe(
      "What the answer's JSON must hold: a map of paths (`items.0.name`, or a JSON pointer such as `/items/0/name`) to values.",
    ),
  contains: oneOrMore(
    z.string({ error: "expected a text" }).min(1, { error: "an empty text is in every answer" }),
    "a text",
  )
    .optional()
    .describe("A text, or a list of texts, that the answer's body must contain."),
};
export interface HttpExpectation {
  readonly status?: readonly number[] | undefined;
  readonly expect?: Readonly<Record<string, Value>> | undefined;
  readonly contains?: readonly string[] | undefined;
}

/** Why an answer is not as it shall be; null: it is. `hidden`: nothing of its body may be shown. */
export function httpTrouble(wanted: HttpExpectation, answer: HttpAnswer, hidden = false): string | null {
  if (answer.status === 0) return answer.unanswered ?? "nobody answers";
  const body = hidden ? "" : excerpt(answer.body);
  const said = body === "" ? "" : `: ${body}`;
  const fine =
    wanted.status === undefined ? answer.status >= 200 && answer.status < 300 : wanted.status.includes(answer.status);
  if (!fine) {
    const list = wanted.status === undefined ? "200 to 299" : wanted.status.join(" or ");
    return `the answer is ${answer.status}, not ${list}${said}`;
  }
  const missing = wanted.contains?.find((text) => !answer.body.includes(text));
  if (missing !== undefined) return `the answer does not contain ${JSON.stringify(missing)}${said}`;
  if (wanted.expect === undefined) return null;
  const json = parseJson(answer.body);
  if (json === null && answer.body.trim() !== "null") return `the answer is no JSON${said}`;
  for (const [path, value] of Object.entries(wanted.expect)) {
    const is = atJsonPath(json, path);
    if (is !== undefined && equalValues(is as Value, value)) continue;
    const got = is === undefined ? "not there" : hidden ? "something else" : excerpt(JSON.stringify(is));
    return `in the answer's JSON ${path === "" ? "the whole" : path} is ${got}, not ${JSON.stringify(value)}`;
  }
  return null;
}

/** The value of the header that carries a user and a password. */
export function basicAuth(username: string, password: string | Secret): Secret {
  const text = password instanceof Secret ? password.reveal() : password;
  return new Secret(`Basic ${Buffer.from(`${username}:${text}`, "utf8").toString("base64")}`);
}

export type Headers = NonNullable<HttpSpec["headers"]>;
/** With a header that nobody has named yet, whatever the case of its letters. */
export function withHeader(headers: Headers, name: string, value: string | Secret): Headers {
  const named = Object.keys(headers).some((each) => each.toLowerCase() === name.toLowerCase());
  return named ? headers : { ...headers, [name]: value };
}

function excerpt(text: string): string {
  const line = text.trim().replace(/\s+/g, " ");
  return line.length > 300 ? `${line.slice(0, 300)}…` : line;
}
