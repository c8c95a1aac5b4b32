import { removePackage } from "../../host/packages.ts";
import { openSession } from "../../session.ts";
import type { Host } from "../../world.ts";

/** Turns a fresh Debian 12 into what the container template `debian-12-standard` holds: no disks and no sudo. */
export function asDebianContainer(host: Host): Host {
  const root = { name: "root", uid: 0, gid: 0, gids: [0], home: "/root", line: "" };
  removePackage(
    openSession(host, root, "write", () => {}),
    "sudo",
    true,
  );
  delete host.files["/etc/sudoers.d"];
  for (const [path, content] of Object.entries(FILES)) {
    host.files[path] = { type: "file", mode: "0644", uid: 0, gid: 0, mtime: host.clockMs / 1000, content };
  }
  return { ...host, mounts: [] };
}

const FILES: Readonly<Record<string, string>> = {
  "/etc/fstab": "# UNCONFIGURED FSTAB FOR BASE SYSTEM\n",
  "/etc/hosts":
    "127.0.0.1\tlocalhost\n::1\t\tlocalhost ip6-localhost ip6-loopback\nff02::1\t\tip6-allnodes\nff02::2\t\tip6-allrouters\n",
  "/etc/network/interfaces":
    "# interfaces(5) file used by ifup(8) and ifdown(8)\n# Include files from /etc/network/interfaces.d:\nsource /etc/network/interfaces.d/*\n",
};
