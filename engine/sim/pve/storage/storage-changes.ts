import { pveDigest } from "../../../formats/pve-digest.ts";
import type { Session } from "../../session.ts";
import { distinctWords } from "../command/formats.ts";
import { adoptMountPoint } from "./adopt-mount-point.ts";
import { parseStorageCfg } from "./storage-cfg.ts";
import { fingerprintOf, noUser, passwordText, readKey } from "./storage-secrets.ts";
import { makesBase, storageTrouble } from "./storage-state.ts";
import { STORAGE_TYPES } from "./storage-types.ts";
import { normaliseProperty } from "./storage-values.ts";
import { findStorage, readStorages } from "./storages.ts";
import { makeFolders, storageCfgText, writeStorageCfg, writeStorageSecret } from "./write-storages.ts";

/** What became of a change of storage.cfg: texts for stderr, and the code to exit with. */
export interface StorageChange {
  readonly code: number;
  readonly stderr: string;
}
type Options = ReadonlyMap<string, string>;

/** What stops every write while a section lacks what it cannot be without. */
const UNWRITABLE = "unknown section type ''";
/** Options that never reach the file: what they hold is kept beside it. */
const SECRET = new Set(["password", "encryption-key"]);

export function addStorage(session: Session, type: string, id: string, given: Options): StorageChange {
  const known = STORAGE_TYPES[type];
  if (known === undefined) return failed("", `unsupported type '${type}'`);
  const { warnings, broken } = readStorages(session.host);
  const checked = checkOptions(type, given, warnings);
  if ("code" in checked) return checked;
  const options = new Map(checked.options);
  if ((type === "nfs" || type === "cifs") && !options.has("path")) options.set("path", `/mnt/pve/${id}`);
  // The tools miss the first in the order of their names.
  const missing = known.required.find((name) => !options.has(name));
  if (missing !== undefined) return failed(checked.stderr, `missing value for required option '${missing}'`);
  const create = (why: string) => failed(checked.stderr + said, `create storage failed: ${why}`);
  let said = "";
  if (sections(session).some((section) => section.id === id)) return create(`storage ID '${id}' already defined`);
  if (broken !== null) return create(UNWRITABLE);
  if (options.get("nodes") === "") options.delete("nodes");
  if (options.has("mkdir"))
    said += `NOTE: The 'mkdir' option set for '${id}' is deprecated and will be removed in Proxmox VE 9. Use 'create-base-path' or 'create-subdirs' instead.\n`;
  if (given.has("password") && type === "cifs" && !given.has("username")) said += noUser(id);
  const key = readKey(session, id, given.get("encryption-key"));
  if (typeof key === "object" && key !== null) return create(key.why);
  if (key !== null) options.set("encryption-key", fingerprintOf(key));
  const storage = {
    id,
    type,
    options,
    content: new Set(options.get("content")?.split(",") ?? known.defaultContent),
    nodes: options.has("nodes") ? new Set(distinctWords(options.get("nodes") ?? "")) : null,
    disabled: options.get("disable") === "1",
    shared: known.shared,
    implicit: false,
  };
  // With an empty list nothing is there to be checked; only what is written says `none`.
  const unlisted = new Map([...options].filter(([name]) => name !== "content" || given.get("content") !== ""));
  const trouble = storageTrouble(session, {
    ...storage,
    options: given.has("password") ? new Map([...unlisted, ["password", given.get("password") ?? ""]]) : unlisted,
  });
  if (type === "zfspool") said += adoptMountPoint(session, id, options);
  if (trouble?.kind === "inactive") return { ...create(trouble.message), code: type === "pbs" ? 2 : trouble.code };
  if (trouble === null) activate(session, type, options);
  if (given.has("password")) writeStorageSecret(session, id, "pw", passwordText(type, given.get("password") ?? ""));
  if (key !== null) writeStorageSecret(session, id, "enc", key);
  writeStorageCfg(session, [...sections(session), { type, id, options }]);
  return { code: 0, stderr: checked.stderr + said };
}

export function updateStorage(session: Session, id: string, given: Options): StorageChange {
  const { warnings, broken } = readStorages(session.host);
  const storage = findStorage(session.host, id);
  if (storage === undefined) return failed(warnings, `update storage failed: storage '${id}' does not exist`);
  const { type } = storage;
  const options = new Map(storage.options);
  const digest = given.get("digest");
  let said = warnings;
  const refuse = (why: string) => failed(said, `update storage failed: ${why}`);
  if (digest !== undefined && digest !== digestOf(session))
    return refuse("detected modified configuration - file changed by other user? Try again.");
  const wanted = new Map([...given].filter(([name]) => name !== "digest" && name !== "delete"));
  const known = STORAGE_TYPES[type];
  const deleted = distinctWords(given.get("delete") ?? "");
  for (const name of deleted) {
    if (known?.required.includes(name)) return refuse(`unable to delete required option '${name}'`);
    if (known?.optional.includes(name) !== true) return refuse(`no such option '${name}'`);
    if (wanted.has(name)) return refuse(`cannot set and delete property '${name}' at the same time!`);
  }
  const fixed = [...wanted.keys()].find((name) => known?.required.includes(name));
  if (fixed !== undefined) return refuse(`can't change value of fixed parameter '${fixed}'`);
  const checked = checkOptions(type, wanted, said, "update storage failed: ");
  if ("code" in checked) return checked;
  said = checked.stderr;
  const key = readKey(session, id, given.get("encryption-key"));
  if (typeof key === "object" && key !== null) return { ...refuse(key.why), code: key.code };
  if (broken !== null) return refuse(UNWRITABLE);
  for (const name of deleted) options.delete(name);
  for (const [name, value] of checked.options) options.set(name, value);
  if (options.get("nodes") === "") options.delete("nodes");
  if (options.get("prune-backups") === "") options.delete("prune-backups");
  if (given.has("password")) {
    if (type === "cifs" && !given.has("username")) said += noUser(id);
    writeStorageSecret(session, id, "pw", passwordText(type, given.get("password") ?? ""));
  }
  if (deleted.includes("password")) writeStorageSecret(session, id, "pw", null);
  if (deleted.includes("encryption-key")) writeStorageSecret(session, id, "enc", null);
  if (key !== null) {
    writeStorageSecret(session, id, "enc", key);
    options.set("encryption-key", fingerprintOf(key));
  }
  const others = sections(session);
  const changed = { type, id, options };
  writeStorageCfg(
    session,
    others.some((each) => each.id === id)
      ? others.map((each) => (each.id === id ? changed : each))
      : [...others, changed],
  );
  return { code: 0, stderr: said };
}

export function removeStorage(session: Session, id: string): StorageChange {
  const { warnings, broken } = readStorages(session.host);
  const all = sections(session);
  if (!all.some((each) => each.id === id))
    return failed(warnings, `delete storage failed: storage '${id}' does not exist`);
  if (broken !== null) return failed(warnings, `delete storage failed: ${UNWRITABLE}`);
  writeStorageSecret(session, id, "pw", null);
  writeStorageSecret(session, id, "enc", null);
  writeStorageCfg(
    session,
    all.filter((each) => each.id !== id),
  );
  return { code: 0, stderr: warnings };
}

/** SHA-1 of the file: what a change may be made conditional on. */
export function digestOf(session: Session): string {
  return pveDigest(storageCfgText(session));
}

/** What the file holds: an implicit `local` is not in it. */
function sections(session: Session) {
  return parseStorageCfg(storageCfgText(session)).sections.filter(({ implicit }) => !implicit);
}

/** The options in their normal form, without those that are kept elsewhere; or why they cannot be. */
function checkOptions(
  type: string,
  given: Options,
  before: string,
  prefix = "",
): { readonly options: Options; readonly stderr: string } | StorageChange {
  const known = STORAGE_TYPES[type];
  const options = new Map<string, string>();
  let stderr = before;
  for (const [name, value] of given) {
    if (known?.required.includes(name) !== true && known?.optional.includes(name) !== true)
      return failed(stderr, `${prefix}unexpected property '${name}'`);
    if (SECRET.has(name)) continue;
    const normal = normaliseProperty(name, value);
    if (name !== "content") options.set(name, normal);
    else {
      const words = normal.split(",");
      const odd = words.filter((word) => word !== "none" && !known.content.includes(word));
      stderr += odd.map((word) => `storage does not support content type '${word}'\n`).join("");
      const kept = words.filter((word) => !odd.includes(word) && (word !== "none" || value !== ""));
      if (kept.length === 0 && !known.content.includes("none"))
        return failed(stderr, `${prefix}storage does not support content type 'none'`);
      options.set(name, kept.join(",") || "none");
    }
  }
  return { options, stderr };
}

/** What activation leaves behind: the folder of a storage of files, the mount of one in the network. */
function activate(session: Session, type: string, options: Options): void {
  const path = options.get("path");
  if (path === undefined) return;
  if (makesBase(options)) makeFolders(session, path);
  if (type !== "nfs" && type !== "cifs") return;
  const host = session.change();
  if (host.mounts.some(({ target }) => target === path)) return;
  const server = options.get("server") ?? "";
  const source =
    type === "nfs"
      ? `${server}:${options.get("export")}`
      : `//${server}/${options.get("share")}${options.get("subdir") ?? ""}`;
  host.mounts = [
    ...host.mounts,
    { source, target: path, fstype: type === "nfs" ? "nfs4" : "cifs", options: "rw,relatime" },
  ];
}

function failed(before: string, why: string): StorageChange {
  return { code: 255, stderr: `${before}${why}\n` };
}
