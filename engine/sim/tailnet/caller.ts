import { createHash } from "node:crypto";
import type { HttpAnswer } from "../../ops/ir.ts";
import { type HttpRequest, json } from "../http/service.ts";
import { type Frozen, own } from "../world.ts";
import { refusal, type TailnetDesk } from "./desk.ts";
import type { Tailnet } from "./state.ts";

/** Who asks: with an API key, or as an OAuth client. */
export interface Caller {
  readonly scopes: readonly string[] | "all";
  /** Of an OAuth client: the tags that it may give away. */
  readonly tags: readonly string[] | null;
}

const TOKEN_MS = 3_600_000;

/** Whom the request's header names; an answer that refuses where it names nobody. */
export function callerOf({ tailnet, nowMs }: TailnetDesk, { headers }: HttpRequest): Caller | HttpAnswer {
  const presented = credentialOf(headers.authorization ?? "");
  const key = own(tailnet.apiKeys, presented);
  if (key !== undefined && (key.expiresAt === null || key.expiresAt > nowMs)) return { scopes: key.scopes, tags: null };
  return clientOf(tailnet, presented, nowMs) ?? refusal(401, "API token invalid");
}

/** A key comes as the user of a basic header, or as a bearer. */
function credentialOf(header: string): string {
  const [, scheme = "", value = ""] = /^(Basic|Bearer)\s+(\S+)$/i.exec(header) ?? [];
  if (scheme.toLowerCase() !== "basic") return value;
  return Buffer.from(value, "base64").toString("utf8").split(":", 1)[0] ?? "";
}

/** Whether someone may do something; `policy_file:read` allows only to look. */
export function may({ scopes }: Caller, scope: string, writes: boolean): boolean {
  if (scopes === "all") return true;
  return ["all", scope].some((each) => scopes.includes(each) || (!writes && scopes.includes(`${each}:read`)));
}

/**
 * Exchanges a client's secret for a token. Nothing is kept of it: the token says for whom and until when it is, and a
 * hash of the secret vouches for it. So asking for one is a look, as it is to whoever asks.
 */
export function grantToken({ tailnet, nowMs }: TailnetDesk, { body }: HttpRequest): HttpAnswer {
  const form = new URLSearchParams(body);
  const id = form.get("client_id") ?? "";
  const client = own(tailnet.oauthClients, id);
  if (client === undefined || client.secret !== form.get("client_secret")) {
    return json(401, { error: "invalid_client", error_description: "client authentication failed" });
  }
  const grant = form.get("grant_type");
  if (grant !== null && grant !== "client_credentials") return json(400, { error: "unsupported_grant_type" });
  const expiresAt = nowMs + TOKEN_MS;
  return json(200, {
    access_token: tokenOf(id, client.secret, expiresAt),
    token_type: "Bearer",
    expires_in: TOKEN_MS / 1000,
    scope: client.scopes.join(" "),
  });
}

function tokenOf(id: string, secret: string, expiresAt: number): string {
  const seal = createHash("sha256").update(`${id} ${secret} ${expiresAt}`).digest("hex").slice(0, 24);
  return `access.${id}.${expiresAt}.${seal}`;
}

function clientOf(tailnet: Frozen<Tailnet>, token: string, nowMs: number): Caller | null {
  const [, id = "", until = ""] = /^access\.(.+)\.(\d+)\.[0-9a-f]+$/.exec(token) ?? [];
  const client = own(tailnet.oauthClients, id);
  if (client === undefined || Number(until) <= nowMs || tokenOf(id, client.secret, Number(until)) !== token)
    return null;
  return { scopes: client.scopes, tags: client.tags };
}
