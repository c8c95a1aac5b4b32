import { isCalendarEvent, nextCalendarRun, parseCalendarEvent } from "../../../formats/calendar-event.ts";
import { member, parseJson } from "../../../formats/json.ts";
import { nodeAt } from "../../files/file-tree.ts";
import { nodeText } from "../../files/node.ts";
import {
  createReplication,
  deleteReplication,
  guestTypeOf,
  JOB_ID,
  JOB_OPTIONS,
  REPLICATION,
  updateReplication,
} from "../../pve/cluster/replication.ts";
import { NODE_NAME, readSections, type Section } from "../../pve/cluster/section-file.ts";
import { PveError } from "../../pve/command/pve-error.ts";
import type { Schema } from "../../pve/command/schema.ts";

import type { FrozenHost } from "../../world.ts";
import type { ApiPath, Json } from "./api.ts";

const text: Schema = { kind: "string" };
const boolean: Schema = { kind: "boolean" };

export const replicationPaths: readonly ApiPath[] = [
  {
    path: "/cluster/replication",
    get: {
      run: ({ session: { host } }) => ({ data: readSections(host, REPLICATION).sections.map(record) }),
    },
    create: {
      options: { ...JOB_OPTIONS, id: JOB_ID, target: NODE_NAME, type: { kind: "string", values: ["local"] } },
      required: ["id", "target", "type"],
      run: ({ session, options }) => {
        const given = new Map([...options].filter(([name]) => name !== "type"));
        return { data: null, stderr: createReplication(session, given) };
      },
    },
  },
  {
    path: "/cluster/replication/{id}",
    get: { run: ({ session: { host }, path }) => ({ data: replicationRecord(host, path.id ?? "") }) },
    set: {
      options: { ...JOB_OPTIONS, delete: text, digest: text },
      run: ({ session, path, options }) => ({
        data: null,
        stderr: updateReplication(session, new Map([...options, ["id", path.id ?? ""]])),
      }),
    },
    delete: {
      options: { force: boolean, keep: boolean },
      run: ({ session, path, options }) => ({
        data: null,
        stderr: deleteReplication(session, new Map([...options, ["id", path.id ?? ""]])),
      }),
    },
  },
  {
    path: "/nodes/{node}/replication",
    get: {
      options: { guest: { kind: "integer", min: 1 } },
      run: ({ session: { host, network }, path, options }) => {
        const guest = options.get("guest");
        // A request about another node is passed on to it.
        const other = Object.values(network).find(({ hostname }) => hostname === path.node);
        const asked = path.node === host.hostname ? host : (other ?? host);
        const jobs = readSections(asked, REPLICATION).sections.filter(
          (job) => job.options.get("source") === path.node && (guest === undefined || job.id.startsWith(`${guest}-`)),
        );
        return { data: jobs.map((job) => ({ ...record(job), ...stateOf(asked, job) })) };
      },
    },
  },
];

/** One job. Throws PveError if there is none. */
export function replicationRecord(host: FrozenHost, id: string): Json {
  const { sections, digest } = readSections(host, REPLICATION);
  const job = sections.find((each) => each.id === id);
  if (job === undefined) throw new PveError(`no such replication job '${id}'`);
  return { ...record(job), digest };
}

function record({ id, type, options }: Section) {
  const [guest, jobnum] = id.split("-").map(Number);
  const rate = options.get("rate");
  const disable = options.get("disable");
  return {
    ...Object.fromEntries(options),
    ...(rate !== undefined && { rate: Number(rate) }),
    ...(disable !== undefined && { disable: Number(disable) }),
    guest,
    id,
    jobnum,
    type,
  };
}

/** A job that never ran is due at the first time of its schedule since the beginning of time. */
function stateOf(host: FrozenHost, { id, options }: Section) {
  const event = parseCalendarEvent(options.get("schedule") ?? "*/15");
  const run = lastRun(host, id, options.get("target") ?? "");
  const since = Number(run.last_try ?? 0);
  return {
    fail_count: 0,
    last_sync: 0,
    last_try: 0,
    ...run,
    next_sync: isCalendarEvent(event) ? nextCalendarRun(event, since) : 0,
    vmtype: guestTypeOf(host, id.split("-")[0] ?? ""),
  };
}

const STATE = "/var/lib/pve-manager/pve-replication-state.json";
const KEPT = ["duration", "error", "fail_count", "last_sync", "last_try"] as const;

/** How it went last, as the node that has the guest keeps it, by guest and target. Nothing runs in the lab, so it is there only if somebody has put it there. */
export function lastRun(host: FrozenHost, id: string, target: string): Readonly<Record<string, string | number>> {
  const file = nodeAt(host, STATE);
  const all = file?.type === "file" ? parseJson(nodeText(file)) : null;
  const job = member(member(all, id.split("-")[0] ?? ""), `local/${target}`);
  return Object.fromEntries(
    KEPT.flatMap((name): readonly (readonly [string, string | number])[] => {
      const value = member(job, name);
      return typeof value === "string" || typeof value === "number" ? [[name, value]] : [];
    }),
  );
}
