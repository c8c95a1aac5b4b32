import type { Value, ValueMap } from "../../engine/module/index.ts";
import { defineModule, read } from "../../engine/module/index.ts";
import { groundLooks } from "./ground.ts";
import { guestLooks } from "./in-use.ts";
import { OPTIONS, readOption } from "./options.ts";
import { params } from "./params.ts";
import { isActive, planFor } from "./plan.ts";
import { secretPath } from "./secrets.ts";
import { CFG, sectionOf, typeOf } from "./storage-cfg.ts";

export const pveStorage = defineModule({
  name: "pve_storage",
  summary: "Define a storage of Proxmox VE: a folder, a ZFS pool, a share, a backup server.",
  description: `What is named is compared by its meaning: contents and nodes are sets, whose order Proxmox VE changes at each write. What is not
named is left alone; null means not set. What makes a storage what it is (type, path, pool, server, export, share, datastore) cannot be
changed: the task is refused and says so. A new storage is activated at once, and if that fails nothing is left of it. Before a storage is
taken away it is looked for in all guests and backup jobs. The result has \`id\`, \`type\`, \`path\`, \`content\`, \`nodes\`, \`disabled\`
and \`active\` (null unless \`verify_active\`).`,
  params,
  probes: ({ id, state, password, encryption_key, verify_active }) => ({
    cfg: read.text(CFG),
    pmxcfs: read.stat("/etc/pve/nodes"),
    password: password === undefined ? undefined : read.text(secretPath(id, "pw")),
    key: encryption_key === undefined ? undefined : read.text(secretPath(id, "enc")),
    guests: state === "absent" ? read.text("/etc/pve/.vmlist") : undefined,
    jobs: state === "absent" ? read.text("/etc/pve/jobs.cfg") : undefined,
    // Whether it is in use hangs on its folder, pool or server: on anything.
    status: verify_active ? read.exec(["pvesm", "status", "--storage", id]) : undefined,
  }),
  probesAfter: (given, { cfg, guests }) => {
    const there = sectionOf(cfg, given.id) !== undefined;
    if (given.state === "absent") return there ? guestLooks(guests ?? null) : {};
    return there ? {} : groundLooks(given);
  },
  plan: (given, observed) => planFor(given, observed),
  // A share that has just been defined may take a while to be mounted.
  settle: ({ verify_active }) => ({ forMs: verify_active ? 60_000 : 0, holdMs: 0 }),
  result({ id }, observed): ValueMap {
    const section = sectionOf(observed.cfg, id);
    const type = typeOf(section);
    const value = (param: string): Value => {
      const option = OPTIONS.find((each) => each.param === param);
      return section === undefined || type === null || option === undefined
        ? null
        : readOption(option, type, section.options.get(option.key));
    };
    return {
      id,
      exists: section !== undefined,
      type: section?.type ?? null,
      path: value("path"),
      content: value("content"),
      nodes: value("nodes"),
      disabled: value("disable"),
      active: observed.status !== undefined ? isActive(observed.status.stdout, id) : null,
    };
  },
  examples: [
    "pve_storage: { id: VM-SSD, type: zfspool, pool: VM-SSD, content: [images, rootdir], sparse: true }",
    "pve_storage: { id: local, content: [iso, vztmpl, backup, snippets] }",
    `pve_storage:
  id: usb-backup
  type: dir
  path: /mnt/hdd/dump
  content: [backup]
  is_mountpoint: /mnt/hdd
  prune_backups: { keep_last: 3, keep_weekly: 4 }`,
    "pve_storage: { id: nas, type: nfs, server: nas.example, export: /volume1/pve, content: [iso], options: vers=4.2 }",
    "pve_storage: { id: old-nas, state: absent }",
  ],
});
