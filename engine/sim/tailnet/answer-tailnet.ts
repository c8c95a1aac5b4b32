import type { HttpAnswer } from "../../ops/ir.ts";
import type { HttpRequest } from "../http/service.ts";
import { type Caller, callerOf, grantToken } from "./caller.ts";
import { notFound, refusal, type TailnetDesk } from "./desk.ts";
import { answerDevice, listDevices } from "./devices-api.ts";
import { answerKeys } from "./keys-api.ts";
import { answerPolicy } from "./policy-api.ts";

/** What Tailscale's API answers. A request changes the tailnet through `desk.change()` alone. */
export function answerTailnet(desk: TailnetDesk, request: HttpRequest): HttpAnswer {
  const parts = request.url.pathname.split("/").slice(1);
  if (parts[0] !== "api" || parts[1] !== "v2") return notFound;
  const [area = "", ...rest] = parts.slice(2).map(decodePart);
  if (area === "oauth" && rest.join("/") === "token") {
    return request.method === "POST" ? grantToken(desk, request) : refusal(405, "method not allowed");
  }
  const caller = callerOf(desk, request);
  if ("status" in caller) return caller;
  const fields = request.url.searchParams.get("fields") ?? "";
  if (area === "device") {
    const [id = "", ...what] = rest;
    return answerDevice(desk, caller, { method: request.method, id, what: what.join("/"), body: request.body }, fields);
  }
  if (area !== "tailnet") return notFound;
  const [name = "", ...what] = rest;
  if (name !== "-" && name !== desk.tailnet.name) return refusal(404, "tailnet not found");
  return answerTailnetPart(desk, caller, request, what, fields);
}

function answerTailnetPart(
  desk: TailnetDesk,
  caller: Caller,
  request: HttpRequest,
  what: readonly string[],
  fields: string,
): HttpAnswer {
  const { method, body } = request;
  if (what[0] === "devices" && what.length === 1) {
    return method === "GET" ? listDevices(desk, caller, fields) : refusal(405, "method not allowed");
  }
  if (what[0] === "acl" && what.length <= 2) return answerPolicy(desk, caller, request, what[1] ?? "");
  if (what[0] === "keys" && what.length <= 2) return answerKeys(desk, caller, method, what[1] ?? "", body);
  return notFound;
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch (error) {
    if (error instanceof URIError) return part;
    throw error;
  }
}
