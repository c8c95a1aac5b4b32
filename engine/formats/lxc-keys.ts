/** What Proxmox VE makes of a raw key of a container's configuration. */
export type RawKey =
  | { readonly kind: "known" }
  /** An older name, still taken, with a warning at every command. */
  | { readonly kind: "renamed"; readonly to: string }
  /** It is made from another setting, and the line would be dropped. */
  | { readonly kind: "refused"; readonly why: string }
  /** The next `pct set` would drop the line for good. */
  | { readonly kind: "unknown" };

const KNOWN = new Set(
  `apparmor.profile apparmor.allow_incomplete apparmor.allow_nesting apparmor.raw selinux.context include arch uts.name
   signal.halt signal.reboot signal.stop init.cmd init.cwd init.uid init.gid init.groups pty.max console.logfile
   console.path tty.max devtty.dir hook.autodev autodev kmsg mount.fstab mount.entry mount.auto rootfs.mount cap.drop
   cap.keep seccomp.profile seccomp.notify.proxy seccomp.notify.cookie idmap hook.pre-start hook.pre-mount hook.mount
   hook.start hook.stop hook.post-stop hook.clone hook.destroy hook.version log.level log.file start.auto start.delay
   start.order group environment environment.runtime environment.hooks sysctl.fs.mqueue sysctl.kernel.msgmax
   sysctl.kernel.msgmnb sysctl.kernel.msgmni sysctl.kernel.sem sysctl.kernel.shmall sysctl.kernel.shmmax
   sysctl.kernel.shmmni sysctl.kernel.shm_rmid_forced`
    .split(/\s+/)
    .map((name) => `lxc.${name}`),
);
const FAMILIES = /^lxc\.(cgroup2?|prlimit|net)\.[A-Za-z0-9_.-]+$/;
/** Names from before LXC 2.1. */
const RENAMED: Readonly<Record<string, string>> = {
  "lxc.aa_profile": "lxc.apparmor.profile",
  "lxc.aa_allow_incomplete": "lxc.apparmor.allow_incomplete",
  "lxc.console": "lxc.console.path",
  "lxc.devttydir": "lxc.tty.dir",
  "lxc.haltsignal": "lxc.signal.halt",
  "lxc.rebootsignal": "lxc.signal.reboot",
  "lxc.stopsignal": "lxc.signal.stop",
  "lxc.id_map": "lxc.idmap",
  "lxc.init_cmd": "lxc.init.cmd",
  "lxc.init_uid": "lxc.init.uid",
  "lxc.init_gid": "lxc.init.gid",
  "lxc.limit": "lxc.prlimit",
  "lxc.logfile": "lxc.log.file",
  "lxc.loglevel": "lxc.log.level",
  "lxc.mount": "lxc.mount.fstab",
  "lxc.pts": "lxc.pty.max",
  "lxc.rootfs": "lxc.rootfs.path",
  "lxc.se_context": "lxc.selinux.context",
  "lxc.seccomp": "lxc.seccomp.profile",
  "lxc.syslog": "lxc.log.syslog",
  "lxc.tty": "lxc.tty.max",
  "lxc.utsname": "lxc.uts.name",
};

export function rawKey(key: string): RawKey {
  const to = Object.hasOwn(RENAMED, key) ? RENAMED[key] : undefined;
  if (to !== undefined) return { kind: "renamed", to };
  if (key === "lxc.rootfs.path") return { kind: "refused", why: "Proxmox VE makes it from `rootfs`" };
  if (key === "lxc.rootfs.options") return { kind: "refused", why: "the options belong to `rootfs`: mountoptions" };
  return KNOWN.has(key) || FAMILIES.test(key) ? { kind: "known" } : { kind: "unknown" };
}

/** All names that are known as they are, for a hint at a mistyped one. */
export const RAW_KEYS: readonly string[] = [...KNOWN];
