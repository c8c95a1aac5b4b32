import { nearestName } from "../../engine/formats/nearest-name.ts";
import {
  type HttpAnswer,
  type ReadOp,
  type Refusal,
  read,
  refuse,
  type Stat,
  type Step,
  type Value,
  write,
} from "../../engine/module/index.ts";
import type { Part } from "./devices.ts";
import { bodyOf, changedFields, type Field, same, settingTrouble, shownFields } from "./fields.ts";
import { folderFields, type Names, plainPath } from "./folder-fields.ts";
import type { FolderParams, Params } from "./params.ts";
import { type Config, type Fields, type Folder, type FolderStatus, folderStatusOf, ignoresOf } from "./rest.ts";
import { ask, type Server, send } from "./server.ts";

/** Answers about single folders, by `marker ID`, `ignores ID` and `state ID`. */
export interface SeenFolders {
  readonly [look: `marker ${string}`]: Stat | null | undefined;
  readonly [look: `ignores ${string}`]: HttpAnswer | undefined;
  readonly [look: `state ${string}`]: HttpAnswer | undefined;
}

// Filled name by name: `Object.fromEntries` would forget what kind of look each name stands for, and the answers their types.
export function markerLooks({ folders = [] }: Params) {
  const looks: Record<`marker ${string}`, ReadOp<Stat | null>> = {};
  for (const folder of folders) {
    if (folder.path === undefined) continue;
    looks[`marker ${folder.id}`] = read.stat(`${folder.path}/${markerOf(folder)}`, { follow: true });
  }
  return looks;
}
export function folderLooks(server: Server, { folders = [] }: Params) {
  const looks: Record<`state ${string}` | `ignores ${string}`, ReadOp<HttpAnswer>> = {};
  for (const { id, ignores } of folders) {
    const folder = `folder=${encodeURIComponent(id)}`;
    looks[`state ${id}`] = ask(server, `db/status?${folder}`);
    if (ignores !== undefined) looks[`ignores ${id}`] = ask(server, `db/ignores?${folder}`);
  }
  return looks;
}
function markerOf({ settings }: FolderParams, is?: Folder): string {
  const wanted = settings?.markerName ?? is?.markerName;
  return typeof wanted === "string" && wanted !== "" ? wanted : ".stfolder";
}

/** This node, as it says of itself. */
export interface Node {
  readonly self: string;
  readonly tilde: string;
  readonly version: string;
}

export function foldersTrouble(
  given: Params,
  config: Config,
  node: Node,
  names: Names,
  seen: SeenFolders,
): Refusal | null {
  for (const wanted of given.folders ?? []) {
    const is = folderIn(config, wanted.id);
    const known = config.defaults?.folder ?? config.folders[0] ?? {};
    const trouble =
      settingTrouble("field of a folder", wanted.settings, known as Fields, node.version) ??
      sharingTrouble(wanted, names) ??
      (is === undefined ? newTrouble(wanted, config, node) : groundTrouble(wanted, is, node, seen)) ??
      ignoresTrouble(wanted, is, seen);
    if (trouble !== null) return trouble;
  }
  return null;
}

function sharingTrouble({ id, devices = [] }: FolderParams, names: Names): Refusal | null {
  const unknown = devices.find(({ device }) => names.idOf(device) === undefined);
  if (unknown === undefined) return null;
  const meant = nearestName(unknown.device, names.all);
  return refuse(
    `folder ${id} is to be shared with "${unknown.device}", and Syncthing knows no such device: it would leave it out without a word`,
    meant === undefined ? "name the device under `devices`, with its id" : `did you mean ${meant}?`,
  );
}

function newTrouble({ id, path }: FolderParams, config: Config, { tilde }: Node): Refusal | null {
  if (path === undefined)
    return refuse(`there is no folder ${id}`, "say its `path` to have it made, or correct the id");
  const other = config.folders.find((each) => plainPath(each.path, tilde) === path);
  return other === undefined
    ? null
    : refuse(
        `${path} is the folder ${other.id} of Syncthing already`,
        "two folders in one place undo each other's work",
      );
}

/**
 * The marker is what tells an empty folder from a dataset that is not mounted: were it made anew, Syncthing would take
 * everything for deleted, and tell all devices. So without it nothing is sent at all.
 */
function groundTrouble(wanted: FolderParams, is: Folder, { tilde }: Node, seen: SeenFolders): Refusal | null {
  const { id } = wanted;
  const path = plainPath(is.path, tilde);
  const state = folderStatusOf(seen[`state ${id}`]);
  const moves = wanted.path !== undefined && wanted.path !== path;
  const marker = markerOf(wanted, is);
  const missing = wanted.path !== undefined && seen[`marker ${id}`] === null;
  if (wanted.type !== undefined && wanted.type !== is.type && [wanted.type, is.type].includes("receiveencrypted"))
    return refuse(
      `folder ${id} is ${is.type} and cannot become ${wanted.type}: what is encrypted stays so`,
      "remove the folder and add it anew, with an empty path",
    );
  if (moves && missing)
    return refuse(
      `folder ${id} is at ${path} and shall be at ${wanted.path}, where there is no ${marker}: Syncthing would take it for empty and fetch or delete everything`,
      `move the files with ${marker} to ${wanted.path} first, or remove the folder and add it anew`,
    );
  if (moves || is.paused) return null;
  const says = state?.error.includes("marker missing") === true;
  if (says || (missing && marker === (is.markerName || ".stfolder") && (state?.sequence ?? 0) > 0))
    return refuse(
      `folder ${id} has no ${marker} in ${path}: is the dataset or disk that belongs there mounted?`,
      `mount it (findmnt --target ${path}). The marker is not made anew: to Syncthing an empty folder with one means that everything was deleted`,
    );
  return null;
}

function ignoresTrouble({ id, ignores }: FolderParams, is: Folder | undefined, seen: SeenFolders): Refusal | null {
  const answer = seen[`ignores ${id}`];
  if (ignores === undefined || is === undefined || answer?.status === 200) return null;
  return refuse(
    `the patterns of folder ${id} cannot be read: ${answer?.body.trim() || answer?.unanswered || answer?.status}`,
  );
}

export function foldersPart(
  given: Params,
  config: Config,
  node: Node,
  names: Names,
  server: Server,
  seen: SeenFolders,
): Part | null {
  if (given.folders === undefined) return null;
  const before: Record<string, Value> = {};
  const after: Record<string, Value> = {};
  const steps: Step[] = [];
  for (const wanted of given.folders) {
    const is = folderIn(config, wanted.id);
    const fields = folderFields(wanted, is, names, node);
    const lines = is === undefined ? [] : (ignoresOf(seen[`ignores ${wanted.id}`]) ?? []);
    const patterns = wanted.ignores && { is: withoutEnd(lines), wanted: withoutEnd(wanted.ignores) };
    const shown = shownFields(fields);
    if (is !== undefined) before[wanted.id] = { ...shown.before, ...(patterns && { ignores: patterns.is }) };
    after[wanted.id] = { ...shown.after, ...(patterns && { ignores: patterns.wanted }) };
    const ignores = patterns && !same(patterns.is, patterns.wanted) ? patterns.wanted : null;
    steps.push(
      ...(is === undefined
        ? newFolder(wanted, fields, ignores, server)
        : changedFolder(wanted, is, fields, ignores, server, seen)),
    );
  }
  const declared = new Set(given.folders.map(({ id }) => id));
  const gone = given.exact ? config.folders.filter(({ id }) => !declared.has(id)) : [];
  for (const { id, path, label } of gone) before[id] = { path, label };
  // What goes makes room first: a new folder may be meant for its place.
  const removed = gone.map(({ id }) => send(server, "DELETE", pathOf(id), undefined));
  return { before, after, steps: [...removed, ...steps], last: [] };
}

/** Until its patterns are there it is paused: what shall be ignored must not be scanned and offered to others first. */
function newFolder(
  wanted: FolderParams,
  fields: readonly Field[],
  ignores: readonly string[] | null,
  server: Server,
): readonly Step[] {
  const { id, path = "", paused = false } = wanted;
  const body = { id, ...bodyOf(fields), ...(ignores !== null && { paused: true }) };
  return [
    send(server, "PUT", pathOf(id), body, [path]),
    ...(ignores === null ? [] : [sendIgnores(server, wanted, ignores)]),
    ...(ignores === null || paused ? [] : [send(server, "PATCH", pathOf(id), { paused: false }, [path])]),
    ...(paused ? [] : [takenUp(server, id, "")]),
  ];
}

function changedFolder(
  wanted: FolderParams,
  is: Folder,
  fields: readonly Field[],
  ignores: readonly string[] | null,
  server: Server,
  seen: SeenFolders,
): readonly Step[] {
  const { id } = wanted;
  const changed = changedFields(fields);
  const touches = [is.path, ...(wanted.path === undefined ? [] : [wanted.path])].filter((path) => path.startsWith("/"));
  // A PATCH merges maps: what versioning is told no more would stay.
  const whole = changed.some(({ key }) => key === "versioning");
  const steps: Step[] = [];
  if (ignores !== null) steps.push(sendIgnores(server, wanted, ignores));
  if (whole) steps.push(send(server, "PUT", pathOf(id), { ...is, ...bodyOf(changed) }, touches));
  else if (changed.length > 0) steps.push(send(server, "PATCH", pathOf(id), bodyOf(changed), touches));
  if (steps.length === 0 || (wanted.paused ?? is.paused)) return steps;
  const state = folderStatusOf(seen[`state ${id}`])?.state ?? "";
  return [...steps, takenUp(server, id, state === "error" ? "error" : "")];
}

function sendIgnores(server: Server, { id, path }: FolderParams, lines: readonly string[]): Step {
  return send(
    server,
    "POST",
    `db/ignores?folder=${encodeURIComponent(id)}`,
    { ignore: lines },
    path === undefined ? [] : [path],
  );
}

/** The change is answered before the folder has begun with it. */
function takenUp(server: Server, id: string, before: string): Step {
  const settled = (status: FolderStatus | null) => status !== null && status.state !== "" && status.state !== before;
  return write.waitUntil(
    ask(server, `db/status?folder=${encodeURIComponent(id)}`),
    (answer) => settled(folderStatusOf(answer)),
    { why: `Syncthing to take up the folder ${id}`, forMs: 20_000 },
  );
}

function folderIn(config: Config, id: string): Folder | undefined {
  return config.folders.find((each) => each.id === id);
}
function pathOf(id: string): string {
  return `config/folders/${encodeURIComponent(id)}`;
}
function withoutEnd(lines: readonly string[]): readonly string[] {
  const end = lines.findLastIndex((text) => text !== "");
  return lines.slice(0, end + 1).map((text) => text.trim());
}
