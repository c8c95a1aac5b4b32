import { type SyncthingApi, syncthingApi, syncthingUrl } from "../../engine/formats/syncthing-config.ts";
import {
  type HttpAnswer,
  type ReadOp,
  read,
  refuse,
  Secret,
  type Stat,
  type Step,
  write,
} from "../../engine/module/index.ts";
import type { Params } from "./params.ts";

/** Where Syncthing's API is, and what opens it. */
export interface Server {
  readonly url: string;
  readonly key: Secret;
  /** The config.xml that says so; null where the task does. */
  readonly file: string | null;
}

/** The folders in which a Syncthing with this home may keep its settings: with `--home`, before 1.27, and since. */
const FOLDERS = ["", "/.config/syncthing", "/.local/state/syncthing"] as const;
export const CONFIG_LOOKS = ["config", "oldConfig", "newConfig"] as const;

export function configLooks({ home, api_key }: Params) {
  const look = (folder: string): ReadOp<string | null> | undefined =>
    api_key === undefined ? read.text(`${home === "/" ? "" : home}${folder}/config.xml`) : undefined;
  return { config: look(FOLDERS[0]), oldConfig: look(FOLDERS[1]), newConfig: look(FOLDERS[2]) };
}
export interface SeenConfig {
  readonly config?: string | null | undefined;
  readonly oldConfig?: string | null | undefined;
  readonly newConfig?: string | null | undefined;
}

export function serverOf(given: Params, seen: SeenConfig): Server | ReturnType<typeof refuse> {
  const { home, url, api_key } = given;
  if (api_key !== undefined) return { url: url ?? "http://127.0.0.1:8384", key: api_key, file: null };
  const found = CONFIG_LOOKS.findIndex((look) => typeof seen[look] === "string");
  const xml = seen[CONFIG_LOOKS[found] ?? "config"];
  if (typeof xml !== "string")
    return refuse(
      `there is no config.xml of Syncthing in ${home}, nor in .config/syncthing or .local/state/syncthing below it`,
      "was Syncthing started once, and by this user? `home` says where it keeps its settings",
    );
  const file = `${home === "/" ? "" : home}${FOLDERS[found] ?? ""}/config.xml`;
  const api = syncthingApi(xml);
  if (api === null || api.apiKey === "")
    return refuse(`${file} has no key of the API`, "start Syncthing once: it makes one");
  if (!api.enabled)
    return refuse(
      `in ${file} the interface is off, and the API with it`,
      'set enabled="true" of <gui> while Syncthing is stopped',
    );
  const there = url ?? syncthingUrl(api);
  if (there === null)
    return refuse(
      `Syncthing listens on a socket (${api.address})`,
      "say `url`, where its API can be reached over HTTP",
    );
  return { url: there, key: new Secret(api.apiKey), file };
}

/** The same server once its interface has moved. */
export function movedTo(server: Server, given: Params, api: Pick<SyncthingApi, "address" | "tls">): Server {
  return { ...server, url: given.url ?? syncthingUrl(api) ?? server.url };
}

/** A daemon that has just been started takes some seconds until it listens: so long the first question is asked again. */
const PATIENCE_MS = 8_000;

export function ask(server: Server, path: string, patient = false): ReadOp<HttpAnswer> {
  return read.http({
    ...request(server, "GET", path),
    orUnanswered: true,
    ...(patient && { patienceMs: PATIENCE_MS }),
  });
}

/** A change over the API. Its body may hold passwords and is a secret as a whole. */
export function send(
  server: Server,
  method: "PUT" | "PATCH" | "POST" | "DELETE",
  path: string,
  body: unknown,
  touches: readonly string[] = [],
): Step {
  return write.http({
    ...request(server, method, path),
    ...(body !== undefined && { body: new Secret(JSON.stringify(body)) }),
    okStatuses: [200],
    touches: [...(server.file === null ? [] : [server.file]), `syncthing:${server.url}`, ...touches],
  });
}

/**
 * A change that ends the listener that is asked: it may be gone before it has answered. Whether the change was made is seen
 * when it is looked at again.
 */
export function sendLast(
  server: Server,
  method: "PATCH" | "POST",
  path: string,
  body: unknown,
  touches: readonly string[] = [],
): Step {
  const step = send(server, method, path, body, touches);
  return step.kind === "http" ? { ...step, okStatuses: [200, 0], orUnanswered: true } : step;
}

function request(server: Server, method: string, path: string) {
  return {
    method,
    url: `${server.url}/rest/${path}`,
    headers: { "X-API-Key": server.key },
    limitMs: 60_000,
    // Its certificate is its own. What goes to the loopback or to the address in its own file needs no other witness.
    ...(server.url.startsWith("https:") && { insecure: true }),
  };
}

/** Looks of the second round that are there whatever the task names. */
export function serverLooks(server: Server) {
  return {
    settings: ask(server, "config", true),
    status: ask(server, "system/status"),
    version: ask(server, "system/version"),
    restart: ask(server, "config/restart-required"),
    owner: server.file === null ? undefined : read.stat(server.file, { follow: true }),
  };
}
export interface SeenServer {
  readonly settings?: HttpAnswer;
  readonly status?: HttpAnswer;
  readonly version?: HttpAnswer;
  readonly restart?: HttpAnswer;
  readonly owner?: Stat | null | undefined;
}

/** Why the answers are none of Syncthing's; null if they are. */
export function serverTrouble(
  { url, file }: Server,
  { settings, status, version, restart }: SeenServer,
  keyGiven: boolean,
) {
  const unit = "systemctl status 'syncthing@*' (or your unit), journalctl -u …";
  for (const answer of [settings, status, version, restart]) {
    if (answer === undefined || answer.status === 0)
      return refuse(
        `Syncthing does not answer at ${url}: ${answer?.unanswered ?? "no answer"}`,
        `is its service running? ${unit}`,
      );
    if (answer.status === 401 || answer.status === 403)
      return refuse(
        `Syncthing at ${url} does not take the key of the API${keyGiven ? "" : ` in ${file ?? "config.xml"}`}: ${answer.status} ${answer.body.trim()}`,
        keyGiven
          ? "leave `api_key` out to have it read from config.xml"
          : "is it the config.xml of the Syncthing that runs there? A key in its environment (STGUIAPIKEY) is given by `api_key`",
      );
    if (answer.status === 404)
      return refuse(`what answers at ${url} has no such API`, "Syncthing has it since version 1.12");
    if (answer.status !== 200)
      return refuse(`Syncthing at ${url} answers ${answer.status}: ${answer.body.trim().slice(0, 300)}`, unit);
  }
  return null;
}
