import { parentOf } from "../files/file-tree.ts";
import { sha256 } from "../files/node.ts";
import type { DescribedDisk, Disk, Host, Node } from "../world.ts";
import { DISK_GROUP, diskOfSource } from "./block-devices.ts";

/** A fresh host with the disks of its description, their device nodes and links. The inside of a container has none. */
export function withDisks(host: Host): Host {
  const { kind, disks: described = [] } = host.description;
  if (kind === "container") return host;
  const mtime = Math.floor(host.clockMs / 1000);
  const put = (path: string, node: Node) => {
    const parent = parentOf(path);
    if (host.files[parent] === undefined) put(parent, { type: "directory", mode: "0755", uid: 0, gid: 0, mtime });
    host.files[path] = node;
  };
  const block = (name: string, minor: number) =>
    put(`/dev/${name}`, { type: "block", major: 8, minor, mode: "0660", uid: 0, gid: DISK_GROUP, mtime });

  const disks = Object.fromEntries(described.map((disk) => [disk.name, diskOf(disk)]));
  // What is mounted stands on a disk, described or not.
  const mounted = host.mounts.flatMap(({ source }) => {
    const disk = diskOfSource(source);
    return disk === undefined ? [] : [[disk, source.slice("/dev/".length)] as const];
  });
  const names = [...new Set([...mounted.map(([disk]) => disk), ...Object.keys(disks)])];
  names.forEach((name, index) => {
    block(name, 16 * index);
    const parts = mounted.filter(([disk, source]) => disk === name && source !== name).map(([, source]) => source);
    for (const part of new Set(parts)) block(part, 16 * index + Number(/\d+$/.exec(part)?.[0] ?? 0));
    for (const id of disks[name]?.ids ?? []) {
      const link = (suffix: string, target: string) =>
        put(`/dev/disk/by-id/${id}${suffix}`, {
          ...{ type: "symlink", mode: "0777", uid: 0, gid: 0, mtime },
          target: `../../${target}`,
        });
      link("", name);
      for (const part of new Set(parts)) link(`-part${/\d+$/.exec(part)?.[0]}`, part);
    }
  });
  return { ...host, disks };
}

function diskOf({ name, bytes, serial, model = "LAB DISK", id, fstype, bad, lost }: DescribedDisk): Disk {
  const number = serial ?? sha256(`disk ${name}`).slice(0, 8).toUpperCase();
  const bus = name.startsWith("nvme") ? "nvme" : name.startsWith("vd") ? "virtio" : "ata";
  return {
    bytes,
    serial: number,
    model,
    ids: [id ?? `${bus}-${bus === "virtio" ? number : `${model.replaceAll(" ", "_")}_${number}`}`],
    content: fstype === undefined ? { kind: "blank" } : { kind: "filesystem", fstype, uuid: uuidOf(name) },
    health: "fine",
    ...(bad && { bad }),
    ...(lost && { lost }),
  };
}

function uuidOf(name: string): string {
  const hex = sha256(`fs ${name}`);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
