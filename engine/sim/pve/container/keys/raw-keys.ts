/** What LXC knows and a configuration may hold as a raw `lxc.…` line. */
const KNOWN = new Set(
  [
    "apparmor.profile apparmor.allow_incomplete apparmor.allow_nesting apparmor.raw selinux.context include arch",
    "uts.name signal.halt signal.reboot signal.stop init.cmd init.cwd pty.max console.logfile console.path tty.max",
    "devtty.dir hook.autodev autodev autodev.tmpfs.size kmsg mount.fstab mount.entry mount.auto rootfs.mount",
    "cap.drop cap.keep seccomp.profile seccomp.notify.proxy seccomp.notify.cookie idmap hook.pre-start",
    "hook.pre-mount hook.mount hook.start hook.stop hook.post-stop hook.clone hook.destroy hook.version log.level",
    "log.file log.syslog start.auto start.delay start.order group environment init.uid init.gid no_new_privs",
    "namespace.clone namespace.keep namespace.share.cgroup namespace.share.ipc namespace.share.mnt",
    "namespace.share.net namespace.share.pid namespace.share.user namespace.share.uts",
    "monitor.unshare monitor.signal.pdeath ephemeral",
  ]
    .join(" ")
    .split(" ")
    .map((name) => `lxc.${name}`),
);

/** Names from before LXC 2.1: warned about, and kept. */
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

/** What the tools write themselves from other keys: refused as a raw line, and dropped. */
const GENERATED: Readonly<Record<string, string>> = {
  "lxc.rootfs.path": "lxc.rootfs.path is auto generated from rootfs",
  "lxc.rootfs.options": "lxc.rootfs.options is auto generated from rootfs",
};

export type RawKey =
  | { readonly kind: "kept"; readonly warning?: string }
  | { readonly kind: "dropped"; readonly warning: string }
  | { readonly kind: "unknown" };

export function rawKey(name: string): RawKey {
  if (KNOWN.has(name) || /^lxc\.(?:cgroup2?|prlimit|net|sysctl|proc)\./.test(name)) return { kind: "kept" };
  const renamed = Object.hasOwn(RENAMED, name) ? RENAMED[name] : undefined;
  if (renamed !== undefined) return { kind: "kept", warning: `${name} is deprecated and was renamed to ${renamed}` };
  const generated = Object.hasOwn(GENERATED, name) ? GENERATED[name] : undefined;
  return generated === undefined ? { kind: "unknown" } : { kind: "dropped", warning: `${name}: ${generated}` };
}
