/** The folder that holds an absolute path; that of `/` is `/`. */
export function parentFolder(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}

/** Where a symlink at `path` points: an absolute path, from a target that may be relative to the link's folder. */
export function linkTarget(path: string, target: string): string {
  const parts: string[] = [];
  const whole = target.startsWith("/") ? target : `${parentFolder(path)}/${target}`;
  for (const part of whole.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}`;
}

/** Folders that a Debian or Proxmox system needs: no task may remove or replace them. */
const SYSTEM = new Set(
  `/ /bin /boot /boot/efi /dev /etc /etc/apt /etc/cron.d /etc/default /etc/network /etc/pam.d /etc/pve /etc/ssh /etc/ssl /etc/systemd
   /etc/systemd/system /home /lib /lib32 /lib64 /libx32 /media /mnt /opt /proc /root /run /sbin /srv /sys /tmp /usr /usr/bin
   /usr/lib /usr/lib/systemd /usr/lib64 /usr/local /usr/local/bin /usr/local/lib /usr/local/sbin /usr/sbin /usr/share /var
   /var/cache /var/lib /var/lib/apt /var/lib/dpkg /var/lib/lxc /var/lib/pve-cluster /var/lib/systemd /var/lib/vz /var/log
   /var/mail /var/run /var/spool /var/spool/cron /var/tmp`.split(/\s+/),
);

export function isSystemPath(path: string): boolean {
  return SYSTEM.has(path);
}
