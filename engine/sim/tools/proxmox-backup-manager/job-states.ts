import { nodeAt } from "../../files/file-tree.ts";
import { nodeText } from "../../files/node.ts";
import type { Session } from "../../session.ts";
import { refuseArgument, says, type Tool } from "../../tool.ts";
import { sectionsOf } from "./config.ts";

/** The server keeps how a job has ended in a file for each; nothing of the lab runs them. */
const STATES = "/var/lib/proxmox-backup/jobstates";
const JOBS: Readonly<Record<string, { readonly file: string; readonly kind: string }>> = {
  prune: { file: "prune", kind: "prunejob" },
  verify: { file: "verification", kind: "verificationjob" },
  sync: { file: "sync", kind: "syncjob" },
};

/** `garbage-collection list`: each datastore, also one that was never collected. */
export function garbageCollections(session: Session): readonly object[] {
  return sectionsOf(session, "datastore").map(({ id, options }) => ({
    store: id,
    schedule: options.get("gc-schedule"),
    ...lastRun(session, "garbage_collection", id),
  }));
}

/** `proxmox-backup-debug api get`: the API without its server, for the paths of jobs. */
export const proxmoxBackupDebug: Tool = {
  name: "proxmox-backup-debug",
  rests: "documented",
  run({ session }, args) {
    const [group, verb, path = "", ...rest] = args;
    const job = /^\/?admin\/(prune|verify|sync)$/.exec(path)?.[1];
    const known = job === undefined ? undefined : JOBS[job];
    if (group !== "api" || verb !== "get" || known === undefined || rest.join(" ") !== "--output-format json")
      refuseArgument("proxmox-backup-debug", args.join(" "));
    const jobs = sectionsOf(session, known.file).map(({ id, options }) => ({
      ...Object.fromEntries(options),
      id,
      ...lastRun(session, known.kind, id),
    }));
    return says(`${JSON.stringify(jobs)}\n`);
  },
};

function lastRun(session: Session, kind: string, name: string): object {
  const node = nodeAt(session.host, `${STATES}/${kind}-${name}.json`);
  return node?.type === "file" ? JSON.parse(nodeText(node)) : {};
}
