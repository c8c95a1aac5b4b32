import { createHash } from "node:crypto";
import { member, parseJson } from "../../formats/json.ts";
import type { HttpAnswer } from "../../ops/ir.ts";
import { json } from "../http/service.ts";
import type { Frozen } from "../world.ts";
import { type Caller, may } from "./caller.ts";
import { notFound, refusal, type TailnetDesk } from "./desk.ts";
import type { TailnetAuthKey } from "./state.ts";
import { mayUseTags } from "./tag-rights.ts";

const MOST_SECONDS = 90 * 86_400;

/** A request below `/tailnet/NAME/keys`; `id` is empty for all of them. */
export function answerKeys(desk: TailnetDesk, caller: Caller, method: string, id: string, body: string): HttpAnswer {
  if (!may(caller, "auth_keys", method !== "GET")) {
    return refusal(403, "calling actor does not have enough permissions to perform this function");
  }
  const entry = Object.entries(desk.tailnet.authKeys).find(([, key]) => key.id === id);
  switch (`${method} ${id === "" ? "all" : "one"}`) {
    case "GET all":
      return json(200, { keys: Object.values(desk.tailnet.authKeys).map((key) => ({ id: key.id })) });
    case "POST all":
      return makeKey(desk, caller, parseJson(body));
    case "GET one":
      return entry === undefined ? notFound : json(200, shown(entry[1]));
    case "DELETE one": {
      if (entry === undefined) return notFound;
      delete desk.change().authKeys[entry[0]];
      return json(200, null);
    }
    default:
      return refusal(405, "method not allowed");
  }
}

function makeKey(desk: TailnetDesk, caller: Caller, body: unknown): HttpAnswer {
  const create = member(member(member(body, "capabilities"), "devices"), "create");
  if (create === undefined) return refusal(400, "capabilities.devices.create is required");
  const given = member(create, "tags") ?? [];
  if (!Array.isArray(given) || !given.every((tag) => typeof tag === "string"))
    return refusal(400, "tags must be a list");
  const tags: readonly string[] = given;
  // A client is nobody: what joins by its key can belong to tags alone.
  if (caller.tags !== null && tags.length === 0)
    return refusal(400, "tags are required to create an auth key with OAuth");
  const bad = mayUseTags(desk.tailnet, caller, tags);
  if (bad !== null) return refusal(400, bad);
  const seconds = member(body, "expirySeconds") ?? MOST_SECONDS;
  if (typeof seconds !== "number" || seconds < 1 || seconds > MOST_SECONDS)
    return refusal(400, "invalid expirySeconds");
  const tailnet = desk.change();
  tailnet.serial += 1;
  const id = `k${tailnet.serial}CNTRL`;
  const seal = createHash("sha256").update(`${tailnet.name} key ${tailnet.serial}`).digest("hex").slice(0, 32);
  const key: TailnetAuthKey = {
    id,
    reusable: member(create, "reusable") === true,
    ephemeral: member(create, "ephemeral") === true,
    preauthorized: member(create, "preauthorized") === true,
    tags: [...tags],
    expiresAt: desk.nowMs + seconds * 1000,
    used: false,
    user: Object.keys(tailnet.users)[0] ?? "",
  };
  // This once it is told, and never again.
  const secret = ["tskey", "auth", id, seal].join("-");
  tailnet.authKeys[secret] = key;
  return json(200, { ...shown(key), key: secret });
}

function shown(key: Frozen<TailnetAuthKey>): Readonly<Record<string, unknown>> {
  const { reusable, ephemeral, preauthorized, tags } = key;
  return {
    id: key.id,
    expires: new Date(key.expiresAt).toISOString(),
    capabilities: { devices: { create: { reusable, ephemeral, preauthorized, tags } } },
  };
}
