import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Real LXC containers on this machine, named by numbers as Proxmox VE does, without a network of their own. One has the
 * userland of Alpine as far as entering goes: busybox alone, with its own init, `ash` and `su`, neither bash nor sudo nor
 * runuser nor systemd. The other has Debian's: this machine's own files, through an overlay that keeps what is written.
 */
export interface Guests {
  readonly busybox: number;
  readonly debian: number;
  start(vmid: number): void;
  halt(vmid: number): void;
  /** What a command says inside, entered by hand; throws if it fails. */
  inside(vmid: number, ...argv: readonly string[]): string;
  remove(): void;
}

const lxc = "/var/lib/lxc";

export function makeGuests(): Guests {
  const guests = { busybox: 990_101, debian: 990_102 };
  const all = Object.values(guests);
  const run = (...argv: readonly string[]): string => {
    const [program = "", ...words] = argv;
    return execFileSync(program, words, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  };
  const halt = (vmid: number): void => void spawnSync("lxc-stop", ["-n", String(vmid), "-k"]);
  const remove = (): void => {
    for (const vmid of all) {
      halt(vmid);
      for (const each of ["rootfs", "disk"]) spawnSync("umount", [join(lxc, String(vmid), each)]);
      rmSync(join(lxc, String(vmid)), { recursive: true, force: true });
    }
  };
  // What an earlier run left that was killed.
  remove();
  try {
    busyboxGuest(guests.busybox, run);
    debianGuest(guests.debian, run);
  } catch (error) {
    remove();
    throw error;
  }
  return {
    ...guests,
    start: (vmid) => {
      const log = join(lxc, String(vmid), "log");
      run("lxc-start", "-n", String(vmid), "-o", log);
    },
    halt,
    inside: (vmid, ...argv) => run("lxc-attach", "--clear-env", "-n", String(vmid), "--", ...argv),
    remove,
  };
}

function configure(vmid: number, more: readonly string[]): void {
  const lines = [
    `lxc.uts.name = guest${vmid}`,
    `lxc.rootfs.path = dir:${join(lxc, String(vmid), "rootfs")}`,
    "lxc.mount.auto = proc:mixed sys:ro",
    "lxc.net.0.type = empty",
    "lxc.apparmor.profile = unconfined",
    "lxc.pty.max = 16",
    ...more,
  ];
  writeFileSync(join(lxc, String(vmid), "config"), `${lines.join("\n")}\n`);
}

function busyboxGuest(vmid: number, run: (...argv: readonly string[]) => string): void {
  const root = join(lxc, String(vmid), "rootfs");
  for (const folder of ["bin", "etc", "proc", "sys", "dev", "tmp", "root", "run", "home/media"]) {
    mkdirSync(join(root, folder), { recursive: true });
  }
  chmodSync(join(root, "tmp"), 0o1777);
  run("cp", "/bin/busybox", join(root, "bin/busybox"));
  run("chroot", root, "/bin/busybox", "--install", "-s", "/bin");
  // Its own way to start what it is: everything is in /bin.
  symlinkSync("bin", join(root, "sbin"));
  writeFileSync(join(root, "etc/passwd"), "root:x:0:0:root:/root:/bin/sh\nmedia:x:1000:1000::/home/media:/bin/sh\n");
  writeFileSync(join(root, "etc/group"), "root:x:0:\nmedia:x:1000:\n");
  writeFileSync(join(root, "etc/inittab"), "::ctrlaltdel:/bin/true\n");
  run("chown", "1000:1000", join(root, "home/media"));
  configure(vmid, []);
}

function debianGuest(vmid: number, run: (...argv: readonly string[]) => string): void {
  const base = join(lxc, String(vmid));
  const [root, disk] = [join(base, "rootfs"), join(base, "disk")];
  for (const folder of [root, disk]) mkdirSync(folder, { recursive: true });
  run("mount", "-t", "tmpfs", "-o", "size=256m", "tmpfs", disk);
  for (const folder of ["upper", "work"]) mkdirSync(join(disk, folder));
  run("mount", "-t", "overlay", "overlay", "-o", `lowerdir=/,upperdir=${disk}/upper,workdir=${disk}/work`, root);
  configure(vmid, [
    "lxc.init.cmd = /bin/sleep infinity",
    "lxc.mount.entry = tmpfs run tmpfs rw,mode=0755 0 0",
    "lxc.mount.entry = tmpfs tmp tmpfs rw,mode=1777 0 0",
    "lxc.mount.entry = tmpfs dev/shm tmpfs rw,mode=1777,create=dir 0 0",
  ]);
}
