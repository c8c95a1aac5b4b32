import type { Session } from "../../session.ts";
import { spaceOf } from "./storage-space.ts";
import { storageTrouble } from "./storage-state.ts";
import type { Storage } from "./storages.ts";

/** The state of a storage on this node, with what the tools say on stderr about it. */
export interface StorageStatus {
  readonly storage: Storage;
  readonly enabled: boolean;
  readonly active: boolean;
  readonly total: number;
  readonly used: number;
  readonly why: string | null;
}

export function statusOf(session: Pick<Session, "host" | "internet">, storage: Storage): StorageStatus {
  const { host } = session;
  const trouble = storageTrouble(session, storage);
  const space = trouble === null ? spaceOf(host, storage) : { total: 0, used: 0 };
  const lost = typeof space === "string" ? space : null;
  const { total, used } = typeof space === "string" ? { total: 0, used: 0 } : space;
  return {
    storage,
    enabled: trouble === null || trouble.kind === "inactive",
    active: trouble === null && lost === null,
    total,
    used,
    why: trouble?.kind === "inactive" ? trouble.message : lost,
  };
}
