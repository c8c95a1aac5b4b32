import { makeFolder, readFile } from "../files/file-changes.ts";
import { FileError, nodeAt, put, seconds } from "../files/file-tree.ts";
import type { JsonMap } from "./defaults.ts";
import type { Instance } from "./instance.ts";

const MISSING =
  "folder marker missing (this indicates potential data loss, search docs/forum to get information about how to proceed)";

export function folderPath({ user }: Instance, folder: JsonMap): string {
  const path = String(folder.path ?? "");
  const whole = path === "~" || path.startsWith("~/") ? `${user.home}${path.slice(1)}` : path;
  return whole.replace(/\/+/g, "/").replace(/(.)\/$/, "$1");
}

/** A folder that is new: it is made with its marker, which is never made a second time. */
export function beginFolder(instance: Instance, folder: JsonMap): void {
  if (folder.paused === true) return;
  const path = folderPath(instance, folder);
  try {
    makeFolder(instance.session, path, true, {});
    makeFolder(instance.session, `${path}/${markerOf(folder)}`, true, {});
  } catch (error) {
    // Where its user may not write it is in error, and says so when it is asked.
    if (!(error instanceof FileError)) throw error;
  }
}

/** What GET /rest/db/status tells. Nothing comes from other devices here: all there is lies in the folder. */
export function folderStatus(instance: Instance, folder: JsonMap): JsonMap {
  const { host } = instance.session;
  const path = folderPath(instance, folder);
  const below = Object.keys(host.files).filter(
    (each) => each.startsWith(`${path}/`) && !/^\/\.st(folder|ignore|versions)/.test(each.slice(path.length)),
  );
  const files = below.filter((each) => nodeAt(host, each)?.type === "file").length;
  const folders = below.length - files;
  const paused = folder.paused === true;
  const error = paused ? "" : troubleOf(instance, folder, path);
  const counts = (name: string, some: number, dirs: number) => ({
    [`${name}Bytes`]: 0,
    [`${name}Deleted`]: 0,
    [`${name}Directories`]: dirs,
    [`${name}Files`]: some,
    [`${name}Symlinks`]: 0,
    [`${name}TotalItems`]: some + dirs,
  });
  const { needDeleted: _, ...need } = counts("need", 0, 0);
  return {
    ...(error !== "" && { error }),
    errors: 0,
    ...counts("global", paused ? 0 : files, paused ? 0 : folders),
    ignorePatterns: nodeAt(host, `${path}/.stignore`) !== undefined,
    inSyncBytes: 0,
    inSyncFiles: paused ? 0 : files,
    invalid: "",
    ...counts("local", paused ? 0 : files, paused ? 0 : folders),
    ...need,
    needDeletes: 0,
    pullErrors: 0,
    sequence: paused ? 0 : below.length,
    state: paused ? "" : error === "" ? "idle" : "error",
    stateChanged: new Date(host.clockMs).toISOString().replace(/\.\d+Z$/, "Z"),
    version: paused ? 0 : below.length,
  };
}

function troubleOf(instance: Instance, folder: JsonMap, path: string): string {
  const { host } = instance.session;
  if (nodeAt(host, path)?.type !== "directory") return "folder path missing";
  if (nodeAt(host, `${path}/${markerOf(folder)}`) === undefined) return MISSING;
  return "";
}
function markerOf(folder: JsonMap): string {
  return String(folder.markerName || ".stfolder");
}

/** The lines of .stignore as they are read: without blanks around them. */
export function ignoresOf(instance: Instance, folder: JsonMap): readonly string[] {
  const bytes = readFile(instance.session, `${folderPath(instance, folder)}/.stignore`);
  if (bytes === undefined) return [];
  const lines = Buffer.from(bytes).toString("utf8").split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines.map((line) => line.trim());
}

export function keepIgnores(instance: Instance, folder: JsonMap, lines: readonly string[]): void {
  const { session, user } = instance;
  const path = folderPath(instance, folder);
  makeFolder(session, path, true, {});
  const content = lines.map((line) => `${line}\n`).join("");
  put(session, `${path}/.stignore`, {
    type: "file",
    mode: "0600",
    uid: user.uid,
    gid: user.gid,
    mtime: seconds(session.host),
    content,
  });
}
