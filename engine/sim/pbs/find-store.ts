import { sha256 } from "../files/node.ts";
import type { Session } from "../session.ts";
import type { BackupServer } from "../world.ts";
import { type Frozen, own } from "../world.ts";

/** Whom somebody says to be who wants to use a datastore. */
export interface Login {
  readonly server: string;
  readonly store: string;
  readonly user: string;
  readonly secret: string;
  readonly fingerprint: string | undefined;
}
export type Seen =
  | { readonly kind: "server"; readonly server: Frozen<BackupServer>; readonly privileges: ReadonlySet<string> }
  /** In the words of whoever connects. */
  | { readonly kind: "refused"; readonly why: string };

/** What each role may do in a datastore, as the manual lists it. */
const ROLES: Readonly<Record<string, readonly string[]>> = {
  Admin: [
    "Datastore.Audit",
    "Datastore.Backup",
    "Datastore.Modify",
    "Datastore.Prune",
    "Datastore.Read",
    "Datastore.Verify",
  ],
  Audit: ["Datastore.Audit"],
  DatastoreAdmin: [
    "Datastore.Audit",
    "Datastore.Backup",
    "Datastore.Modify",
    "Datastore.Prune",
    "Datastore.Read",
    "Datastore.Verify",
  ],
  DatastoreAudit: ["Datastore.Audit"],
  DatastoreBackup: ["Datastore.Backup"],
  DatastorePowerUser: ["Datastore.Backup", "Datastore.Prune"],
  DatastoreReader: ["Datastore.Audit", "Datastore.Read"],
};

/** Logs in to a datastore; undefined: no server of the lab has that address. */
export function findStore(session: Pick<Session, "internet">, login: Login): Seen | undefined {
  const server = own(session.internet.backupServers ?? {}, login.server);
  if (server === undefined) return undefined;
  const refused = (why: string): Seen => ({ kind: "refused", why });
  if (login.fingerprint?.toLowerCase() !== server.fingerprint)
    return refused(`500 Can't connect to ${login.server}:8007 (certificate verify failed)`);
  if (own(server.tokens, login.user) !== sha256(login.secret)) return refused("401 Unauthorized");
  const privileges = privilegesOn(server.acl, login.user, `/datastore/${login.store}`);
  return { kind: "server", server, privileges };
}

/** What a user or token may do at a path. A token may do what its user may, too, and nothing else. */
export function privilegesOn(acl: readonly string[], who: string, path: string): ReadonlySet<string> {
  const of = (name: string) =>
    new Set(
      acl.flatMap((line) => {
        const [, propagate, where = "", ugid, role = ""] = line.split(":");
        const holds = where === path || (propagate === "1" && (where === "/" || path.startsWith(`${where}/`)));
        return ugid === name && holds ? (ROLES[role] ?? []) : [];
      }),
    );
  const [user = ""] = who.split("!");
  const own = of(who);
  return user === who ? own : new Set([...own].filter((each) => of(user).has(each)));
}
