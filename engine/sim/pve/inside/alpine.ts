// What the container template of Alpine 3.20 holds, as far as the lab knows it.

export const ALPINE_OS_RELEASE = `NAME="Alpine Linux"
ID=alpine
VERSION_ID=3.20.3
PRETTY_NAME="Alpine Linux v3.20"
HOME_URL="https://alpinelinux.org/"
BUG_REPORT_URL="https://gitlab.alpinelinux.org/alpine/aports/-/issues"
`;

export const ALPINE_FOLDERS = [
  "/",
  "/bin",
  "/dev",
  "/etc/apk/keys",
  "/etc/conf.d",
  "/etc/crontabs",
  "/etc/init.d",
  "/etc/network",
  "/etc/periodic/daily",
  "/etc/profile.d",
  "/etc/runlevels/boot",
  "/etc/runlevels/default",
  "/etc/runlevels/shutdown",
  "/etc/runlevels/sysinit",
  "/etc/sysctl.d",
  "/home",
  "/lib/apk/db",
  "/media",
  "/mnt",
  "/opt",
  "/proc",
  "/root",
  "/run",
  "/sbin",
  "/srv",
  "/sys",
  "/usr/bin",
  "/usr/lib",
  "/usr/local/bin",
  "/usr/local/lib",
  "/usr/sbin",
  "/usr/share",
  "/var/cache/apk",
  "/var/lib",
  "/var/log",
  "/var/spool/cron",
];

export const ALPINE_PASSWD = `root:x:0:0:root:/root:/bin/sh
bin:x:1:1:bin:/bin:/sbin/nologin
daemon:x:2:2:daemon:/sbin:/sbin/nologin
lp:x:4:7:lp:/var/spool/lpd:/sbin/nologin
sync:x:5:0:sync:/sbin:/bin/sync
shutdown:x:6:0:shutdown:/sbin:/sbin/shutdown
halt:x:7:0:halt:/sbin:/sbin/halt
mail:x:8:12:mail:/var/mail:/sbin/nologin
news:x:9:13:news:/usr/lib/news:/sbin/nologin
cron:x:16:16:cron:/var/spool/cron:/sbin/nologin
ftp:x:21:21::/var/lib/ftp:/sbin/nologin
sshd:x:22:22:sshd:/dev/null:/sbin/nologin
games:x:35:35:games:/usr/games:/sbin/nologin
ntp:x:123:123:NTP:/var/empty:/sbin/nologin
guest:x:405:100:guest:/dev/null:/sbin/nologin
nobody:x:65534:65534:nobody:/:/sbin/nologin
`;

export const ALPINE_GROUP = `root:x:0:root
bin:x:1:root,bin,daemon
daemon:x:2:root,bin,daemon
sys:x:3:root,bin
adm:x:4:root,daemon
tty:x:5:
disk:x:6:root
lp:x:7:lp
kmem:x:9:
wheel:x:10:root
floppy:x:11:root
mail:x:12:mail
news:x:13:news
cron:x:16:cron
audio:x:18:
cdrom:x:19:
dialout:x:20:root
ftp:x:21:
sshd:x:22:
input:x:23:
tape:x:26:root
video:x:27:root
netdev:x:28:
kvm:x:34:kvm
games:x:35:
shadow:x:42:
www-data:x:82:
users:x:100:games
ntp:x:123:
utmp:x:406:
ping:x:999:
nogroup:x:65533:
nobody:x:65534:
`;

/** Installed packages; versions as apk lists them. */
export const ALPINE_PACKAGES: Readonly<Record<string, string>> = {
  "alpine-base": "3.20.3-r0",
  "alpine-baselayout": "3.6.5-r0",
  "alpine-conf": "3.18.0-r0",
  "alpine-keys": "2.4-r1",
  "alpine-release": "3.20.3-r0",
  "apk-tools": "2.14.4-r0",
  busybox: "1.36.1-r29",
  "busybox-mdev-openrc": "1.36.1-r29",
  "ca-certificates-bundle": "20240705-r0",
  ifupdown: "0.8.41-r0",
  musl: "1.2.5-r0",
  "musl-utils": "1.2.5-r0",
  openrc: "0.54-r2",
  ssl_client: "1.36.1-r29",
  zlib: "1.3.1-r1",
};

/** Links to busybox, by folder. */
export const APPLETS: Readonly<Record<string, readonly string[]>> = {
  "/bin":
    "ash cat chmod chown cp date dd df echo false grep gunzip gzip hostname kill ln ls mkdir mktemp mount mountpoint mv pwd rm rmdir sed sh sleep stat su sync tar touch true umount uname".split(
      " ",
    ),
  "/usr/bin":
    "[ awk basename crontab cut dirname env expr find flock groups head id install logger md5sum nproc pgrep pkill printf readlink realpath sha1sum sha256sum sort tail tee test time tr tty uniq unzip wc which whoami xargs".split(
      " ",
    ),
  "/sbin": "halt ifconfig init ip poweroff reboot route sysctl".split(" "),
  "/usr/sbin": "addgroup adduser chpasswd crond delgroup deluser ntpd".split(" "),
};
/** Programs of other packages. */
export const ALPINE_PROGRAMS = [
  "/sbin/apk",
  "/sbin/openrc",
  "/sbin/rc-service",
  "/sbin/rc-update",
  "/usr/bin/getent",
  "/bin/rc-status",
];
