import {
  change,
  type HttpAnswer,
  type Plan,
  refuse,
  type Value,
  type Verb,
  waiting,
  write,
} from "../../engine/module/index.ts";
import { devicesPart, devicesTrouble, type Part } from "./devices.ts";
import { namesOf } from "./folder-fields.ts";
import { foldersPart, foldersTrouble, type Node, type SeenFolders } from "./folders.ts";
import { guiPart, nodeTrouble, nodeWarnings, optionsPart } from "./node.ts";
import type { Params } from "./params.ts";
import { type Config, configOf, connectedOf, folderStatusOf, restartOf, statusOf, versionOf } from "./rest.ts";
import { ask, type SeenConfig, type SeenServer, type Server, sendLast, serverOf, serverTrouble } from "./server.ts";

export type Seen = SeenConfig & SeenServer & SeenFolders & { readonly connections?: HttpAnswer | undefined };

export function planFor(given: Params, seen: Seen): Plan {
  const server = serverOf(given, seen);
  if ("kind" in server) return server;
  const trouble = serverTrouble(server, seen, given.api_key !== undefined);
  if (trouble !== null) return trouble;
  const [config, status, version] = [configOf(seen.settings), statusOf(seen.status), versionOf(seen.version)];
  if (config === null || status === null)
    return refuse(
      `what answers at ${server.url} is not Syncthing's API`,
      "is the address right, and the version 1.12 or newer?",
    );
  const node: Node = { self: status.myID, tilde: status.tilde, version };
  const names = namesOf(given, config);
  const refused =
    nodeTrouble(given, config, version) ??
    devicesTrouble(given, config, version) ??
    foldersTrouble(given, config, node, names, seen);
  if (refused !== null) return refused;

  const options = optionsPart(given, config, server);
  const parts: Readonly<Record<string, Part | null>> = {
    options,
    devices: devicesPart(given, config, node.self, server),
    folders: foldersPart(given, config, node, names, server, seen),
    gui: guiPart(given, config, server),
  };
  const before: Record<string, Value> = {};
  const after: Record<string, Value> = {};
  for (const [name, part] of Object.entries(parts)) {
    if (part === null) continue;
    before[name] = part.before;
    after[name] = part.after;
  }
  const all = Object.values(parts).filter((part) => part !== null);
  const steps = [...all.flatMap((part) => part.steps), ...all.flatMap((part) => part.last)];
  const warnings = [...nodeWarnings(given, config), ...rootWarning(seen), ...folderWarnings(given, seen)];
  if (steps.length > 0) {
    if (options?.restart !== undefined) [before.restart, after.restart] = [null, options.restart];
    return change(before, after, steps, { warnings });
  }
  const broken = brokenFolder(given, config, seen);
  if (broken !== null) return broken;
  const missing = notThereYet(given, config, node, seen);
  return missing === null ? change(before, after, [], { warnings }) : waiting(missing, { warnings });
}

/** Done only when Syncthing itself says that settings wait for it. */
export function restartVerb(given: Params, seen: Seen): Verb | null {
  const server = serverOf(given, seen);
  if ("kind" in server || !restartOf(seen.restart)) return null;
  const since = statusOf(seen.status)?.startTime;
  return { name: "restart", steps: [sendLast(server, "POST", "system/restart", undefined), anew(server, since)] };
}
function anew(server: Server, since: string | undefined) {
  return write.waitUntil(
    ask(server, "system/status"),
    (answer) => {
      const start = statusOf(answer)?.startTime;
      return start !== undefined && start !== since;
    },
    { why: "Syncthing to be up again", forMs: 60_000 },
  );
}

function brokenFolder({ folders = [] }: Params, config: Config, seen: Seen): Plan | null {
  for (const { id } of folders) {
    const state = folderStatusOf(seen[`state ${id}`]);
    const paused = config.folders.find((each) => each.id === id)?.paused ?? false;
    if (!paused && state?.state === "error")
      return refuse(`folder ${id} is in error: ${state.error}`, "what Syncthing says of it stands in its journal too");
  }
  return null;
}

/** What is still to come about by itself; null if nothing is. */
function notThereYet(given: Params, config: Config, { self }: Node, seen: Seen): string | null {
  const pausedFolders = new Set(config.folders.filter(({ paused }) => paused).map(({ id }) => id));
  const folders = (given.folders ?? []).filter(({ id }) => !pausedFolders.has(id));
  const fresh = folders.find(({ id, path }) => path !== undefined && seen[`marker ${id}`] === null);
  if (fresh !== undefined) return `Syncthing has not made the marker of folder ${fresh.id} yet`;
  if (given.wait === "idle") {
    for (const { id } of folders) {
      const state = folderStatusOf(seen[`state ${id}`]);
      const need = state?.needTotalItems ?? state?.needFiles ?? 0;
      if (state?.state !== "idle") return `folder ${id} is ${state?.state || "starting"}`;
      if (need > 0) return `folder ${id} still needs ${need} ${need === 1 ? "item" : "items"}`;
    }
  }
  if (given.wait === "connected") {
    const connected = new Set(connectedOf(seen.connections));
    const pausedDevices = new Set(config.devices.filter(({ paused }) => paused).map(({ deviceID }) => deviceID));
    const away = (given.devices ?? []).find(({ id }) => id !== self && !pausedDevices.has(id) && !connected.has(id));
    if (away !== undefined) return `device ${away.name} is not connected`;
  }
  return null;
}

function rootWarning({ owner }: Seen): readonly string[] {
  return owner?.uid === 0
    ? [
        "Syncthing's settings belong to root: it runs as root, and so does whatever a device makes it write; give it a user of its own",
      ]
    : [];
}
function folderWarnings({ folders = [] }: Params, seen: Seen): readonly string[] {
  return folders.flatMap(({ id }) => {
    const errors = folderStatusOf(seen[`state ${id}`])?.pullErrors ?? 0;
    return errors === 0 ? [] : [`folder ${id}: ${errors} ${errors === 1 ? "item" : "items"} could not be synchronised`];
  });
}
