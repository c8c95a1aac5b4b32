import { member, parseJson } from "../../formats/json.ts";
import type { HttpAnswer } from "../../ops/ir.ts";
import { json } from "../http/service.ts";
import type { Frozen } from "../world.ts";
import { type Caller, may } from "./caller.ts";
import { notFound, refusal, type TailnetDesk } from "./desk.ts";
import type { Tailnet, TailnetDevice } from "./state.ts";
import { mayUseTags } from "./tag-rights.ts";

const DENIED = refusal(403, "calling actor does not have enough permissions to perform this function");

export function listDevices({ tailnet }: TailnetDesk, caller: Caller, fields: string): HttpAnswer {
  if (!may(caller, "devices:core", false)) return DENIED;
  return json(200, { devices: Object.values(tailnet.devices).map((device) => shown(device, fields === "all")) });
}

/** A request below `/device/ID`; `what` is what follows. */
export function answerDevice(
  desk: TailnetDesk,
  caller: Caller,
  request: { readonly method: string; readonly id: string; readonly what: string; readonly body: string },
  fields: string,
): HttpAnswer {
  const { method, what } = request;
  const writes = method !== "GET";
  if (!may(caller, what === "routes" ? "devices:routes" : "devices:core", writes)) return DENIED;
  const device = findDevice(desk.tailnet, request.id);
  if (device === undefined) return notFound;
  const body = parseJson(request.body);
  const changed = (): TailnetDevice => {
    const found = desk.change().devices[device.nodeId];
    if (found === undefined) throw new Error(`the tailnet has lost ${device.nodeId}`);
    return found;
  };
  switch (`${method} ${what}`) {
    case "GET ":
      return json(200, shown(device, fields === "all"));
    case "DELETE ":
      delete desk.change().devices[device.nodeId];
      return json(200, null);
    case "GET routes":
      return json(200, routesOf(device));
    case "POST routes": {
      const routes = texts(member(body, "routes"));
      if (routes === null) return refusal(400, "routes must be a list of CIDRs");
      const wrong = routes.find((route) => !/^[0-9a-f.:]+\/\d+$/i.test(route));
      if (wrong !== undefined) return refusal(400, `netip.ParsePrefix("${wrong}"): no '/'`);
      const kept = changed();
      // The whole list is replaced; what is not advertised (yet) may be approved all the same.
      kept.enabledRoutes = [...new Set(routes)].sort();
      return json(200, routesOf(kept));
    }
    case "POST tags": {
      const tags = texts(member(body, "tags"));
      if (tags === null) return refusal(400, "tags must be a list");
      const bad = mayUseTags(desk.tailnet, caller, tags);
      if (bad !== null) return refusal(400, bad);
      const kept = changed();
      kept.tags = [...new Set(tags)].sort();
      // A tagged device belongs to its tags, and its key does not expire.
      if (tags.length > 0) kept.keyExpiryDisabled = true;
      return json(200, null);
    }
    case "POST key": {
      const disabled = member(body, "keyExpiryDisabled");
      if (typeof disabled !== "boolean") return refusal(400, "keyExpiryDisabled must be true or false");
      changed().keyExpiryDisabled = disabled;
      return json(200, null);
    }
    case "POST authorized": {
      const authorized = member(body, "authorized");
      if (typeof authorized !== "boolean") return refusal(400, "authorized must be true or false");
      changed().authorized = authorized;
      return json(200, null);
    }
    case "POST name": {
      const name = member(body, "name");
      if (typeof name !== "string" || !/^[a-z0-9][a-z0-9.-]*$/i.test(name)) return refusal(400, "invalid name");
      const suffix = device.name.slice(device.name.indexOf("."));
      changed().name = name.includes(".") ? name : `${name}${suffix}`;
      return json(200, null);
    }
    default:
      return refusal(405, "method not allowed");
  }
}

/** By its node id, or by the older number. */
export function findDevice(tailnet: Frozen<Tailnet>, id: string): Frozen<TailnetDevice> | undefined {
  return Object.values(tailnet.devices).find((device) => device.nodeId === id || device.id === id);
}

function routesOf({ advertisedRoutes, enabledRoutes }: Frozen<TailnetDevice>) {
  return { advertisedRoutes, enabledRoutes };
}

/** Routes are shown only to who asks for all fields; a device without tags has no such member. */
function shown(device: Frozen<TailnetDevice>, all: boolean): Readonly<Record<string, unknown>> {
  const { tags, advertisedRoutes, enabledRoutes, expiresAt, ...rest } = device;
  return {
    ...rest,
    ...(tags.length > 0 && { tags }),
    expires: new Date(expiresAt).toISOString().replace(/\.\d+Z$/, "Z"),
    os: "linux",
    isExternal: false,
    ...(all && { advertisedRoutes, enabledRoutes }),
  };
}

function texts(value: unknown): readonly string[] | null {
  return Array.isArray(value) && value.every((each) => typeof each === "string") ? value : null;
}
