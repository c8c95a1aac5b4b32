import { defineModule, read, type ValueMap } from "../../engine/module/index.ts";
import { OPTIONS, readOption } from "./options.ts";
import { params } from "./params.ts";
import { currentSelection, guestsOf, JOBS, jobOf, planFor } from "./plan.ts";

export const pveBackupJob = defineModule({
  name: "pve_backup_job",
  summary: "Schedule a backup job of Proxmox VE.",
  description: `A job saves all guests, some by their numbers, or those of a pool; naming another of these takes the place of what was
there before. Options that the task does not name are left alone; null means not set. Schedules are compared by what they mean. Proxmox VE
checks neither the storage nor the guests: a warning says what is missing. Folders that are bound into a container are never in its
backup. The result has \`id\`, \`exists\`, \`enabled\`, \`schedule\`, \`all\`, \`vmids\`, \`pool\`, \`exclude\` and \`storage\`.`,
  params,
  probes: ({ state, pool, vmids, exclude, storage }) => ({
    // As bytes: a note beyond ASCII makes the file no UTF-8, and that must not fail the task.
    jobs: read.file(JOBS),
    pmxcfs: read.stat("/etc/pve/nodes"),
    users: pool !== undefined && state === "present" ? read.text("/etc/pve/user.cfg") : undefined,
    guests: vmids !== undefined || exclude !== undefined ? read.text("/etc/pve/.vmlist") : undefined,
    storages: typeof storage === "string" ? read.text("/etc/pve/storage.cfg") : undefined,
  }),
  plan: (given, observed) => planFor(given, observed),
  result({ id }, { jobs }): ValueMap {
    const job = jobOf(jobs, id);
    const value = (param: string) => {
      const option = OPTIONS.find((each) => each.param === param);
      return job === undefined || option === undefined ? null : readOption(option, job.options.get(option.key));
    };
    return {
      id,
      exists: job !== undefined,
      enabled: value("enabled"),
      schedule: value("schedule"),
      storage: value("storage"),
      ...(job === undefined ? { all: null, vmids: null, pool: null } : currentSelection(job)),
      exclude: job === undefined ? null : guestsOf(job.options.get("exclude")),
    };
  },
  examples: [
    `pve_backup_job:
  id: nightly
  schedule: "02:30"
  all: true
  exclude: [190]
  storage: Backup-Vault
  mode: snapshot
  compress: zstd
  prune_backups: { keep_last: 3, keep_daily: 7, keep_weekly: 4 }
  repeat_missed: true`,
    'pve_backup_job: { id: media, schedule: "sat 04:00", vmids: [101, 102], storage: usb-backup, enabled: false }',
    "pve_backup_job: { id: old-nightly, state: absent }",
  ],
});
