import { z } from "zod";
import { parseJson } from "../engine/formats/json.ts";
import type { Headers, HttpAnswer, OpReply, Value, ValueMap } from "../engine/module/index.ts";
import {
  basicAuth,
  defineAction,
  httpExpectParams,
  httpHeaders,
  httpTrouble,
  httpUrl,
  maybeSecret,
  read,
  refuse,
  Secret,
  seconds,
  withHeader,
  write,
} from "../engine/module/index.ts";

const METHODS = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"] as const;

type Json = null | boolean | number | string | Secret | readonly Json[] | { readonly [key: string]: Json };
const json: z.ZodType<Json> = z.lazy(() =>
  z.union([
    z.null(),
    z.boolean(),
    z.number(),
    z.string(),
    z.instanceof(Secret),
    z.array(json),
    z.record(z.string(), json),
  ]),
);
const field = z.union([maybeSecret(), z.number().transform(String), z.boolean().transform(String)]);

const params = z
  .strictObject({
    url: httpUrl.describe("The address: `https://host/path`."),
    method: z
      .string()
      .transform((method) => method.toUpperCase())
      .pipe(z.enum(METHODS, { error: `expected one of ${METHODS.join(", ")}` }))
      .default("GET")
      .describe(
        "GET, HEAD and OPTIONS look; POST, PUT, PATCH and DELETE change something and are not sent by a check.",
      ),
    headers: httpHeaders.default({}).describe("A map of names to values. A value may be a secret."),
    body: maybeSecret().optional().describe("What is sent, as it is."),
    json: json.optional().describe("What is sent, as JSON. Texts in it may be secrets."),
    form: z
      .record(z.string(), field)
      .optional()
      .describe("What is sent, as the fields of a form; their values may be secrets."),
    username: z
      .string()
      .min(1)
      .regex(/^[^:\0-\x1f\x7f]+$/, { error: "a user name holds no colon and no control characters" })
      .optional()
      .describe("Whom to log in as (HTTP basic authentication)."),
    password: maybeSecret().optional().describe("The password of `username`."),
    ...httpExpectParams,
    unless: z
      .strictObject({
        url: httpUrl.optional().describe("The address to look at. Unsaid: the same."),
        headers: httpHeaders.optional().describe("Headers. Unsaid: the same."),
        ...httpExpectParams,
      })
      .optional()
      .describe(
        "A GET that is made first: if its answer is as said here (`status`, `expect`, `contains`), the request is unnecessary.",
      ),
    from: z
      .enum(["host", "controller"], { error: "expected host or controller" })
      .default("host")
      .describe(
        "Who asks: the task's `host` (with its curl), or the `controller`, where a key must not reach the host.",
      ),
    insecure: z.boolean().default(false).describe("Take the server's certificate without checking it."),
    timeout: seconds("a time limit", 3600, 1)
      .default(30)
      .describe("How long the answer may take: seconds, or a text such as `2m`."),
    secret: z
      .boolean()
      .default(false)
      .describe("What is answered is a secret: the registered `body`, texts in `json`, and headers are."),
  })
  .superRefine((given, context) => {
    const wrong = (path: string, message: string) => context.addIssue({ code: "custom", path: [path], message });
    const bodies = (["body", "json", "form"] as const).filter((name) => given[name] !== undefined);
    const [first, second] = bodies;
    if (second !== undefined) wrong(second, `${first} and ${second} both say what is sent: give one`);
    if (first !== undefined && (given.method === "GET" || given.method === "HEAD"))
      wrong(first, `a ${given.method} sends nothing: say method: POST`);
    if (given.password !== undefined && given.username === undefined) wrong("password", "say whose: username");
    if (given.username !== undefined && given.password === undefined) wrong("username", "say the password, too");
    if (given.unless !== undefined && looksOnly(given.method))
      wrong("unless", `a ${given.method} changes nothing, so nothing makes it unnecessary`);
    if (given.method === "HEAD" && (given.expect !== undefined || given.contains !== undefined))
      wrong(given.expect === undefined ? "contains" : "expect", "the answer to a HEAD has no body");
  });
type Params = z.output<typeof params>;

export const http = defineAction({
  name: "http",
  summary: "Ask an HTTP server, or send it something.",
  description: `A GET, HEAD or OPTIONS is a look: it is made in check mode too and never counts as a change. The other methods change something:
they count as changed each time, unless \`unless\` finds that what they do is done already. The task fails if the answer is not as \`status\`, \`expect\` and
\`contains\` want it; \`wait_for\` asks again until they are. Redirections are not followed: \`headers.location\` says where they lead.`,
  params,
  shorthand: "url",
  // What a server answers is asked for in its turn: it may be the internet, and it may be slow.
  ahead: false,
  probes: (given) => ({
    answer: looksOnly(given.method) ? read.http({ ...request(given), orUnanswered: true }) : undefined,
    done: given.unless === undefined ? undefined : read.http({ ...lookOf(given, given.unless), orUnanswered: true }),
  }),
  act(given, { answer, done }) {
    if (answer !== undefined) {
      const trouble = httpTrouble(given, answer, given.secret);
      return trouble === null
        ? { kind: "looked", value: resultOf(given, answer, null) }
        : refuse(`${given.method} ${given.url}: ${trouble}`, hintFor(answer));
    }
    if (given.unless !== undefined && done !== undefined && httpTrouble(given.unless, done) === null)
      return { kind: "unnecessary", why: `${given.unless.url ?? given.url} answers as \`unless\` says` };
    return { kind: "perform", steps: [write.http(request(given))] };
  },
  judge(given, replies) {
    const answer = answerIn(replies);
    const trouble = answer === undefined ? null : httpTrouble(given, answer, given.secret);
    if (answer === undefined || trouble === null) return null;
    const hint = hintFor(answer);
    return { why: `${given.method} ${given.url}: ${trouble}`, ...(hint !== undefined && { hint }) };
  },
  result: (given, replies, { why }) => resultOf(given, replies === null ? undefined : answerIn(replies), why),
  examples: [
    "http: { url: http://127.0.0.1:8384/rest/noauth/health, status: [200, 403], timeout: 5s }",
    `http:
  url: https://api.example.com/v1/webhooks
  method: POST
  from: controller
  json: { name: lab, events: [push] }
  headers: { Authorization: "Bearer {{ token }}" }
  status: [200, 201]
  unless: { url: "https://api.example.com/v1/webhooks/lab", expect: { active: true } }`,
  ],
});

function looksOnly(method: Params["method"]): boolean {
  return method === "GET" || method === "HEAD" || method === "OPTIONS";
}

function request(given: Params) {
  const { body, type } = bodyOf(given);
  const typed = type === null ? headersOf(given) : withHeader(headersOf(given), "Content-Type", type);
  return { ...common(given), method: given.method, url: given.url, headers: typed, ...(body !== null && { body }) };
}

function lookOf(given: Params, unless: NonNullable<Params["unless"]>) {
  const headers = unless.headers === undefined ? headersOf(given) : headersOf({ ...given, headers: unless.headers });
  return { ...common(given), method: "GET", url: unless.url ?? given.url, headers };
}

function common({ from, insecure, timeout }: Params) {
  return {
    ...(from === "controller" && { at: "controller" as const }),
    ...(insecure && { insecure }),
    limitMs: timeout * 1000,
  };
}

function headersOf({ headers, username, password }: Params): Headers {
  if (username === undefined || password === undefined) return headers;
  return withHeader(headers, "Authorization", basicAuth(username, password));
}

function bodyOf({ body, json, form }: Params): { readonly body: string | Secret | null; readonly type: string | null } {
  if (json !== undefined) return { body: revealed(json, (value) => JSON.stringify(value)), type: "application/json" };
  if (form === undefined) return { body: body ?? null, type: null };
  const encode = (value: unknown) =>
    new URLSearchParams(Object.entries(value as Readonly<Record<string, string>>)).toString();
  return { body: revealed(form, encode), type: "application/x-www-form-urlencoded" };
}

/** Written out with its secrets; then all of it is one. */
function revealed(value: unknown, write: (plain: unknown) => string): string | Secret {
  let secrets = 0;
  const plain = (each: unknown): unknown => {
    if (each instanceof Secret) {
      secrets += 1;
      return each.reveal();
    }
    if (Array.isArray(each)) return each.map(plain);
    if (typeof each !== "object" || each === null) return each;
    return Object.fromEntries(Object.entries(each).map(([key, child]) => [key, plain(child)]));
  };
  const text = write(plain(value));
  return secrets > 0 ? new Secret(text) : text;
}

function answerIn(replies: readonly OpReply[]): HttpAnswer | undefined {
  const reply = replies[0];
  return reply?.kind === "done" && isAnswer(reply.answer) ? reply.answer : undefined;
}
function isAnswer(answer: unknown): answer is HttpAnswer {
  return typeof answer === "object" && answer !== null && "status" in answer && "body" in answer && "headers" in answer;
}

function hintFor({ status, headers }: HttpAnswer): string | undefined {
  if (status === 0) return "is the server up, the address right? wait_for waits for it";
  if (status >= 300 && status < 400 && headers.location !== undefined) return `it leads to ${headers.location}`;
  if (status === 401 || status === 403) return "are the key, user and password right?";
  return undefined;
}

/** The same fields whether it was sent or not. */
function resultOf({ url, secret }: Params, answer: HttpAnswer | undefined, why: string | null): ValueMap {
  const { status, headers = {}, body } = answer ?? {};
  const parsed = body === undefined ? null : (parseJson(body) as Value);
  return {
    url,
    status: status ?? null,
    headers: secret ? hide(headers) : headers,
    body: body === undefined ? null : secret ? new Secret(body) : body,
    json: secret ? hide(parsed) : parsed,
    unnecessary: why,
  };
}

function hide(value: Value): Value {
  if (typeof value === "string") return new Secret(value);
  if (Array.isArray(value)) return value.map(hide);
  if (typeof value !== "object" || value === null || value instanceof Secret) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, hide(each as Value)]));
}
