import { nodeAt, seconds } from "../files/file-tree.ts";
import { nodeBytes, nodeText } from "../files/node.ts";
import { findStore } from "../pbs/find-store.ts";
import type { Session } from "../session.ts";
import { fails, refuseArgument, says, type Tool, type ToolContext, type ToolResult } from "../tool.ts";
import type { BackupArchive, BackupSnapshot, Frozen } from "../world.ts";

const TYPES = ["ct", "host", "vm"] as const;
interface Call {
  readonly words: readonly string[];
  readonly options: ReadonlyMap<string, string>;
}
interface Repository {
  readonly user: string;
  readonly server: string;
  readonly store: string;
}

/** Proxmox' client for files: saving folders, and what the server has of them. It logs in with a token alone. */
export const proxmoxBackupClient: Tool = {
  name: "proxmox-backup-client",
  rests: "documented",
  run(context, args) {
    const { words, options } = takenApart(args);
    const [verb = "", ...rest] = words;
    if (verb === "backup") return backup(context, { words: rest, options });
    if (verb === "snapshot" && rest[0] === "list") return list(context, { words: rest.slice(1), options });
    if (verb === "snapshot" && rest[0] === "forget") return forget(context, { words: rest.slice(1), options });
    return refuseArgument("proxmox-backup-client", args.join(" "));
  },
};

function takenApart(args: readonly string[]): Call {
  const words: string[] = [];
  const options = new Map<string, string>();
  for (let at = 0; at < args.length; at += 1) {
    const [, name, value] = /^--([a-z-]+)(?:=(.*))?$/.exec(args[at] ?? "") ?? [];
    if (name === undefined) words.push(args[at] ?? "");
    else {
      if (value === undefined) at += 1;
      options.set(name, value ?? args[at] ?? "");
    }
  }
  return { words, options };
}

type Found =
  | { readonly kind: "store"; readonly snapshots: Frozen<readonly BackupSnapshot[]>; readonly may: ReadonlySet<string> }
  | { readonly kind: "failed"; readonly result: ToolResult };

function storeOf({ session, env }: ToolContext, { user, server, store }: Repository): Found {
  const failed = (why: string): Found => ({ kind: "failed", result: fails(255, `Error: ${why}\n`) });
  const file = nodeAt(session.host, env.PBS_PASSWORD_FILE ?? "");
  const secret = env.PBS_PASSWORD ?? (file?.type === "file" ? (nodeText(file).split("\n")[0] ?? "") : "");
  const seen = findStore(session, { server, store, user, secret, fingerprint: env.PBS_FINGERPRINT });
  if (seen === undefined) return failed(`error trying to connect: tcp connect error: Connection timed out (${server})`);
  if (seen.kind === "refused")
    return failed(seen.why.includes("401") ? "permission check failed." : "certificate validation failed");
  const snapshots = seen.server.stores[store];
  if (snapshots === undefined || seen.privileges.size === 0) return failed("permission check failed.");
  return { kind: "store", snapshots, may: seen.privileges };
}

/** `USER@REALM!TOKEN@SERVER:PORT:STORE`, from the option or the environment. */
function repositoryOf(context: ToolContext, options: Call["options"]): Repository | null {
  const text = options.get("repository") ?? context.env.PBS_REPOSITORY ?? "";
  const [, user, server, store] = /^(?:(.+)@)?([^@:]+):(?:\d+:)?([^:]+)$/.exec(text) ?? [];
  return server === undefined || store === undefined ? null : { user: user ?? "root@pam", server, store };
}
const NO_REPOSITORY = fails(255, "Error: unable to get (default) repository\n");

function backup(context: ToolContext, { words, options }: Call): ToolResult {
  const repository = repositoryOf(context, options);
  if (repository === null) return NO_REPOSITORY;
  const found = storeOf(context, repository);
  if (found.kind === "failed") return found.result;
  const { session } = context;
  const metadata = options.get("change-detection-mode") === "metadata";
  const archives: Record<string, BackupArchive> = {};
  for (const word of words) {
    const [, name = "", path = ""] = /^([A-Za-z0-9_.-]+)\.pxar:(.+)$/.exec(word) ?? [];
    if (name === "") return fails(255, `Error: unable to parse backup source specification '${word}'\n`);
    if (nodeAt(session.host, path)?.type !== "directory")
      return fails(255, `Error: got unexpected file type (expected directory)\n`);
    const files = filesBelow(session, path);
    const bytes = Object.values(files).reduce(
      (sum, node) => sum + (node.type === "file" ? nodeBytes(node).length : 0),
      0,
    );
    archives[metadata ? `${name}.mpxar.didx` : `${name}.pxar.didx`] = { bytes, files };
    if (metadata) archives[`${name}.ppxar.didx`] = { bytes };
  }
  const time = seconds(session.host);
  const keyfile = options.get("keyfile");
  if (keyfile !== undefined && nodeAt(session.host, keyfile) === undefined)
    return fails(255, `Error: Error reading encryption key file: ${keyfile}\n`);
  const snapshot: BackupSnapshot = {
    ns: options.get("ns") ?? "",
    type: TYPES.find((type) => type === options.get("backup-type")) ?? "host",
    id: options.get("backup-id") ?? session.host.hostname,
    time,
    archives,
    owner: repository.user,
    encrypted: keyfile !== undefined,
  };
  session.changeInternet().backupServers?.[repository.server]?.stores[repository.store]?.push(snapshot);
  session.spend(5_000);
  return says(`Starting backup: ${nameOf(snapshot)}\nDuration: 5.00s\nEnd Time: ${stamp(time + 5)}\n`);
}

/** What is on this file system alone: it does not cross mount points. */
function filesBelow(session: Session, path: string): NonNullable<BackupArchive["files"]> {
  const inner = session.host.mounts.map(({ target }) => target).filter((target) => target.startsWith(`${path}/`));
  const own = Object.entries(session.host.files).filter(
    ([each]) => each.startsWith(`${path}/`) && !inner.some((target) => each.startsWith(`${target}/`)),
  );
  return structuredClone(Object.fromEntries(own.map(([each, node]) => [each.slice(path.length), node]))) as NonNullable<
    BackupArchive["files"]
  >;
}

function list(context: ToolContext, { words, options }: Call): ToolResult {
  const repository = repositoryOf(context, options);
  if (repository === null) return NO_REPOSITORY;
  const found = storeOf(context, repository);
  if (found.kind === "failed") return found.result;
  if (options.get("output-format") !== "json") refuseArgument("proxmox-backup-client", "snapshot list as text");
  // Who may add backups and nothing else sees those of its own.
  const shown = found.snapshots.filter(
    (each) =>
      each.ns === (options.get("ns") ?? "") &&
      (words[0] === undefined || words[0] === `${each.type}/${each.id}`) &&
      (each.owner === repository.user || found.may.has("Datastore.Audit")),
  );
  const items = shown.map((each) => ({
    "backup-id": each.id,
    "backup-time": each.time,
    "backup-type": each.type,
    files: Object.entries(each.archives).map(([filename, { bytes }]) => ({
      "crypt-mode": each.encrypted ? "encrypt" : "none",
      filename,
      size: bytes,
    })),
    owner: each.owner,
    protected: false,
    size: Object.values(each.archives).reduce((sum, { bytes }) => sum + bytes, 0),
  }));
  return says(`${JSON.stringify(items)}\n`);
}

function forget(context: ToolContext, { words, options }: Call): ToolResult {
  const repository = repositoryOf(context, options);
  if (repository === null) return NO_REPOSITORY;
  const found = storeOf(context, repository);
  if (found.kind === "failed") return found.result;
  const at = found.snapshots.findIndex((each) => nameOf(each) === words[0]);
  // Datastore.Modify, or Datastore.Prune for what is one's own.
  const own = found.snapshots[at]?.owner === repository.user;
  if (!found.may.has("Datastore.Modify") && !(own && found.may.has("Datastore.Prune")))
    return fails(
      255,
      "Error: permission check failed - missing Datastore.Modify|Datastore.Prune on /datastore/" +
        `${repository.store}\n`,
    );
  if (at < 0) return fails(255, `Error: snapshot ${words[0]} does not exist!\n`);
  context.session.changeInternet().backupServers?.[repository.server]?.stores[repository.store]?.splice(at, 1);
  return says("");
}

/** What a snapshot of the repository in the environment holds, or why that is not told. */
export function archivesOf(context: ToolContext, name: string): Frozen<BackupSnapshot> | ToolResult {
  const repository = repositoryOf(context, new Map());
  if (repository === null) return NO_REPOSITORY;
  const found = storeOf(context, repository);
  if (found.kind === "failed") return found.result;
  return (
    found.snapshots.find((each) => nameOf(each) === name) ?? fails(255, `Error: snapshot ${name} does not exist!\n`)
  );
}

/** `host/pve1/2026-01-02T03:04:05Z` */
function nameOf({ type, id, time }: Pick<BackupSnapshot, "type" | "id" | "time">): string {
  return `${type}/${id}/${stamp(time)}`;
}
function stamp(time: number): string {
  return new Date(time * 1000).toISOString().replace(/\.\d+Z$/, "Z");
}
