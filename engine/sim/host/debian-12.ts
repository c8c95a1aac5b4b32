import type { Mount } from "../world.ts";

// What the installer of Debian 12 leaves on a disk, as far as the lab knows it.

export const DEFAULT_MOUNTS: readonly Mount[] = [
  {
    source: "/dev/sdb1",
    target: "/mnt/hdd",
    fstype: "ext4",
    options: "rw,relatime",
    uuid: "5a8f6c1e-3b0d-4c57-9a52-7d1f0e6b2c94",
  },
];
export const SYSTEM_MOUNTS: readonly Mount[] = [
  {
    source: "/dev/sda1",
    target: "/",
    fstype: "ext4",
    options: "rw,relatime,errors=remount-ro",
    uuid: "0f3b7d52-1c6e-4b7a-8f19-2e5c9a7d4b60",
  },
  { source: "proc", target: "/proc", fstype: "proc", options: "rw,nosuid,nodev,noexec,relatime" },
  { source: "sysfs", target: "/sys", fstype: "sysfs", options: "rw,nosuid,nodev,noexec,relatime" },
  {
    source: "tmpfs",
    target: "/run",
    fstype: "tmpfs",
    options: "rw,nosuid,nodev,noexec,relatime,size=815388k,mode=755",
  },
  { source: "tmpfs", target: "/dev/shm", fstype: "tmpfs", options: "rw,nosuid,nodev" },
];

export const FOLDERS = [
  "/",
  "/boot",
  "/dev",
  "/etc",
  "/etc/apt/apt.conf.d",
  "/etc/apt/keyrings",
  "/etc/apt/sources.list.d",
  "/etc/cron.d",
  "/etc/cron.daily",
  "/etc/cron.hourly",
  "/etc/cron.monthly",
  "/etc/cron.weekly",
  "/etc/default",
  "/etc/logrotate.d",
  "/etc/modprobe.d",
  "/etc/modules-load.d",
  "/etc/network",
  "/etc/profile.d",
  "/etc/ssh/sshd_config.d",
  "/etc/sudoers.d",
  "/etc/sysctl.d",
  "/etc/systemd/system",
  "/etc/systemd/system/multi-user.target.wants",
  "/etc/udev/rules.d",
  "/home",
  "/media",
  "/mnt",
  "/opt",
  "/proc",
  "/root",
  "/run/lock",
  "/run/systemd/system",
  "/srv",
  "/sys",
  "/usr/bin",
  "/usr/lib/systemd/system",
  "/usr/local/bin",
  "/usr/local/etc",
  "/usr/local/lib",
  "/usr/local/sbin",
  "/usr/sbin",
  "/usr/share",
  "/var/backups",
  "/var/cache/apt",
  "/var/lib/apt/lists",
  "/var/lib/dpkg",
  "/var/log",
  "/var/spool/cron",
];
/** Path, mode, group. */
export const SPECIAL_FOLDERS: readonly (readonly [string, string, number])[] = [
  ["/root", "0700", 0],
  ["/tmp", "1777", 0],
  ["/var/tmp", "1777", 0],
  ["/run/lock", "1777", 0],
  ["/dev/shm", "1777", 0],
  ["/var/mail", "2775", 8],
  ["/var/local", "2775", 50],
  ["/var/spool/cron/crontabs", "1730", 105],
];
export const LINKS: readonly (readonly [string, string])[] = [
  ["/bin", "usr/bin"],
  ["/lib", "usr/lib"],
  ["/sbin", "usr/sbin"],
  ["/etc/mtab", "../proc/self/mounts"],
  ["/etc/localtime", "/usr/share/zoneinfo/Etc/UTC"],
  ["/var/run", "/run"],
];

export const PASSWD = [
  "root:x:0:0:root:/root:/bin/bash",
  "daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin",
  "bin:x:2:2:bin:/bin:/usr/sbin/nologin",
  "sys:x:3:3:sys:/dev:/usr/sbin/nologin",
  "sync:x:4:65534:sync:/bin:/bin/sync",
  "games:x:5:60:games:/usr/games:/usr/sbin/nologin",
  "man:x:6:12:man:/var/cache/man:/usr/sbin/nologin",
  "lp:x:7:7:lp:/var/spool/lpd:/usr/sbin/nologin",
  "mail:x:8:8:mail:/var/mail:/usr/sbin/nologin",
  "www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin",
  "backup:x:34:34:backup:/var/backups:/usr/sbin/nologin",
  "_apt:x:42:65534::/nonexistent:/usr/sbin/nologin",
  "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin",
  "systemd-network:x:998:998:systemd Network Management:/:/usr/sbin/nologin",
  "messagebus:x:100:107::/nonexistent:/usr/sbin/nologin",
  "sshd:x:101:65534::/run/sshd:/usr/sbin/nologin",
];
export const GROUP = [
  "root:x:0:",
  "daemon:x:1:",
  "bin:x:2:",
  "sys:x:3:",
  "adm:x:4:",
  "tty:x:5:",
  "disk:x:6:",
  "lp:x:7:",
  "mail:x:8:",
  "man:x:12:",
  "kmem:x:15:",
  "dialout:x:20:",
  "cdrom:x:24:",
  "sudo:x:27:",
  "audio:x:29:",
  "www-data:x:33:",
  "backup:x:34:",
  "src:x:40:",
  "shadow:x:42:",
  "video:x:44:",
  "plugdev:x:46:",
  "staff:x:50:",
  "games:x:60:",
  "users:x:100:",
  "nogroup:x:65534:",
  "systemd-journal:x:999:",
  "systemd-network:x:998:",
  "render:x:106:",
  "messagebus:x:107:",
];

export const OS_RELEASE = `PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"
NAME="Debian GNU/Linux"
VERSION_ID="12"
VERSION="12 (bookworm)"
VERSION_CODENAME=bookworm
ID=debian
HOME_URL="https://www.debian.org/"
SUPPORT_URL="https://www.debian.org/support"
BUG_REPORT_URL="https://bugs.debian.org/"
`;
export const CRONTAB = `SHELL=/bin/sh
PATH=/usr/local/sbin:/usr/local/bin:/sbin:/bin:/usr/sbin:/usr/bin

17 *\t* * *\troot\tcd / && run-parts --report /etc/cron.hourly
25 6\t* * *\troot\ttest -x /usr/sbin/anacron || { cd / && run-parts --report /etc/cron.daily; }
47 6\t* * 7\troot\ttest -x /usr/sbin/anacron || { cd / && run-parts --report /etc/cron.weekly; }
52 6\t1 * *\troot\ttest -x /usr/sbin/anacron || { cd / && run-parts --report /etc/cron.monthly; }
`;

export const SYSCTL: Readonly<Record<string, string>> = {
  "fs.file-max": "9223372036854775807",
  "fs.inotify.max_queued_events": "16384",
  "fs.inotify.max_user_instances": "128",
  "fs.inotify.max_user_watches": "65536",
  "kernel.dmesg_restrict": "1",
  "kernel.panic": "0",
  "kernel.pid_max": "4194304",
  "kernel.sysrq": "438",
  "kernel.unprivileged_userns_clone": "1",
  "net.core.default_qdisc": "fq_codel",
  "net.core.rmem_default": "212992",
  "net.core.rmem_max": "212992",
  "net.core.somaxconn": "4096",
  "net.core.wmem_default": "212992",
  "net.core.wmem_max": "212992",
  "net.ipv4.conf.all.accept_redirects": "0",
  "net.ipv4.conf.all.forwarding": "0",
  "net.ipv4.conf.all.rp_filter": "0",
  "net.ipv4.conf.default.rp_filter": "0",
  "net.ipv4.ip_forward": "0",
  "net.ipv4.ping_group_range": "0\t2147483647",
  "net.ipv4.tcp_congestion_control": "cubic",
  "net.ipv4.tcp_keepalive_time": "7200",
  "net.ipv4.tcp_rmem": "4096\t131072\t6291456",
  "net.ipv4.tcp_wmem": "4096\t16384\t4194304",
  "net.ipv6.conf.all.disable_ipv6": "0",
  "net.ipv6.conf.all.forwarding": "0",
  "net.ipv6.conf.default.disable_ipv6": "0",
  "vm.dirty_background_ratio": "10",
  "vm.dirty_expire_centisecs": "3000",
  "vm.dirty_ratio": "20",
  "vm.dirty_writeback_centisecs": "500",
  "vm.max_map_count": "65530",
  "vm.overcommit_memory": "0",
  "vm.swappiness": "60",
};
