import type { HttpAnswer } from "../../ops/ir.ts";
import type { Session } from "../session.ts";
import type { RestsOn } from "../tool.ts";

/** A request as a service gets it. */
export interface HttpRequest {
  readonly method: string;
  readonly url: URL;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Which try it is, from 1 (unsaid): a client that retries asks a busy server again. */
  readonly attempt?: number;
}
/** One server that the lab imitates: a daemon on a host, or an API of the internet. */
export interface HttpService {
  readonly name: string;
  readonly rests: RestsOn;
  /**
   * Null: it is not what listens at this address, as seen from the session's host. A service changes things through the
   * session alone, so a look that would change something is refused as everywhere.
   */
  answer(session: Session, request: HttpRequest): HttpAnswer | null;
}

export function json(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): HttpAnswer {
  return { status, headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(body) };
}
export function text(status: number, body: string, headers: Readonly<Record<string, string>> = {}): HttpAnswer {
  return { status, headers: { "content-type": "text/plain; charset=utf-8", ...headers }, body };
}

/** Whether an address means the host itself, on this port. */
export function isOwn(session: Session, { url }: HttpRequest, port: number): boolean {
  return Number(url.port || (url.protocol === "https:" ? 443 : 80)) === port && isLoopback(session, url.hostname);
}
export function isLoopback(session: Session, name: string): boolean {
  return name === "localhost" || name === "[::1]" || /^127(\.\d{1,3}){3}$/.test(name) || name === session.host.hostname;
}
