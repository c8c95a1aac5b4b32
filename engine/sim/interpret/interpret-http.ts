import { contentBytes } from "../../ops/content.ts";
import type { HttpAnswer, HttpSpec, OpReply } from "../../ops/ir.ts";
import { curlLimitMs } from "../../ops/limits.ts";
import { Secret } from "../../value/secret.ts";
import { type HttpRequest, isLoopback } from "../http/service.ts";
import { httpServices } from "../http/services.ts";
import type { Session } from "../session.ts";
import { NotImitated } from "../tool.ts";

/** Asks whichever of the lab's servers listens there; on the host itself a port without one refuses. */
export function interpretHttp(session: Session, operation: HttpSpec): OpReply {
  session.spend(REQUEST_MS);
  const request = requestOf(operation);
  for (let waitedMs = 0; ; waitedMs += PAUSE_MS) {
    for (const service of httpServices) {
      const answer = patiently(session, operation, (attempt) => service.answer(session, { ...request, attempt }));
      if (answer !== null) return { kind: "done", answer };
    }
    if (waitedMs >= (operation.patienceMs ?? 0)) break;
    session.spend(PAUSE_MS);
  }
  const { hostname, port, protocol } = request.url;
  if (!isLoopback(session, hostname)) {
    throw new NotImitated(`the embedded lab does not imitate what answers at ${operation.url}`);
  }
  const said = `curl: (7) Failed to connect to ${hostname} port ${port || (protocol === "https:" ? 443 : 80)}: Connection refused`;
  if (operation.orUnanswered !== true) return { kind: "failed", error: { code: "failed", message: said } };
  const answer: HttpAnswer = { status: 0, headers: {}, body: "", unanswered: said };
  return { kind: "done", answer };
}
const REQUEST_MS = 15;
const PAUSE_MS = 1000;

/** A server that is not ready is asked again as often as the operation says, as curl does: after a second, then ever later. */
function patiently(
  session: Session,
  operation: HttpSpec,
  ask: (attempt: number) => HttpAnswer | null,
): HttpAnswer | null {
  let waitedMs = 0;
  for (let attempt = 1; ; attempt += 1) {
    const answer = ask(attempt);
    if (answer === null || attempt > (operation.retries ?? 0) || !NOT_READY.has(answer.status)) return answer;
    const asked = Number(answer.headers["retry-after"]);
    const pauseMs = Number.isInteger(asked) ? asked * 1000 : PAUSE_MS * 2 ** (attempt - 1);
    if (waitedMs + pauseMs > curlLimitMs(operation)) return answer;
    session.spend(pauseMs);
    waitedMs += pauseMs;
  }
}
const NOT_READY: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);

function requestOf({ method, url, headers = {}, body }: HttpSpec): HttpRequest {
  return {
    method,
    url: new URL(url),
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [
        name.toLowerCase(),
        value instanceof Secret ? value.reveal() : value,
      ]),
    ),
    body: body === undefined ? "" : Buffer.from(contentBytes(body)).toString("utf8"),
  };
}
