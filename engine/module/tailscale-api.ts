import { z } from "zod";
import { member, parseJson } from "../formats/json.ts";
import { read, write } from "../ops/build.ts";
import type { HttpAnswer, ReadOp, WriteOp } from "../ops/ir.ts";
import { Secret } from "../value/secret.ts";
import { secret } from "./params.ts";
import { type Refusal, refuse } from "./plan.ts";

/**
 * Tailscale's API as modules use it: always from the controller, so that no key of it reaches a host. An OAuth client's
 * secret is exchanged for a token by a first look (`tailscaleToken`), which `tailscaleAccess` needs for all else.
 */
export const tailscaleAuth = z
  .strictObject({
    api_key: filled(
      "an API key (tskey-api-…)",
      "An API access token, `tskey-api-…`. It expires after 90 days at most.",
    ).optional(),
    oauth_client: z
      .strictObject({
        id: z
          .string()
          .regex(/^[\x21-\x7e]{1,200}$/, { error: "expected the id of an OAuth client" })
          .describe("Id of the client."),
        secret: filled("an OAuth client's secret (tskey-client-…)", "Its secret, `tskey-client-…`."),
      })
      .optional()
      .describe("An OAuth client, which does not expire."),
  })
  .superRefine(({ api_key, oauth_client }, context) => {
    if ((api_key === undefined) === (oauth_client === undefined))
      context.addIssue({ code: "custom", message: "give either api_key or oauth_client" });
  });

export const tailscaleApiUrl = z
  .string()
  .refine(isSafeBase, {
    error:
      "expected an address such as https://api.tailscale.com (http only to this machine itself: keys travel there)",
  })
  .transform((url) => url.replace(/\/+$/, ""));

export const tailscaleTailnet = z.string().regex(/^(?:-|[A-Za-z0-9](?:[\w.@+-]{0,252}[A-Za-z0-9])?)$/, {
  error: "expected the name of a tailnet, such as example.com, or - for that of the key",
});

/** The three parameters of a module that works through the API. */
export const tailscaleApiParams = {
  auth: tailscaleAuth.describe(
    "How to log in to the API: `api_key` or `oauth_client`. It is used on the controller alone.",
  ),
  tailnet: tailscaleTailnet.default("-").describe("The tailnet. `-`: the one that the key belongs to."),
  api_url: tailscaleApiUrl.default("https://api.tailscale.com").describe("Where the API is."),
};
export interface TailscaleApi {
  readonly auth: z.output<typeof tailscaleAuth>;
  readonly tailnet: string;
  readonly api_url: string;
}

/** The first look with an OAuth client: exchanges its secret for a token of an hour. Undefined where an API key does without. */
export function tailscaleToken({ auth: { oauth_client }, api_url }: TailscaleApi): ReadOp<HttpAnswer> | undefined {
  if (oauth_client === undefined) return undefined;
  const form = new URLSearchParams({
    client_id: oauth_client.id,
    client_secret: oauth_client.secret.reveal(),
    grant_type: "client_credentials",
  });
  return read.http({
    method: "POST",
    url: `${api_url}/api/v2/oauth/token`,
    headers: { "Content-Type": "application/x-www-form-urlencoded", Accept: "application/json" },
    body: new Secret(form.toString()),
    ...COMMON,
    ...PATIENT,
    // A token hangs on nothing that a play changes.
    looksAt: [],
  });
}

interface RequestOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly json?: unknown;
  readonly body?: string;
  /** How often it is tried again where the server is busy (429) or broken (5xx). Unsaid: looks 4 times, changes never. */
  readonly retries?: number;
}
/** What the API can be asked with this key. Paths are those below `/api/v2`. */
export interface TailscaleAccess {
  readonly kind: "access";
  /** `/tailnet/NAME` and what follows. */
  tailnet(path: string): string;
  look(method: "GET" | "POST", path: string, options?: RequestOptions): ReadOp<HttpAnswer>;
  /** Fails with the server's words unless it answers 200 (or one of `okStatuses`). It touches nothing on the host. */
  send(
    method: "POST" | "PATCH" | "DELETE",
    path: string,
    options?: RequestOptions & { readonly okStatuses?: readonly number[] },
  ): WriteOp;
}

/** `token` is the answer to `tailscaleToken`. */
export function tailscaleAccess(api: TailscaleApi, token: HttpAnswer | undefined): TailscaleAccess | Refusal {
  const bearer = bearerOf(api, token);
  if (!(bearer instanceof Secret)) return bearer;
  const request = (path: string, { headers = {}, json, body }: RequestOptions) => ({
    url: `${api.api_url}/api/v2${path}`,
    headers: {
      Accept: "application/json",
      ...(json !== undefined && { "Content-Type": "application/json" }),
      ...headers,
      Authorization: bearer,
    },
    ...(json !== undefined ? { body: JSON.stringify(json) } : body !== undefined ? { body } : {}),
    ...COMMON,
  });
  return {
    kind: "access",
    tailnet: (path) => `/tailnet/${encodeURIComponent(api.tailnet)}${path}`,
    look: (method, path, options = {}) =>
      read.http({ method, ...request(path, options), ...PATIENT, ...retriesOf(options), ...LOOKS_AT }),
    send: (method, path, options = {}) =>
      write.http({
        method,
        ...request(path, options),
        ...retriesOf(options),
        okStatuses: options.okStatuses ?? [200],
        touches: [TAILNET],
      }),
  };
}

/** What requests to the API touch and look at, for the certainty of checks: nothing that a host has. */
export const TAILNET = "internet:tailnet";

/** Why an answer is none to go on with; null if it is fine. `doing` completes "cannot …"; `scope` is what an OAuth client needs for it. */
export function tailscaleTrouble(answer: HttpAnswer, doing: string, scope?: string): Refusal | null {
  const { status, body } = answer;
  const said = messageOf(answer);
  const words = said === "" ? "" : `: ${said}`;
  if (status === 0)
    return refuse(
      `cannot ${doing}: Tailscale's API does not answer${answer.unanswered ? ` (${answer.unanswered})` : ""}`,
      "it is asked from the machine that runs lab, which needs a way to the internet and its names",
    );
  if (isHtml(answer) || (status >= 300 && status < 400))
    return refuse(
      `cannot ${doing}: what answers (status ${status}) is not Tailscale's API but something for browsers`,
      "a proxy or a log-in page of the network stands in between, or api_url is another server's",
    );
  if (status >= 200 && status < 300) {
    if (
      /^(?:application\/json\b.*)?$/i.test(answer.headers["content-type"] ?? "") &&
      body.trim() !== "" &&
      !isJson(body)
    )
      return refuse(`cannot ${doing}: the answer of Tailscale's API is not whole`, "run it again");
    return null;
  }
  if (status === 401)
    return refuse(
      `cannot ${doing}: Tailscale's API does not accept the key${words}`,
      "API keys expire after 90 days at most: make a new one under Settings, Keys in the admin console, or an OAuth client, which does not expire",
    );
  if (status === 403)
    return refuse(
      `cannot ${doing}: the key may not do this${words}`,
      scope === undefined
        ? "its owner needs to be an admin, an OAuth client the scope for it"
        : `an OAuth client needs the scope ${scope}; the owner of an API key must be an admin`,
    );
  if (status === 404)
    return refuse(
      `cannot ${doing}: Tailscale's API does not find it${words}`,
      "is it in this tailnet? `tailnet: -` is the one that the key belongs to",
    );
  if (status === 429)
    return refuse(
      `cannot ${doing}: Tailscale's API has had too many requests, and still after waiting`,
      "run it later",
    );
  if (status >= 500)
    return refuse(
      `cannot ${doing}: Tailscale's API is broken at the moment (status ${status}${words})`,
      "run it later",
    );
  return refuse(`cannot ${doing}: Tailscale's API answers ${status}${words}`);
}

const COMMON = { at: "controller", limitMs: 60_000 } as const;
const LOOKS_AT = { looksAt: [TAILNET] } as const;
// A look may be made again as often as one likes; and that nobody answers is told in our words.
const PATIENT = { retries: 4, orUnanswered: true } as const;

function retriesOf({ retries }: RequestOptions): { readonly retries?: number } {
  return retries === undefined ? {} : { retries };
}

function bearerOf({ auth }: TailscaleApi, token: HttpAnswer | undefined): Secret | Refusal {
  if (auth.api_key !== undefined) return new Secret(`Bearer ${auth.api_key.reveal()}`);
  if (token === undefined) return refuse("no OAuth token was asked for");
  if (token.status === 400 || token.status === 401)
    return refuse(
      `Tailscale's API does not accept the OAuth client${messageOf(token) === "" ? "" : `: ${messageOf(token)}`}`,
      "are id and secret those of one client, and is it still there under Settings, OAuth clients in the admin console?",
    );
  const trouble = tailscaleTrouble(token, "log in with the OAuth client");
  if (trouble !== null) return trouble;
  const text = member(parseJson(token.body), "access_token");
  if (typeof text !== "string" || !/^[\x21-\x7e]+$/.test(text))
    return refuse("Tailscale's API answers without a token", "is api_url right?");
  return new Secret(`Bearer ${text}`);
}

/** The server's own words; of a page for browsers none. */
function messageOf(answer: HttpAnswer): string {
  if (isHtml(answer)) return "";
  const parsed = parseJson(answer.body);
  for (const name of ["message", "error_description", "error"]) {
    const text = member(parsed, name);
    if (typeof text === "string" && text !== "") return text.slice(0, 500);
  }
  return parsed === null ? answer.body.trim().slice(0, 200) : "";
}

function isHtml({ headers, body }: HttpAnswer): boolean {
  return /html/i.test(headers["content-type"] ?? "") || /^\s*<(!doctype|html)/i.test(body);
}
function isJson(text: string): boolean {
  return parseJson(text) !== null || text.trim() === "null";
}

function filled(wanted: string, description: string) {
  return secret()
    .refine((key) => /^[\x21-\x7e]{1,1000}$/.test(key.reveal()), { error: `expected ${wanted}, on one line` })
    .describe(description);
}

/** Keys travel there: only encrypted, or without leaving the machine. */
function isSafeBase(text: string): boolean {
  if (!/^https?:\/\/[^\s?#@\\"]+$/.test(text) || !URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return protocol === "https:" || hostname === "localhost" || hostname === "[::1]" || /^127\./.test(hostname);
}
