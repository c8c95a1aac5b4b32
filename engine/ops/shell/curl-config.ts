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

function quoted(text: string): string {
  if (/[\0\r\n]/.test(text)) throw new Bug("a line break or NUL in an HTTP request's address, method or header");
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\t", "\\t")}"`;
}
