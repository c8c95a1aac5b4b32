import { contentBytes } from "../../ops/content.ts";
import type { HttpAnswer, HttpSpec, OpReply } from "../../ops/ir.ts";
import { Secret } from "../../value/secret.ts";
import { type HttpRequest, isLoopback } from "../http/service.ts";
import { httpServices } from "../http/services.ts";
import type { Session } from "../session.ts";
import { NotImitated } from "../tool.ts";

/** Asks whichever of the lab's servers listens there; on the host itself a port without one refuses. */
export function interpretHttp(session: Session, operation: HttpSpec): OpReply {
  session.spend(REQUEST_MS);
  const request = requestOf(operation);
  for (const service of httpServices) {
    const answer = service.answer(session, request);
    if (answer !== null) return { kind: "done", answer };
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
