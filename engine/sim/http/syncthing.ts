import { parseDeviceId } from "../../formats/device-id.ts";
import { parseJson } from "../../formats/json.ts";
import { syncthingUrl } from "../../formats/syncthing-config.ts";
import type { HttpAnswer } from "../../ops/ir.ts";
import { FileError } from "../files/file-tree.ts";
import type { Session } from "../session.ts";
import { merge, prepared, putDevice, putFolder, putGui, WrongType } from "../syncthing/change-config.ts";
import { type Config, isMap } from "../syncthing/config-xml.ts";
import { GUI, type JsonMap, OPTIONS } from "../syncthing/defaults.ts";
import { beginFolder, folderPath, folderStatus, ignoresOf, keepIgnores } from "../syncthing/folder.ts";
import { configOf, type Instance, keepConfig, listening, ownId } from "../syncthing/instance.ts";
import { NotImitated } from "../tool.ts";
import { type HttpRequest, type HttpService, isOwn, json, text } from "./service.ts";

/** The API of each Syncthing 1.19.2 that runs on the host. Its settings are its config.xml, and nothing else. */
export const syncthingApi: HttpService = {
  name: "syncthing",
  rests: "recorded",
  answer(session, request) {
    for (const instance of listening(session)) {
      const config = configOf(instance);
      if (config === undefined) continue;
      const at = syncthingUrl({ address: String(config.gui.address), tls: config.gui.useTLS === true });
      if (at !== null && listensAt(session, request, at)) return answered(instance, config, request);
    }
    return null;
  },
};

function listensAt(session: Session, request: HttpRequest, at: string): boolean {
  const { hostname, port } = new URL(at);
  return isOwn(session, request, Number(port)) || (request.url.hostname === hostname && request.url.port === port);
}

function answered(instance: Instance, config: Config, request: HttpRequest): HttpAnswer {
  const path = request.url.pathname;
  if (!path.startsWith("/rest/")) throw new NotImitated(`the embedded lab does not imitate Syncthing's ${path}`);
  if (path.startsWith("/rest/noauth/")) return missing();
  if (request.headers["x-api-key"] !== config.gui.apiKey) return text(403, "CSRF Error\n");
  try {
    return path.startsWith("/rest/config")
      ? settings(instance, config, request, path.slice("/rest/config".length))
      : other(instance, config, request, path.slice("/rest/".length));
  } catch (error) {
    if (error instanceof WrongType) return text(400, `${error.message}\n`);
    throw error;
  }
}
const missing = () => text(404, "404 page not found\n");
const shown = (value: unknown): HttpAnswer => ({ ...json(200, value), body: `${JSON.stringify(value, null, 2)}\n` });
const done = (): HttpAnswer => ({ status: 200, headers: {}, body: "" });

function settings(instance: Instance, config: Config, request: HttpRequest, path: string): HttpAnswer {
  const [, what = "", ...rest] = path.split("/");
  const id = decodeURIComponent(rest.join("/"));
  const { method } = request;
  if (path === "" && method === "GET") return shown(config);
  if (path === "/restart-required" && method === "GET") return shown({ requiresRestart: waits(instance) });
  // An id with a slash in it names nothing, escaped or not.
  if (rest.length > 1 || id.includes("/")) return missing();
  if (what === "options" || what === "gui") return section(instance, config, request, what);
  if (what === "devices") return id === "" ? listed(config.devices, method) : device(instance, config, request, id);
  if (what === "folders") return id === "" ? listed(config.folders, method) : folder(instance, config, request, id);
  return missing();
}
function listed(items: readonly JsonMap[], method: string): HttpAnswer {
  if (method === "GET") return shown(items);
  throw new NotImitated(`the embedded lab does not imitate ${method} of all devices or folders at once`);
}

function section(instance: Instance, config: Config, request: HttpRequest, what: "options" | "gui"): HttpAnswer {
  const { method } = request;
  if (method === "GET") return shown(config[what]);
  const body = bodyOf(request);
  if (typeof body === "string") return text(400, body);
  if (what === "gui") keepConfig(instance, putGui(config, body, method === "PUT", GUI));
  else {
    const options = merge(method === "PUT" ? OPTIONS : config.options, body, "OptionsConfiguration");
    keepConfig(instance, { ...config, options });
    if (options.databaseTuning !== config.options.databaseTuning) markWaiting(instance, true);
  }
  return done();
}

function device(instance: Instance, config: Config, request: HttpRequest, given: string): HttpAnswer {
  const parsed = parseDeviceId(given);
  if (!("id" in parsed)) {
    const bare = given.replaceAll("-", "");
    const why =
      bare.length === 56 ? `"${bare}": check digit incorrect` : `"${given}": device ID invalid: incorrect length`;
    return text(400, `${why}\n`);
  }
  const { id } = parsed;
  const is = config.devices.find(({ deviceID }) => deviceID === id);
  if (request.method === "DELETE") {
    keepConfig(instance, prepared({ ...config, devices: config.devices.filter((each) => each !== is) }));
    return done();
  }
  if (is === undefined && request.method !== "PUT") return text(404, "No device with given ID\n");
  if (request.method === "GET") return shown(is);
  const body = bodyOf(request);
  if (typeof body === "string") return text(400, body);
  keepConfig(instance, putDevice(config, id, body, request.method === "PUT"));
  return done();
}

function folder(instance: Instance, config: Config, request: HttpRequest, id: string): HttpAnswer {
  const is = config.folders.find((each) => each.id === id);
  if (request.method === "DELETE") {
    keepConfig(instance, { ...config, folders: config.folders.filter((each) => each !== is) });
    return done();
  }
  if (is === undefined && request.method !== "PUT") return text(404, "No folder with given ID\n");
  if (request.method === "GET") return shown(is);
  const body = bodyOf(request);
  if (typeof body === "string") return text(400, body);
  const next = putFolder(config, id, body, request.method === "PUT");
  const now = next.folders.find((each) => each.id === id);
  if (now?.path === "") return text(500, `folder "${id}": folder has empty path\n`);
  keepConfig(instance, next);
  // One with an empty index gets its marker when it begins: a new one, one that is no longer paused, one that has moved.
  const begins = is === undefined || is.paused === true || folderPath(instance, is) !== folderPath(instance, now ?? is);
  if (now !== undefined && begins) beginFolder(instance, now);
  return done();
}

function other(instance: Instance, config: Config, request: HttpRequest, path: string): HttpAnswer {
  const { method, url } = request;
  const id = url.searchParams.get("folder") ?? "";
  const is = config.folders.find((each) => each.id === id);
  switch (`${method} ${path}`) {
    case "GET system/ping":
      return shown({ ping: "pong" });
    case "GET system/version":
      return shown({
        arch: "amd64",
        codename: "Fermium Flea",
        isBeta: true,
        isRelease: true,
        os: "linux",
        version: "v1.19.2-ds1",
      });
    case "GET system/status":
      return shown(status(instance, config));
    case "GET system/connections":
      return shown({
        connections: Object.fromEntries(
          config.devices.map(({ deviceID, paused }) => [
            String(deviceID),
            { connected: false, paused, address: "", type: "" },
          ]),
        ),
      });
    case "GET db/status":
      return is === undefined ? text(404, "no such folder\n") : shown(folderStatus(instance, is));
    case "GET db/ignores":
      if (is === undefined) return text(500, `folder ${id} does not exist\n`);
      return ignores(instance, is);
    case "POST db/ignores": {
      // It forgets to say which one.
      if (is === undefined) return text(500, "folder  does not exist\n");
      const body = bodyOf(request);
      const lines = typeof body === "string" || !Array.isArray(body.ignore) ? [] : body.ignore.map(String);
      try {
        keepIgnores(instance, is, lines);
      } catch (error) {
        if (error instanceof FileError) return text(500, `${error.message}\n`);
        throw error;
      }
      return ignores(instance, is);
    }
    case "POST system/restart": {
      const host = instance.session.change();
      const unit = host.units[instance.unit.name];
      if (unit !== undefined)
        host.units[instance.unit.name] = { ...unit, since: host.clockMs, starts: unit.starts + 1 };
      markWaiting(instance, false);
      return { ...json(200, null), body: '{"ok": "restarting"}\n' };
    }
    default:
      throw new NotImitated(`the embedded lab does not imitate Syncthing's ${method} /rest/${path}`);
  }
}

function status(instance: Instance, config: Config): JsonMap {
  const { host } = instance.session;
  const since = host.units[instance.unit.name]?.since ?? 0;
  return {
    guiAddressOverridden: false,
    guiAddressUsed: config.gui.address ?? "",
    myID: ownId(instance),
    pathSeparator: "/",
    startTime: new Date(since).toISOString().replace(/\.\d+Z$/, "Z"),
    tilde: instance.user.home,
    uptime: Math.floor((host.clockMs - since) / 1000),
    urVersionMax: 3,
  };
}

function ignores(instance: Instance, is: JsonMap): HttpAnswer {
  const lines = ignoresOf(instance, is);
  const patterns = lines.filter((line) => line !== "" && !line.startsWith("//") && !line.startsWith("#"));
  const expanded = patterns.flatMap((line) => {
    const [, marks = "", pattern = ""] = /^((?:!|\(\?[id]\))*)(.*)$/.exec(line) ?? [];
    const prefix = ["(?d)", "(?i)", "!"].filter((mark) => marks.includes(mark)).join("");
    const rest = marks.includes("(?i)") ? pattern.toLowerCase() : pattern;
    const ways = rest.startsWith("/") ? [rest, `${rest}/**`] : [rest, `**/${rest}`, `${rest}/**`, `**/${rest}/**`];
    return ways.map((way) => `${prefix}${way}`);
  });
  return shown({ error: null, expanded, ignore: lines.length === 0 ? null : lines });
}

function bodyOf({ body }: HttpRequest): JsonMap | string {
  const parsed = parseJson(body);
  return isMap(parsed as JsonMap) ? (parsed as JsonMap) : "invalid character in JSON\n";
}

/** Settings that count only from the next start: the process knows, no file does. */
function waits({ session, home }: Instance): boolean {
  return session.host.syncthing?.waitForRestart.includes(home) === true;
}
function markWaiting({ session, home }: Instance, restart: boolean): void {
  const host = session.change();
  const others = (host.syncthing?.waitForRestart ?? []).filter((each) => each !== home);
  host.syncthing = { waitForRestart: restart ? [...others, home] : others };
}
