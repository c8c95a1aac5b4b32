import type { ConfigSection } from "../../../formats/section-config.ts";
import { makeFolder } from "../../files/file-changes.ts";
import { FileError, namesIn, nodeAt } from "../../files/file-tree.ts";
import type { Session } from "../../session.ts";
import { refuseArgument, says, type Tool, type ToolResult } from "../../tool.ts";
import { keepSections, keepText, sectionsOf, textOf } from "./config.ts";
import { error, type Given } from "./given.ts";
import { garbageCollections } from "./job-states.ts";
import { s3 } from "./s3.ts";
import { certificate, permissions } from "./show.ts";
import { deleteToken, generateToken } from "./tokens.ts";

/** One kind of things: where they are kept, under which type, and the options they take. */
interface Kind {
  readonly file: string;
  readonly section: string;
  readonly id: string;
  readonly options: readonly string[];
  /** What `--delete` does not know. */
  readonly lasting?: readonly string[];
  readonly needs: readonly string[];
  /** How it is spoken of where it is missing. */
  readonly noun: string;
}
const words = (text: string) => text.split(" ");
const KEEP = words("keep-last keep-hourly keep-daily keep-weekly keep-monthly keep-yearly");
const KINDS: Readonly<Record<string, Kind>> = {
  datastore: {
    file: "datastore",
    section: "datastore",
    id: "name",
    options: words(
      "path gc-schedule comment verify-new notification-mode notify notify-user tuning maintenance-mode backend",
    ),
    lasting: ["path", "backend"],
    needs: ["path"],
    noun: "datastore",
  },
  "prune-job": {
    file: "prune",
    section: "prune",
    id: "id",
    options: [...words("store schedule ns max-depth comment disable"), ...KEEP],
    lasting: ["store", "schedule"],
    needs: ["store", "schedule"],
    noun: "job",
  },
  "verify-job": {
    file: "verification",
    section: "verification",
    id: "id",
    options: words("store schedule ns max-depth comment ignore-verified outdated-after"),
    lasting: ["store"],
    needs: ["store"],
    noun: "job",
  },
  "sync-job": {
    file: "sync",
    section: "sync",
    id: "id",
    options: words(
      "store schedule ns max-depth comment remote remote-store remote-ns remove-vanished owner group-filter transfer-last rate-in",
    ),
    lasting: ["store", "remote-store"],
    needs: ["store", "remote-store"],
    noun: "job",
  },
  user: {
    file: "user",
    section: "user",
    id: "userid",
    options: words("comment email firstname lastname enable expire"),
    lasting: ["enable", "expire"],
    needs: [],
    noun: "user",
  },
};
const BOOLEANS = new Set(words("verify-new disable ignore-verified remove-vanished enable"));
const NUMBERS = new Set([...words("max-depth outdated-after transfer-last expire"), ...KEEP]);

/**
 * `proxmox-backup-manager` as its sources have it: datastores, jobs, users, tokens and rights, each kept in a file
 * below /etc/proxmox-backup. What backups do is not imitated.
 */
export const proxmoxBackupManager: Tool = {
  name: "proxmox-backup-manager",
  rests: "documented",
  run({ session }, args) {
    const [group = "", verb = "", ...rest] = args;
    const { plain, options } = taken(rest);
    if (group === "garbage-collection" && verb === "list")
      return says(`${JSON.stringify(garbageCollections(session))}\n`);
    if (group === "cert" && verb === "info") return certificate(session);
    if (group === "acl") return acl(session, verb, plain, options);
    if (group === "s3") return s3(session, verb, plain) ?? refuse(args);
    const kind = Object.hasOwn(KINDS, group) ? KINDS[group] : undefined;
    if (kind === undefined) return refuse(args);
    if (group === "user" && verb === "list-tokens")
      return says(listed(session, { ...kind, section: "token", id: "tokenid" }, plain[0]));
    if (group === "user" && verb === "permissions") return permissions(session, plain[0] ?? "", options);
    if (group === "user" && verb === "generate-token") return generateToken(session, plain);
    if (group === "user" && verb === "delete-token") return deleteToken(session, plain);
    if (verb === "list") return says(listed(session, kind));
    const [id, path] = plain;
    if (id === undefined) return refuse(args);
    if (verb === "show" && group === "datastore") return shown(session, kind, id);
    if (verb === "create")
      return create(session, kind, id, path === undefined ? options : new Map([...options, ["path", [path]]]));
    if (verb === "update") return update(session, kind, id, options);
    return verb === "remove" ? remove(session, kind, id) : refuse(args);
  },
};
function refuse(args: readonly string[]): never {
  return refuseArgument("proxmox-backup-manager", args.join(" "));
}

function taken(rest: readonly string[]): { readonly plain: readonly string[]; readonly options: Given } {
  const plain: string[] = [];
  const options = new Map<string, readonly string[]>();
  for (let at = 0; at < rest.length; at += 1) {
    const word = rest[at] ?? "";
    if (!word.startsWith("--")) plain.push(word);
    else {
      at += 1;
      options.set(word.slice(2), [...(options.get(word.slice(2)) ?? []), rest[at] ?? refuse([word])]);
    }
  }
  return { plain, options };
}

function listed(session: Session, kind: Kind, of?: string): string {
  const items = sectionsOf(session, kind.file)
    .filter(({ type, id }) => type === kind.section && (of === undefined || id.startsWith(`${of}!`)))
    .map(({ id, options }) => ({
      ...Object.fromEntries([...options].map(([key, value]) => [key, typed(key, value)])),
      [kind.id]: id,
    }));
  return `${JSON.stringify(items)}\n`;
}
function shown(session: Session, kind: Kind, id: string): ToolResult {
  const [found] = sectionsOf(session, kind.file).filter((each) => each.id === id && each.type === kind.section);
  if (found === undefined) return error(`no such ${kind.noun} '${id}'`);
  return says(`${JSON.stringify({ ...Object.fromEntries(found.options), [kind.id]: id })}\n`);
}
function typed(key: string, value: string): boolean | number | string | readonly string[] {
  if (key === "group-filter") return value.split("\n");
  if (BOOLEANS.has(key)) return value === "true" || value === "1";
  return NUMBERS.has(key) ? Number(value) : value;
}

function unknownOption(kind: Kind, options: Given, also: readonly string[]): void {
  for (const name of options.keys()) if (!kind.options.includes(name) && !also.includes(name)) refuse([`--${name}`]);
}

function create(session: Session, kind: Kind, id: string, options: Given): ToolResult {
  unknownOption(kind, options, ["reuse-datastore", "overwrite-in-use"]);
  const sections = sectionsOf(session, kind.file);
  if (sections.some((each) => each.id === id))
    return error(
      kind.noun === "datastore"
        ? `parameter verification failed - 'name': datastore '${id}' already exists.`
        : `${kind.noun} '${id}' already exists.`,
    );
  const missing = kind.needs.find((name) => !options.has(name));
  if (missing !== undefined)
    return error(`parameter verification failed - '${missing}': parameter is missing and it is not optional.`);
  const store = options.get("store")?.[0];
  if (store !== undefined && !sectionsOf(session, "datastore").some((each) => each.id === store))
    return error(`no such datastore '${store}'`);
  if (kind.section === "datastore") {
    const failed = makeStore(session, id, options.get("path")?.[0] ?? "");
    if (failed !== null) return failed;
  }
  const kept = [...options]
    .filter(([name]) => kind.options.includes(name))
    .map(([name, values]) => [name, values.join("\n")] as const);
  keepSections(session, kind.file, [...sections, { type: kind.section, id, options: new Map(kept) }]);
  return kind.section === "datastore" ? says("TASK OK\n") : says("");
}

/** 65536 folders in real: here it is their parent and the time. */
function makeStore(session: Session, name: string, path: string): ToolResult | null {
  if (nodeAt(session.host, path) !== undefined && namesIn(session.host, path).includes(".chunks"))
    return error(`unable to create chunk store '${name}' subdir "${path}/.chunks" - EEXIST: File exists`);
  try {
    makeFolder(session, path, true, { owner: "backup", group: "backup" });
    makeFolder(session, `${path}/.chunks`, false, { owner: "backup", group: "backup" });
  } catch (failure) {
    if (failure instanceof FileError)
      return error(`unable to create chunk store '${name}' at "${path}" - ${failure.message}`);
    throw failure;
  }
  session.spend(20_000);
  return null;
}

function update(session: Session, kind: Kind, id: string, options: Given): ToolResult {
  unknownOption(kind, options, ["delete", "digest"]);
  const sections = sectionsOf(session, kind.file);
  const is = sections.find((each) => each.id === id && each.type === kind.section);
  if (is === undefined) return error(`no such ${kind.section} '${id}'`);
  const gone = options.get("delete") ?? [];
  const odd = gone.find((name) => !kind.options.includes(name) || kind.lasting?.includes(name) === true);
  if (odd !== undefined)
    return error(`parameter verification failed - 'delete': value '${odd}' is not defined in the enumeration.`);
  const kept = new Map([...is.options].filter(([name]) => !gone.includes(name)));
  for (const [name, values] of options) if (kind.options.includes(name)) kept.set(name, values.join("\n"));
  const changed: ConfigSection = { ...is, options: kept };
  keepSections(
    session,
    kind.file,
    sections.map((each) => (each === is ? changed : each)),
  );
  return says("");
}

function remove(session: Session, kind: Kind, id: string): ToolResult {
  const sections = sectionsOf(session, kind.file);
  if (!sections.some((each) => each.id === id)) return error(`${kind.noun} '${id}' does not exist.`);
  keepSections(
    session,
    kind.file,
    sections.filter((each) => each.id !== id),
  );
  // Its jobs go with a datastore; tokens and rights of a user stay, as they do.
  if (kind.section === "datastore")
    for (const file of ["prune", "verification", "sync"])
      keepSections(
        session,
        file,
        sectionsOf(session, file).filter(({ options }) => options.get("store") !== id),
      );
  return says("");
}

function acl(session: Session, verb: string, [path, role]: readonly string[], options: Given): ToolResult {
  const lines = textOf(session, "acl")
    .split("\n")
    .filter((line) => line !== "");
  if (verb === "list") {
    const items = lines.map((line) => {
      const [, propagate, where, ugid, roleid] = line.split(":");
      return { path: where, propagate: propagate === "1", roleid, ugid, ugid_type: "user" };
    });
    return says(`${JSON.stringify(items)}\n`);
  }
  if (verb !== "update" || path === undefined || role === undefined) return refuse(["acl", verb]);
  const who = options.get("auth-id")?.[0];
  if (who === undefined) return error("missing 'userid' or 'group' parameter.");
  const others = lines.filter((line) => !line.endsWith(`:${path}:${who}:${role}`));
  const removing = options.get("delete")?.[0] === "true";
  if (!removing && !sectionsOf(session, "user").some(({ id }) => id === who))
    return error(`no such ${who.includes("!") ? "API token" : "user"}.`);
  const propagate = options.get("propagate")?.[0] === "false" ? "0" : "1";
  const next = removing ? others : [...others, `acl:${propagate}:${path}:${who}:${role}`];
  keepText(session, "acl", next.map((line) => `${line}\n`).join(""));
  return says("");
}
