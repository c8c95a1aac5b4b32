import { parentOf } from "../files/file-tree.ts";
import { sha256 } from "../files/node.ts";
import { DISK_GROUP } from "../host/block-devices.ts";
import { openSession } from "../session.ts";
import type { ToolContext } from "../tool.ts";
import { create } from "../tools/zpool/create.ts";
import type { Host, Node } from "../world.ts";
import { createDataset } from "../zfs/datasets.ts";

/**
 * The pool that the installer makes of a system disk, with the dataset for guests: `rpool/data`, the storage
 * `local-zfs`. The root file system stays where plain Debian has it: nothing in the lab hangs on its being on ZFS.
 */
export function withSystemPool(host: Host): Host {
  const taken = Object.keys(host.disks ?? {});
  const number = [0, 1, 2, 3].find((each) => !taken.includes(`nvme${each}n1`)) ?? 4;
  const name = `nvme${number}n1`;
  const serial = sha256(`system ${host.hostname}`).slice(0, 10).toUpperCase();
  const id = `nvme-LAB_SYSTEM_${serial}`;
  const made: Host = {
    ...host,
    disks: {
      ...host.disks,
      [name]: {
        bytes: 512_110_190_592,
        serial,
        model: "LAB SYSTEM",
        ids: [id],
        content: { kind: "blank" },
        health: "fine",
      },
    },
  };
  const mtime = Math.floor(host.clockMs / 1000);
  const put = (path: string, node: Node) => {
    const parent = parentOf(path);
    if (made.files[parent] === undefined) put(parent, { type: "directory", mode: "0755", uid: 0, gid: 0, mtime });
    made.files[path] = node;
  };
  put(`/dev/${name}`, { type: "block", major: 259, minor: 0, mode: "0660", uid: 0, gid: DISK_GROUP, mtime });
  const link = { type: "symlink", mode: "0777", uid: 0, gid: 0, mtime } as const;
  put(`/dev/disk/by-id/${id}`, { ...link, target: `../../${name}` });

  const root = { name: "root", uid: 0, gid: 0, gids: [0], home: "/root", line: "" };
  const session = openSession(made, root, "write", () => {});
  const context: ToolContext = { session, env: {}, cwd: "/", stdin: new Uint8Array() };
  const options = ["-o", "ashift=12", "-O", "compression=on", "-O", "atime=on", "-O", "relatime=on"];
  create(context, [...options, "rpool", `/dev/disk/by-id/${id}`]);
  createDataset(session, "rpool/data", { type: "filesystem" });
  return made;
}

/** What the installer writes for it. */
export const LOCAL_ZFS = `
zfspool: local-zfs
\tpool rpool/data
\tsparse
\tcontent images,rootdir

`;
