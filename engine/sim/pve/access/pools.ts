import type { Session } from "../../session.ts";
import { distinctWords } from "../command/formats.ts";
import { PveError } from "../command/pve-error.ts";

import { readUserCfg, writeUserCfg } from "./user-cfg.ts";
import type { Changed, Given } from "./users.ts";

export function addPool(session: Session, given: Given): Changed {
  const cfg = readUserCfg(session.host);
  const id = given.get("poolid") ?? "";
  if (cfg.pools.has(id)) throw new PveError(`create pool failed: pool '${id}' already exists`);
  const parent = id.includes("/") ? id.slice(0, id.lastIndexOf("/")) : null;
  if (parent !== null && !cfg.pools.has(parent))
    throw new PveError(`create pool failed: parent '${parent}' of pool '${id}' does not exist`);
  cfg.pools.set(id, { comment: given.get("comment") ?? "", guests: new Set(), storages: new Set() });
  writeUserCfg(session, cfg);
  return { stderr: cfg.warnings };
}

/** Members are added, with `delete` taken away; a guest is in one pool alone. Whether they exist is not asked. */
export function updatePool(session: Session, given: Given): Changed {
  const cfg = readUserCfg(session.host);
  const id = given.get("poolid") ?? "";
  const refuse = (why: string) => new PveError(`update pools failed: ${why}`);
  const pool = cfg.pools.get(id);
  if (pool === undefined) throw refuse(`pool '${id}' does not exist`);
  pool.comment = given.get("comment") ?? pool.comment;
  const remove = given.get("delete") === "1";
  for (const guest of distinctWords(given.get("vms") ?? "")) {
    if (remove) {
      if (!pool.guests.delete(guest)) throw refuse(`VM ${guest} is not a pool member`);
      continue;
    }
    if (pool.guests.has(guest)) throw refuse(`VM ${guest} is already a pool member`);
    const other = [...cfg.pools].find(([, { guests }]) => guests.has(guest));
    if (other !== undefined && given.get("allow-move") !== "1")
      throw refuse(`VM ${guest} belongs already to pool '${other[0]}' and 'allow-move' is not set`);
    other?.[1].guests.delete(guest);
    pool.guests.add(guest);
  }
  for (const storage of distinctWords(given.get("storage") ?? "")) {
    if (remove) {
      if (!pool.storages.delete(storage)) throw refuse(`Storage '${storage}' is not a pool member`);
    } else if (pool.storages.has(storage)) throw refuse(`Storage '${storage}' is already a pool member`);
    else pool.storages.add(storage);
  }
  writeUserCfg(session, cfg);
  return { stderr: cfg.warnings };
}

export function deletePool(session: Session, given: Given): Changed {
  const cfg = readUserCfg(session.host);
  const id = given.get("poolid") ?? "";
  const pool = cfg.pools.get(id);
  const refuse = (why: string) => new PveError(`delete pool failed: ${why}`);
  if (pool === undefined) throw refuse(`pool '${id}' does not exist`);
  const child = [...cfg.pools.keys()].find((name) => name.startsWith(`${id}/`));
  if (child !== undefined) throw refuse(`pool '${id}' is not empty (contains pool '${child}')`);
  const [guest] = pool.guests;
  if (guest !== undefined) throw refuse(`pool '${id}' is not empty (contains VM ${guest})`);
  const [storage] = pool.storages;
  if (storage !== undefined) throw refuse(`pool '${id}' is not empty (contains storage '${storage}')`);
  cfg.pools.delete(id);
  const acl = cfg.acl.filter(({ path }) => path !== `/pool/${id}`);
  writeUserCfg(session, { ...cfg, acl });
  return { stderr: cfg.warnings };
}
