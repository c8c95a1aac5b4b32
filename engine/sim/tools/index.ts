import type { Tool } from "../tool.ts";
import { getfacl, setfacl } from "./acl-tools.ts";
import { aptGet } from "./apt-get.ts";
import { blkid } from "./blkid.ts";
import { cat, echo, no, pwd, readlink, sleep, yes } from "./core.ts";
import { crontab } from "./crontab.ts";
import { curl } from "./curl.ts";
import { dd } from "./dd.ts";
import { docker, dockerCompose } from "./docker/index.ts";
import { dockerd } from "./dockerd.ts";
import { aptCache, aptMark, dpkgQuery } from "./dpkg.ts";
import { git } from "./git.ts";
import { gpasswd, groupadd, groupdel, groupmod } from "./group-tools.ts";
import { haManager } from "./ha-manager/index.ts";
import { getent, id } from "./identity.ts";
import { ln } from "./ln.ts";
import { localedef } from "./localedef.ts";
import { ls } from "./ls.ts";
import { lsblk } from "./lsblk.ts";
import { lxcInfo, lxcLs } from "./lxc-info.ts";
import { date, hostname, ip, nproc, uname } from "./machine.ts";
import { mkdir, touch } from "./make-files.ts";
import { lsmod, modprobe } from "./modprobe.ts";
import { findfs, mount, umount } from "./mount.ts";
import { findmnt, mountpoint } from "./mounts.ts";
import { pct } from "./pct/index.ts";
import { perl } from "./perl.ts";
import { proxmoxBackupClient } from "./proxmox-backup-client.ts";
import { proxmoxBackupManager } from "./proxmox-backup-manager/index.ts";
import { proxmoxBackupDebug } from "./proxmox-backup-manager/job-states.ts";
import { proxmoxFileRestore } from "./proxmox-file-restore.ts";
import { pveam } from "./pveam.ts";
import { pvecm } from "./pvecm.ts";
import { pvesh } from "./pvesh/index.ts";
import { pvesm } from "./pvesm/index.ts";
import { pvesr } from "./pvesr.ts";
import { pveum } from "./pveum/index.ts";
import { qemuImg } from "./qemu-img.ts";
import { qm } from "./qm/index.ts";
import { blockdev } from "./recovery/blockdev.ts";
import { ddrescue, ddrescuelog } from "./recovery/ddrescue.ts";
import { df } from "./recovery/df.ts";
import { photorec } from "./recovery/photorec.ts";
import { sh } from "./recovery/sh.ts";
import { smartctl } from "./recovery/smartctl.ts";
import { pdbedit, smbpasswd } from "./samba-tools.ts";
import { env, printf, tty, wc, which, whoami } from "./small.ts";
import { stat } from "./stat.ts";
import { sha256sum, sha512sum } from "./sums.ts";
import { sysctl } from "./sysctl.ts";
import { halt, journalctl, poweroff, rebootTool, shutdown, systemctl } from "./systemctl.ts";
import { tailscale } from "./tailscale/index.ts";
import { tar } from "./tar.ts";
import { tee } from "./tee.ts";
import { bracket, test } from "./test-expression.ts";
import { udevadm } from "./udevadm.ts";
import { updateInitramfs } from "./update-initramfs.ts";
import { chpasswd, useradd, userdel, usermod } from "./user-tools.ts";
import { vzdump } from "./vzdump.ts";
import { wipefs } from "./wipefs.ts";
import { zdb } from "./zdb.ts";
import { zfs } from "./zfs/index.ts";
import { zpool } from "./zpool/index.ts";

/** Every imitated tool, by name. */
export const tools: ReadonlyMap<string, Tool> = new Map(
  [
    aptCache,
    aptGet,
    aptMark,
    bracket,
    cat,
    chpasswd,
    crontab,
    curl,
    date,
    dd,
    docker,
    dockerCompose,
    dockerd,
    dpkgQuery,
    echo,
    env,
    findfs,
    findmnt,
    getent,
    git,
    getfacl,
    gpasswd,
    groupadd,
    groupdel,
    groupmod,
    haManager,
    halt,
    hostname,
    id,
    ip,
    mkdir,
    mount,
    mountpoint,
    no,
    nproc,
    pct,
    pdbedit,
    perl,
    pveam,
    pvecm,
    pvesh,
    pvesm,
    pvesr,
    pveum,
    poweroff,
    printf,
    pwd,
    qemuImg,
    qm,
    readlink,
    rebootTool,
    journalctl,
    ln,
    localedef,
    ls,
    lxcInfo,
    lxcLs,
    setfacl,
    sha256sum,
    sha512sum,
    shutdown,
    sleep,
    smbpasswd,
    stat,
    sysctl,
    tar,
    systemctl,
    tailscale,
    tee,
    test,
    touch,
    tty,
    umount,
    uname,
    useradd,
    userdel,
    usermod,
    wc,
    which,
    whoami,
    yes,
    proxmoxBackupClient,
    proxmoxBackupDebug,
    proxmoxBackupManager,
    proxmoxFileRestore,
    vzdump,
    zfs,
    zdb,
    blkid,
    blockdev,
    ddrescue,
    ddrescuelog,
    df,
    photorec,
    smartctl,
    sh,
    lsblk,
    udevadm,
    wipefs,
    zpool,
    lsmod,
    modprobe,
    updateInitramfs,
  ].map((tool) => [tool.name, tool]),
);
