import { POOL_ID } from "../../pve/access/names.ts";
import { addPool, deletePool, updatePool } from "../../pve/access/pools.ts";
import { readUserCfg, sorted } from "../../pve/access/user-cfg.ts";
import { PveError } from "../../pve/command/pve-error.ts";
import type { Schema } from "../../pve/command/schema.ts";

import type { FrozenHost } from "../../world.ts";
import type { ApiMethod, ApiPath, Json } from "./api.ts";
import { guests, storages } from "./cluster.ts";

const text: Schema = { kind: "string" };
const boolean: Schema = { kind: "boolean" };
const UPDATE: ApiMethod["options"] = {
  "allow-move": boolean,
  comment: text,
  delete: boolean,
  storage: text,
  vms: text,
};

/** Pools of guests and storages, by the older and by the newer paths. */
export const poolPaths: readonly ApiPath[] = [
  {
    path: "/pools",
    get: {
      columns: ["poolid"],
      options: { poolid: POOL_ID },
      run: ({ session: { host }, options }) => {
        const asked = options.get("poolid");
        if (asked !== undefined) return { data: [{ poolid: asked, ...details(host, asked) }] };
        const pools = sorted(readUserCfg(host).pools);
        return { data: pools.map(([poolid, { comment }]) => ({ comment: comment || undefined, poolid })) };
      },
    },
    create: {
      options: { comment: text, poolid: POOL_ID },
      required: ["poolid"],
      run: ({ session, options }) => ({ data: null, ...addPool(session, options) }),
    },
    set: {
      options: { ...UPDATE, poolid: POOL_ID },
      required: ["poolid"],
      run: ({ session, options }) => ({ data: null, ...updatePool(session, options) }),
    },
    delete: {
      options: { poolid: POOL_ID },
      required: ["poolid"],
      run: ({ session, options }) => ({ data: null, ...deletePool(session, options) }),
    },
  },
  {
    path: "/pools/{poolid}",
    get: {
      run: ({ session: { host }, path }) => ({ data: { poolid: path.poolid, ...details(host, path.poolid ?? "") } }),
    },
    set: {
      options: UPDATE,
      run: ({ session, path, options }) => ({
        data: null,
        ...updatePool(session, new Map([...options, ["poolid", path.poolid ?? ""]])),
      }),
    },
    delete: {
      run: ({ session, path }) => ({ data: null, ...deletePool(session, new Map(Object.entries(path))) }),
    },
  },
];

/** What is no longer there, or never was, is not shown. */
function details(
  host: FrozenHost,
  id: string,
): { readonly comment: string | undefined; readonly members: readonly Json[] } {
  const pool = readUserCfg(host).pools.get(id);
  if (pool === undefined) throw new PveError(`pool '${id}' does not exist`);
  const has = (record: Json, key: string, names: ReadonlySet<string>) =>
    typeof record === "object" && record !== null && names.has(String(Reflect.get(record, key)));
  const mine = guests(host).filter((record) => has(record, "vmid", pool.guests));
  return {
    comment: pool.comment || undefined,
    members: [
      ...mine.map((record) =>
        typeof record === "object" && record !== null
          ? { ...record, pool: undefined, tags: undefined, template: undefined }
          : record,
      ),
      ...storages(host).filter((record) => has(record, "storage", pool.storages)),
    ],
  };
}
