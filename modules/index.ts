import type { Module } from "../engine/module/index.ts";
import { acl } from "./acl/index.ts";
import { addHost } from "./add-host.ts";
import { aptRepository } from "./apt-repository/index.ts";
import { archive } from "./archive.ts";
import { assert } from "./assert.ts";
import { authorizedKey } from "./authorized-key.ts";
import { block } from "./block.ts";
import { command } from "./command.ts";
import { compose } from "./compose/index.ts";
import { copy } from "./copy.ts";
import { cron } from "./cron.ts";
import { ddrescue } from "./ddrescue/index.ts";
import { debug } from "./debug.ts";
import { download } from "./download.ts";
import { fail } from "./fail.ts";
import { fetch } from "./fetch.ts";
import { file } from "./file.ts";
import { find } from "./find.ts";
import { git } from "./git/index.ts";
import { group } from "./group.ts";
import { groupBy } from "./group-by.ts";
import { guestRollback } from "./guest-rollback.ts";
import { guestSnapshot } from "./guest-snapshot.ts";
import { hostname } from "./hostname.ts";
import { http } from "./http.ts";
import { includeVars } from "./include-vars.ts";
import { ini } from "./ini.ts";
import { jobStatus } from "./job-status.ts";
import { kernelModule } from "./kernel-module.ts";
import { knownHost } from "./known-host.ts";
import { line } from "./line.ts";
import { linkProbe } from "./link-probe.ts";
import { lxcconf } from "./lxcconf/index.ts";
import { mount } from "./mount.ts";
import { packages } from "./package.ts";
import { pause } from "./pause.ts";
import { pbsDatastore } from "./pbs-datastore.ts";
import { pbsJob } from "./pbs-job.ts";
import { pbsS3Endpoint } from "./pbs-s3-endpoint.ts";
import { pbsUser } from "./pbs-user.ts";
import { pct } from "./pct/index.ts";
import { photorec } from "./photorec/index.ts";
import { portainerAdmin } from "./portainer-admin.ts";
import { pveBackupJob } from "./pve-backup-job/index.ts";
import { pveCluster } from "./pve-cluster.ts";
import { pveHa } from "./pve-ha.ts";
import { pveHaGroup } from "./pve-ha-group.ts";
import { pveHaRule } from "./pve-ha-rule.ts";
import { pvePool } from "./pve-pool.ts";
import { pveReplication } from "./pve-replication.ts";
import { pveStorage } from "./pve-storage/index.ts";
import { pveTemplate } from "./pve-template.ts";
import { qm } from "./qm/index.ts";
import { reboot } from "./reboot.ts";
import { rollbackPoints } from "./rollback-points.ts";
import { sambaUser } from "./samba-user.ts";
import { service } from "./service.ts";
import { setFact } from "./set-fact.ts";
import { shell } from "./shell.ts";
import { slurp } from "./slurp.ts";
import { stat } from "./stat.ts";
import { syncthing } from "./syncthing/index.ts";
import { sysctl } from "./sysctl.ts";
import { systemdUnit } from "./systemd-unit.ts";
import { tailnetFragment } from "./tailnet-fragment.ts";
import { tailscale } from "./tailscale/index.ts";
import { tailscaleAcl } from "./tailscale-acl/index.ts";
import { tailscaleDevice } from "./tailscale-device/index.ts";
import { template } from "./template.ts";
import { timezone } from "./timezone.ts";
import { udevRule } from "./udev-rule.ts";
import { user } from "./user.ts";
import { waitFor } from "./wait-for.ts";
import { zfs } from "./zfs/index.ts";
import { zfsRollback } from "./zfs-rollback.ts";
import { zfsSnapshot } from "./zfs-snapshot.ts";
import { zpool } from "./zpool/index.ts";
import { zpoolReplace } from "./zpool-replace.ts";
import { zpoolScrub } from "./zpool-scrub.ts";

/** Every module that comes with lab, in the order of their names. */
export const modules: readonly Module[] = [
  acl,
  addHost,
  aptRepository,
  archive,
  assert,
  authorizedKey,
  block,
  command,
  compose,
  copy,
  cron,
  ddrescue,
  debug,
  download,
  fail,
  fetch,
  file,
  find,
  git,
  group,
  groupBy,
  guestRollback,
  guestSnapshot,
  hostname,
  http,
  includeVars,
  ini,
  jobStatus,
  kernelModule,
  knownHost,
  line,
  linkProbe,
  lxcconf,
  mount,
  packages,
  pause,
  pbsDatastore,
  pbsJob,
  pbsS3Endpoint,
  pbsUser,
  pct,
  photorec,
  portainerAdmin,
  pveBackupJob,
  pveCluster,
  pveHa,
  pveHaGroup,
  pveHaRule,
  pvePool,
  pveReplication,
  pveStorage,
  pveTemplate,
  qm,
  reboot,
  rollbackPoints,
  sambaUser,
  service,
  setFact,
  shell,
  slurp,
  stat,
  syncthing,
  sysctl,
  systemdUnit,
  tailnetFragment,
  tailscale,
  tailscaleAcl,
  tailscaleDevice,
  template,
  timezone,
  udevRule,
  user,
  waitFor,
  zfs,
  zfsRollback,
  zfsSnapshot,
  zpool,
  zpoolReplace,
  zpoolScrub,
];
