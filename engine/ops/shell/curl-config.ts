import { Bug } from "../../errors/bug.ts";
import { Secret } from "../../value/secret.ts";
import type { HttpSpec } from "../ir.ts";

/** curl's codes for: no such name, refused, too slow, no TLS there, nothing said, broken off. */
export const unansweredCodes: readonly number[] = [6, 7, 28, 35, 52, 56];

/** The configuration that curl reads on stdin. */
export function curlConfig(request: HttpSpec, seconds: number): string {
  const headers = Object.entries(request.headers ?? {});
  const named = new Set(headers.map(([name]) => name.toLowerCase()));
  const lines = [
    `url = ${quoted(request.url)}`,
    // -X HEAD would wait for a body that never comes.
    request.method === "HEAD" ? "head" : `request = ${quoted(request.method)}`,
    `max-time = ${seconds}`,
    ...patience(request),
    ...retrying(request, seconds),
    "globoff",
    `proto = "=http,https"`,
    "suppress-connect-headers",
    ...(request.insecure === true ? ["insecure"] : []),
    ...headers.map(
      ([name, value]) => `header = ${quoted(`${name}: ${value instanceof Secret ? value.reveal() : value}`)}`,
    ),
    // What curl would add of its own to a body: a form's type, and a question that not every server answers.
    ...(request.body === undefined || named.has("content-type") ? [] : [`header = "Content-Type:"`]),
    ...(named.has("expect") ? [] : [`header = "Expect:"`]),
  ];
  return `${lines.join("\n")}\n`;
}

/** Asking again each second while the connection is refused. */
function patience({ patienceMs = 0, retries = 0 }: HttpSpec): readonly string[] {
  const seconds = Math.ceil(patienceMs / 1000);
  return seconds === 0 ? [] : ["retry-connrefused", `retry = ${Math.max(seconds, retries)}`, "retry-delay = 1"];
}

/**
 * Asking again where the server is not ready. curl waits as long as the server asks for, else a second, then twice as
 * long each time; an answer that would come after the time limit is not waited for.
 */
function retrying({ patienceMs = 0, retries = 0 }: HttpSpec, seconds: number): readonly string[] {
  if (retries === 0) return [];
  return [...(patienceMs > 0 ? [] : [`retry = ${retries}`]), `retry-max-time = ${seconds}`];
}

/** What curl adds behind all output. Where it asks again, the answers stand one behind the other, and the last one has to be found. */
export function curlTrailer(request: HttpSpec): string {
  return asksAgain(request) ? "\\n%{size_header} %{size_download}" : "\\n%{size_header}";
}

export function asksAgain({ retries = 0, patienceMs = 0 }: HttpSpec): boolean {
  return retries > 0 || patienceMs > 0;
}

function quoted(text: string): string {
  if (/[\0\r\n]/.test(text)) throw new Bug("a line break or NUL in an HTTP request's address, method or header");
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\t", "\\t")}"`;
}
