import { nodeAt } from "../../files/file-tree.ts";
import { nodeText } from "../../files/node.ts";
import { findStore, type Login, type Seen } from "../../pbs/find-store.ts";
import type { Session } from "../../session.ts";
import type { BackupSnapshot, Frozen, FrozenHost } from "../../world.ts";
import type { Storage } from "./storages.ts";

/** How a node logs in to the server of a storage: with what it keeps beside storage.cfg. */
export function loginOf(host: FrozenHost, { id, options }: Pick<Storage, "id" | "options">): Login {
  const kept = nodeAt(host, `/etc/pve/priv/storage/${id}.pw`);
  return {
    server: options.get("server") ?? "",
    store: options.get("datastore") ?? "",
    user: options.get("username") ?? "root@pam",
    // A storage that is about to be added brings its password along.
    secret: options.get("password") ?? (kept?.type === "file" ? nodeText(kept).trimEnd() : ""),
    fingerprint: options.get("fingerprint"),
  };
}
export function lookAtStore(
  session: Pick<Session, "host" | "internet">,
  storage: Pick<Storage, "id" | "options">,
): Seen | undefined {
  return findStore(session, loginOf(session.host, storage));
}

/** The guests' backups that the node sees there: those of its own token, or all where it may read them. */
export function guestBackups(
  session: Pick<Session, "host" | "internet">,
  storage: Storage,
): readonly Frozen<BackupSnapshot>[] {
  if (storage.type !== "pbs") return [];
  const { store, user } = loginOf(session.host, storage);
  const seen = lookAtStore(session, storage);
  if (seen?.kind !== "server") return [];
  const namespace = storage.options.get("namespace") ?? "";
  return (seen.server.stores[store] ?? []).filter(
    (each) =>
      each.type !== "host" && each.ns === namespace && (each.owner === user || seen.privileges.has("Datastore.Audit")),
  );
}

/** `backup/ct/101/2026-01-02T03:04:05Z` */
export function volumeNameOf({ type, id, time }: Pick<BackupSnapshot, "id" | "time" | "type">): string {
  return `backup/${type}/${id}/${new Date(time * 1000).toISOString().replace(/\.\d+Z$/, "Z")}`;
}
