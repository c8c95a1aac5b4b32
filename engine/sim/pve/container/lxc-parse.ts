import type { ConfPart } from "../guest/guest-conf.ts";

/** Why LXC would not read these raw lines at a start; null if it would. The tools let them pass: only the start shows it. */
export function lxcObjection(raw: ConfPart["raw"]): string | null {
  for (const [key, value] of raw) {
    const why = objection(key, value);
    if (why !== null) return `${why} at line "${key} = ${value}"`;
  }
  return null;
}

function objection(key: string, value: string): string | null {
  if (!KEYS.some((known) => (known.endsWith(".") ? key.startsWith(known) : key === known))) return "unknown key";
  if (key === "lxc.cap.drop" || key === "lxc.cap.keep") {
    const wrong = value.split(/\s+/).find((name) => !isCapability(name));
    // An empty value clears the list.
    return value === "" || wrong === undefined ? null : "Invalid capability specified";
  }
  if (key === "lxc.idmap") return value === "" || /^[ug] \d+ \d+ \d+$/.test(value) ? null : "Invalid argument";
  if (NUMBERS.has(key)) return /^\d+$/.test(value) ? null : "Invalid argument";
  return null;
}

function isCapability(name: string): boolean {
  return name === "none" || /^\d+$/.test(name) || CAPABILITIES.has(name);
}

const CAPABILITIES = new Set(
  "chown dac_override dac_read_search fowner fsetid kill setgid setuid setpcap linux_immutable net_bind_service net_broadcast net_admin net_raw ipc_lock ipc_owner sys_module sys_rawio sys_chroot sys_ptrace sys_pacct sys_admin sys_boot sys_nice sys_resource sys_time sys_tty_config mknod lease audit_write audit_control setfcap mac_override mac_admin syslog wake_alarm block_suspend audit_read perfmon bpf checkpoint_restore".split(
    " ",
  ),
);
const NUMBERS = new Set(
  "tty.max pty.max init.uid init.gid start.auto start.delay start.order no_new_privs monitor.unshare hook.version"
    .split(" ")
    .map((name) => `lxc.${name}`),
);
/** The keys of LXC 6.0; one that ends in a dot begins others. Names from before 2.1 are not among them. */
const KEYS: readonly string[] = [
  "apparmor.profile apparmor.allow_incomplete apparmor.allow_nesting apparmor.raw arch autodev autodev.tmpfs.size",
  "cap.drop cap.keep cgroup2. cgroup. console.buffer.size console.logfile console.path console.rotate console.size",
  "environment ephemeral execute.cmd group hook. idmap include init.cmd init.gid init.groups init.uid init.cwd",
  "keyring.session log.file log.level log.syslog monitor.unshare monitor.signal.pdeath mount.auto mount.entry",
  "mount.fstab namespace.clone namespace.keep namespace.share. time.offset. net. no_new_privs prlimit. pty.max",
  "rootfs.managed rootfs.mount rootfs.options rootfs.path sched.core seccomp.allow_nesting seccomp.notify.cookie",
  "seccomp.notify.proxy seccomp.profile selinux.context selinux.context.keyring signal.halt signal.reboot",
  "signal.stop start.auto start.delay start.order tty.dir tty.max uts.name sysctl. proc.",
].flatMap((line) => line.split(" ").map((name) => `lxc.${name}`));
