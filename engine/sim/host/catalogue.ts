// Over 300 lines: one table, the packages that a Debian of the lab can install.
import { DOCKER } from "./docker-packages.ts";
import type { PackageInfo } from "./package-info.ts";

export type { PackageInfo } from "./package-info.ts";

function service(description: string, start: string, extra: readonly string[] = []): string {
  return [
    "[Unit]",
    `Description=${description}`,
    "",
    "[Service]",
    `ExecStart=${start}`,
    ...extra,
    "",
    "[Install]",
    "WantedBy=multi-user.target",
    "",
  ].join("\n");
}
const tool = (version: string, summary: string, ...programs: readonly string[]): PackageInfo => ({
  versions: [version],
  summary,
  programs: programs.map((name) => (name.startsWith("/") ? name : `/usr/bin/${name}`)),
});

const BASE: Readonly<Record<string, PackageInfo>> = {
  acl: tool("2.3.1-3", "access control list - utilities", "getfacl", "setfacl"),
  adduser: tool("3.134", "add and remove users and groups", "/usr/sbin/adduser"),
  apt: tool("2.6.1", "commandline package manager", "apt", "apt-get", "apt-cache", "apt-mark"),
  "base-files": tool("12.4+deb12u11", "Debian base system miscellaneous files"),
  bash: tool("5.2.15-2+b8", "GNU Bourne Again SHell", "bash"),
  "ca-certificates": tool("20230311+deb12u1", "Common CA certificates"),
  coreutils: tool(
    "9.1-1",
    "GNU core utilities",
    "[",
    "cat",
    "chmod",
    "chown",
    "cp",
    "date",
    "dd",
    "df",
    "echo",
    "env",
    "false",
    "id",
    "ln",
    "ls",
    "mkdir",
    "mv",
    "nproc",
    "printf",
    "pwd",
    "readlink",
    "rm",
    "rmdir",
    "sha256sum",
    "sha512sum",
    "sleep",
    "stat",
    "tee",
    "test",
    "touch",
    "true",
    "tty",
    "uname",
    "wc",
    "whoami",
  ),
  cron: {
    versions: ["3.0pl1-162"],
    summary: "process scheduling daemon",
    programs: ["/usr/bin/crontab", "/usr/sbin/cron"],
    conffiles: { "/etc/default/cron": "# Cron configuration options\n" },
    groups: { crontab: 105 },
    units: {
      "cron.service": service("Regular background program processing daemon", "/usr/sbin/cron -f $EXTRA_OPTS", [
        "EnvironmentFile=-/etc/default/cron",
        "IgnoreSIGPIPE=false",
        "KillMode=process",
        "Restart=on-failure",
      ]),
    },
  },
  dash: tool("0.5.12-2", "POSIX-compliant shell", "dash", "sh"),
  debianutils: tool("5.7-0.5~deb12u1", "Miscellaneous utilities specific to Debian", "which"),
  dpkg: tool("1.21.22", "Debian package management system", "dpkg", "dpkg-query"),
  findutils: tool("4.9.0-4", "utilities for finding files", "find", "xargs"),
  grep: tool("3.8-5", "GNU grep, egrep and fgrep", "grep"),
  hostname: tool("3.23+nmu1", "utility to set/show the host name or domain name", "hostname"),
  iproute2: tool("6.1.0-3", "networking and traffic control tools", "ip"),
  "libc-bin": tool("2.36-9+deb12u10", "GNU C Library: Binaries", "getent", "localedef"),
  login: tool("1:4.13+dfsg1-1+deb12u1", "system login tools", "/usr/bin/login", "/usr/sbin/nologin"),
  mount: tool("2.38.1-5+deb12u3", "tools for mounting and manipulating filesystems", "mount", "umount"),
  "openssh-server": {
    versions: ["1:9.2p1-2+deb12u6"],
    summary: "secure shell (SSH) server",
    programs: ["/usr/sbin/sshd"],
    conffiles: {
      "/etc/ssh/sshd_config":
        "Include /etc/ssh/sshd_config.d/*.conf\nKbdInteractiveAuthentication no\nUsePAM yes\nX11Forwarding yes\nPrintMotd no\nAcceptEnv LANG LC_*\nSubsystem\tsftp\t/usr/lib/openssh/sftp-server\n",
    },
    units: {
      "ssh.service": service("OpenBSD Secure Shell server", "/usr/sbin/sshd -D $SSHD_OPTS", [
        "ExecReload=/bin/kill -HUP $MAINPID",
        "KillMode=process",
        "Restart=on-failure",
        "Type=notify",
      ]).replace("multi-user.target\n", "multi-user.target\nAlias=sshd.service\n"),
    },
  },
  passwd: tool(
    "1:4.13+dfsg1-1+deb12u1",
    "change and administer password and group data",
    ..."chpasswd groupadd groupdel groupmod useradd userdel usermod".split(" ").map((name) => `/usr/sbin/${name}`),
    "gpasswd",
  ),
  procps: tool("2:4.0.2-3", "/proc file system utilities", "/usr/sbin/sysctl", "ps"),
  sed: tool("4.9-1", "GNU stream editor", "sed"),
  sudo: tool("1.9.13p3-1+deb12u1", "Provide limited super user privileges", "sudo", "/usr/sbin/visudo"),
  systemd: tool(
    "252.38-1~deb12u1",
    "system and service manager",
    "systemctl",
    "journalctl",
    "systemd-run",
    "/usr/sbin/halt",
    "/usr/sbin/poweroff",
    "/usr/sbin/reboot",
    "/usr/sbin/shutdown",
  ),
  tzdata: tool(
    "2025b-0+deb12u1",
    "time zone and daylight-saving time data",
    ...["America/New_York", "Asia/Tokyo", "Europe/Berlin", "Europe/London", "Europe/Oslo", "Europe/Paris", "UTC"].map(
      (zone) => `/usr/share/zoneinfo/${zone}`,
    ),
  ),
  tar: tool("1.34+dfsg-1.2+deb12u1", "GNU version of the tar archiving utility", "tar"),
  "util-linux": tool(
    "2.38.1-5+deb12u3",
    "miscellaneous system utilities",
    "/usr/sbin/findfs",
    "findmnt",
    "mountpoint",
    "flock",
    "lsblk",
    "/usr/sbin/blkid",
    "/usr/sbin/blockdev",
    "/usr/sbin/wipefs",
  ),
};

/** As Debian ships it, cut to the lines that people change. */
const ZED_RC = `##
# zed.rc  –  ZEDLET configuration.

##
# Email address of the zpool administrator for receipt of notifications;
#   multiple addresses can be specified if they are delimited by whitespace.
# Email will only be sent if ZED_EMAIL_ADDR is defined.
# Enabled by default; comment to disable.
#
ZED_EMAIL_ADDR="root"

##
# Minimum number of seconds between notifications for a similar event.
#
#ZED_NOTIFY_INTERVAL_SECS=3600

##
# Notification verbosity.
#   If set to 0, suppress notification if the pool is healthy.
#   If set to 1, send notification regardless of pool health.
#
#ZED_NOTIFY_VERBOSE=0
`;

/** What a Proxmox VE 8.4 node has beside plain Debian. */
export const PROXMOX: Readonly<Record<string, PackageInfo>> = {
  "perl-base": tool("5.36.0-7+deb12u2", "minimal Perl system", "perl"),
  "initramfs-tools": tool("0.142+deb12u3", "generic modular initramfs generator", "/usr/sbin/update-initramfs"),
  kmod: tool("30+20221128-1", "tools for managing Linux kernel modules", "/usr/sbin/modprobe", "/usr/bin/lsmod"),
  "libpve-access-control": tool("8.2.2", "Proxmox VE access control", "pveum"),
  "libpve-storage-perl": tool("8.3.6", "Proxmox VE storage management", "/usr/sbin/pvesm"),
  "lxc-pve": tool("6.0.0-1", "Linux containers userspace tools", "lxc-attach", "lxc-info", "lxc-ls"),
  "pve-cluster": tool("8.1.0", "Proxmox VE cluster file system", "pvecm"),
  "pve-container": tool("5.2.6", "Proxmox VE container management", "/usr/sbin/pct"),
  "pve-ha-manager": tool("4.0.7", "Proxmox VE high availability", "/usr/sbin/ha-manager"),
  "pve-manager": tool("8.4.1", "Proxmox VE management tools", "pveam", "pvesh", "pveversion", "pvesr", "vzdump"),
  "pve-edk2-firmware": tool(
    "4.2025.02-3",
    "UEFI firmware for virtual machines",
    "/usr/share/pve-edk2-firmware/OVMF_CODE.fd",
    "/usr/share/pve-edk2-firmware/OVMF_CODE_4M.secboot.fd",
  ),
  "pve-qemu-kvm": tool("9.2.0-5", "full virtualization on x86 hardware", "kvm", "qemu-img"),
  "qemu-server": tool("8.3.12", "Proxmox VE QEMU server", "/usr/sbin/qm"),
  "proxmox-backup-client": tool("3.4.1-1", "Proxmox Backup Client tools", "proxmox-backup-client"),
  "proxmox-backup-file-restore": tool("3.4.1-1", "Proxmox Backup single file restore tools", "proxmox-file-restore"),
  udev: tool("252.38-1~deb12u1", "device event daemon", "udevadm"),
  wget: tool("1.21.3-1+deb12u1", "retrieves files from the web", "wget"),
  "zfsutils-linux": tool(
    "2.3.2-2~bpo12+2",
    "OpenZFS command line tools",
    "/usr/sbin/zdb",
    "/usr/sbin/zfs",
    "/usr/sbin/zpool",
  ),
  "zfs-zed": {
    versions: ["2.3.2-2~bpo12+2"],
    summary: "OpenZFS Event Daemon",
    depends: ["zfsutils-linux"],
    programs: ["/usr/sbin/zed"],
    conffiles: { "/etc/zfs/zed.d/zed.rc": ZED_RC },
    units: { "zfs-zed.service": service("ZFS Event Daemon (zed)", "/usr/sbin/zed -F", ["Restart=always"]) },
  },
};

const EXTRA: Readonly<Record<string, PackageInfo>> = {
  "bsd-mailx": tool("8.1.2-0.20220412cvs-1", "simple mail user agent", "mail", "mailx"),
  chrony: {
    versions: ["4.3-2+deb12u1", "4.3-2"],
    summary: "Versatile implementation of the Network Time Protocol",
    programs: ["/usr/bin/chronyc", "/usr/sbin/chronyd"],
    conffiles: {
      "/etc/chrony/chrony.conf":
        "confdir /etc/chrony/conf.d\npool 2.debian.pool.ntp.org iburst\ndriftfile /var/lib/chrony/chrony.drift\nmakestep 1 3\n",
    },
    units: { "chrony.service": service("chrony, an NTP client/server", "/usr/sbin/chronyd", ["Type=forking"]) },
  },
  "corosync-qdevice": tool("3.0.3-1", "cluster engine quorum device daemon", "/usr/sbin/corosync-qdevice"),
  "corosync-qnetd": tool("3.0.3-1", "cluster engine quorum device network daemon", "corosync-qnetd"),
  curl: tool("7.88.1-10+deb12u12", "command line tool for transferring data with URL syntax", "curl"),
  ethtool: tool("1:6.1-1", "display or change Ethernet device settings", "/usr/sbin/ethtool"),
  git: tool("1:2.39.5-0+deb12u2", "fast, scalable, distributed revision control system", "git"),
  locales: {
    versions: ["2.36-9+deb12u10"],
    summary: "GNU C Library: National Language (locale) data [support]",
    conffiles: {
      "/etc/locale.gen":
        "# This file lists locales that you wish to have built.\n\n# de_DE.UTF-8 UTF-8\n# en_US.UTF-8 UTF-8\n# sv_SE.UTF-8 UTF-8\n",
    },
    programs: ["/usr/sbin/locale-gen", "/usr/share/i18n/SUPPORTED"],
  },
  hdparm: tool("9.65+ds-1", "tune hard disk parameters for high performance", "/usr/sbin/hdparm"),
  htop: { ...tool("3.2.2-2", "interactive processes viewer", "htop"), depends: ["libnl-3-200", "libnl-genl-3-200"] },
  jq: {
    ...tool("1.6-2.1+deb12u1", "lightweight and flexible command-line JSON processor", "jq"),
    versions: ["1.6-2.1+deb12u1", "1.6-2.1"],
    depends: ["libjq1"],
  },
  libjq1: tool("1.6-2.1+deb12u1", "lightweight and flexible command-line JSON processor - shared library"),
  "libnl-3-200": tool("3.7.0-0.2+b1", "library for dealing with netlink sockets"),
  "libnl-genl-3-200": tool("3.7.0-0.2+b1", "library for dealing with netlink sockets - generic netlink"),
  lsof: tool("4.95.0-1", "utility to list open files", "lsof"),
  mergerfs: tool("2.33.5-1", "another FUSE union filesystem", "mergerfs"),
  ncdu: tool("1.18-0.2", "ncurses disk usage viewer", "ncdu"),
  nginx: {
    versions: ["1.22.1-9+deb12u2", "1.22.1-9"],
    summary: "small, powerful, scalable web/proxy server",
    depends: ["nginx-common"],
    programs: ["/usr/sbin/nginx"],
    units: {
      "nginx.service": service(
        "A high performance web server and a reverse proxy server",
        "/usr/sbin/nginx -g 'daemon on; master_process on;'",
        ["Type=forking", "ExecReload=/usr/sbin/nginx -g 'daemon on; master_process on;' -s reload", "KillMode=mixed"],
      ),
    },
  },
  "nginx-common": {
    versions: ["1.22.1-9+deb12u2", "1.22.1-9"],
    summary: "small, powerful, scalable web/proxy server - common files",
    conffiles: {
      "/etc/nginx/nginx.conf":
        "user www-data;\nworker_processes auto;\nevents { worker_connections 768; }\nhttp {\n\tinclude /etc/nginx/conf.d/*.conf;\n\tinclude /etc/nginx/sites-enabled/*;\n}\n",
    },
  },
  nano: tool("7.2-1+deb12u1", "small, friendly text editor inspired by Pico", "nano"),
  "proxmox-backup-server": {
    versions: ["3.4.1-1"],
    suites: { trixie: ["4.1.6-1"] },
    folders: { "/etc/proxmox-backup": "0700" },
    conffiles: {
      "/etc/apt/sources.list.d/pbs-enterprise.list":
        "deb https://enterprise.proxmox.com/debian/pbs bookworm pbs-enterprise\n",
    },
    from: "download.proxmox.com",
    summary: "Proxmox Backup Server daemon with tools and GUI",
    programs: [
      "/usr/sbin/proxmox-backup-manager",
      "/usr/bin/proxmox-backup-debug",
      "/usr/lib/x86_64-linux-gnu/proxmox-backup/proxmox-backup-api",
      "/usr/lib/x86_64-linux-gnu/proxmox-backup/proxmox-backup-proxy",
    ],
    units: {
      "proxmox-backup-proxy.service": service(
        "Proxmox Backup API Proxy Server",
        "/usr/lib/x86_64-linux-gnu/proxmox-backup/proxmox-backup-proxy",
      ),
      "proxmox-backup.service": service(
        "Proxmox Backup API Server",
        "/usr/lib/x86_64-linux-gnu/proxmox-backup/proxmox-backup-api",
      ),
    },
  },
  restic: tool("0.14.0-1+b5", "backup program with multiple revisions, encryption and more", "restic"),
  rsync: tool("3.2.7-1+deb12u2", "fast, versatile, remote (and local) file-copying tool", "rsync"),
  samba: {
    versions: ["2:4.17.12+dfsg-0+deb12u1"],
    summary: "SMB/CIFS file, print, and login server for Unix",
    depends: ["samba-common-bin"],
    programs: ["/usr/sbin/smbd", "/usr/bin/pdbedit", "/usr/bin/smbstatus"],
    conffiles: { "/etc/default/samba": "" },
    units: {
      "smbd.service": service("Samba SMB Daemon", "/usr/sbin/smbd --foreground --no-process-group $SMBDOPTIONS", [
        "Type=notify",
        "ExecReload=/bin/kill -HUP $MAINPID",
      ]),
    },
  },
  "samba-common-bin": {
    versions: ["2:4.17.12+dfsg-0+deb12u1"],
    summary: "Samba common files used by both the server and the client",
    programs: ["/usr/bin/smbpasswd", "/usr/bin/testparm", "/usr/bin/net"],
    conffiles: {
      "/etc/samba/smb.conf":
        "[global]\n   workgroup = WORKGROUP\n   server role = standalone server\n   map to guest = bad user\n",
    },
  },
  smartmontools: {
    versions: ["7.3-1+b1"],
    summary: "control and monitor storage systems using S.M.A.R.T.",
    programs: ["/usr/sbin/smartctl", "/usr/sbin/smartd"],
    conffiles: {
      "/etc/smartd.conf": "DEVICESCAN -d removable -n standby -m root -M exec /usr/share/smartmontools/smartd-runner\n",
    },
    units: {
      "smartmontools.service": service(
        "Self Monitoring and Reporting Technology (SMART) Daemon",
        "/usr/sbin/smartd -n $smartd_opts",
        ["Type=notify", "ExecReload=/bin/kill -HUP $MAINPID"],
      ),
    },
  },
  syncthing: {
    versions: ["1.19.2~ds1-1+b4"],
    summary: "decentralized file synchronization",
    programs: ["/usr/bin/syncthing"],
    units: {
      "syncthing@.service": service(
        "Syncthing - Open Source Continuous File Synchronization for %I",
        "/usr/bin/syncthing serve --no-browser --no-restart --logflags=0",
        ["User=%i", "Restart=on-failure", "RestartSec=1", "SuccessExitStatus=3 4", "RestartForceExitStatus=3 4"],
      ),
    },
  },
  tailscale: {
    versions: ["1.98.9", "1.98.8"],
    summary: "node of a private network over WireGuard",
    from: "pkgs.tailscale.com",
    programs: ["/usr/bin/tailscale", "/usr/sbin/tailscaled"],
    conffiles: {
      "/etc/default/tailscaled": 'PORT="41641"\n\n# Extra flags you might want to pass to tailscaled.\nFLAGS=""\n',
    },
    units: {
      "tailscaled.service": service(
        "Tailscale node agent",
        "/usr/sbin/tailscaled --state=/var/lib/tailscale/tailscaled.state --socket=/run/tailscale/tailscaled.sock --port=${PORT} $FLAGS",
        ["EnvironmentFile=/etc/default/tailscaled", "Restart=on-failure", "Type=notify"],
      ),
    },
  },
  fdisk: tool("2.38.1-5+deb12u3", "collection of partitioning utilities", "fdisk", "sfdisk"),
  gddrescue: tool("1.27-1", "GNU data recovery tool", "ddrescue", "ddrescuelog"),
  "ntfs-3g": tool("1:2022.10.3-1+deb12u2", "read/write NTFS driver for FUSE", "ntfs-3g", "ntfsfix"),
  testdisk: tool(
    "7.1-5+nmu1",
    "Partition scanner and disk recovery tool, and PhotoRec file recovery tool",
    "photorec",
    "testdisk",
  ),
  tmux: tool("3.3a-3", "terminal multiplexer", "tmux"),
  tree: tool("2.1.0-1", "displays an indented directory tree, in color", "tree"),
  "unattended-upgrades": {
    versions: ["2.9.1+nmu3"],
    summary: "automatic installation of security upgrades",
    programs: ["/usr/bin/unattended-upgrade"],
    conffiles: {
      "/etc/apt/apt.conf.d/50unattended-upgrades":
        'Unattended-Upgrade::Origins-Pattern {\n        "origin=Debian,codename=${distro_codename},label=Debian-Security";\n};\n',
    },
    units: {
      "unattended-upgrades.service": service(
        "Unattended Upgrades Shutdown",
        "/usr/bin/unattended-upgrade --wait-for-signal",
      ),
    },
  },
  vim: tool("2:9.0.1378-2+deb12u2", "Vi IMproved - enhanced vi editor", "vim"),
};

/** What a fresh host has. */
export const basePackages: readonly string[] = Object.keys(BASE);

export function findPackage(name: string): PackageInfo | undefined {
  return [BASE, EXTRA, DOCKER, PROXMOX].find((archive) => Object.hasOwn(archive, name))?.[name];
}

/** apt's settings that make no difference to what the lab does; there is one release in its archive, and it is always reached. */
export function isHarmlessSetting(setting: string): boolean {
  return HARMLESS.test(setting);
}
const HARMLESS =
  /^(Dpkg::Options::=--force-(confdef|confold)|Dpkg::Use-Pty=\S*|DPkg::Lock::Timeout=\S*|APT::Install-(Recommends|Suggests)=\S*|APT::Default-Release=bookworm|APT::Update::Error-Mode=any|Acquire::\S+=\S*)$/i;
