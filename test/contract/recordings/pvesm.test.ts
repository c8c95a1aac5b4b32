import { test } from "vitest";
import { newHost } from "../../../engine/sim/new-host.ts";
import type { Host, Node } from "../../../engine/sim/world.ts";
import { readPveRecording } from "../../support/recordings.ts";
import { type ReplayOptions, replay } from "../../support/replay.ts";
import { expectFaithful } from "../../support/replay-report.ts";

const folder: Node = { type: "directory", mode: "0755", uid: 0, gid: 0, mtime: 1 };
const file = (content: string): Node => ({ type: "file", mode: "0644", uid: 0, gid: 0, mtime: 1, content });

/** The node that the transcripts were made on: a btrfs beside the system's disk, two templates, no ZFS. */
function node(): Host {
  const host = newHost({ kind: "proxmox", name: "pve1" });
  for (const path of ["/srv", "/srv/btr", "/srv/nocont", "/srv/notbtr", "/srv/d1", "/srv/bk", "/srv/bko"])
    host.files[path] = folder;
  host.mounts.push({ source: "/dev/loop0", target: "/srv/btr", fstype: "btrfs", options: "rw" });
  const sizes = {
    "alpine-3.20-default_20240908_amd64.tar.gz": 1036932,
    "debian-12-standard_12.7-1_amd64.tar.zst": 76368107,
  };
  for (const [name, bytes] of Object.entries(sizes)) {
    host.files[`/var/lib/vz/template/cache/${name}`] = file(name);
    if (host.pve) host.pve.volumes[`local:vztmpl/${name}`] = { bytes, format: "tar" };
  }
  host.files["/root/k.json"] = file(KEY);
  const { zfs: _none, ...without } = host;
  return without;
}
const KEY =
  '{"kdf":null,"created":"2021-01-01T00:00:00+00:00","modified":"2021-01-01T00:00:00+00:00","data":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}';

const from = (name: string, more: Partial<ReplayOptions> = {}) => {
  const recording = readPveRecording(name);
  const host = node();
  // It begins with the file as its first command shows it.
  const first = recording.flatMap(({ files }) => files.get("/etc/pve/storage.cfg") ?? [])[0];
  host.files["/etc/pve/storage.cfg"] = file(first ?? "");
  return replay(recording, { host, tools: ["pvesm"], ...more });
};

test("pvesm answers as recorded", () => {
  expectFaithful({
    "pve/01-pvesm.md": from("pve/01-pvesm.md", { edited: { "pve/01-pvesm.md:3709": null } }),
    "pve/01b-pvesm-net.md": from("pve/01b-pvesm-net.md", { edited: { "pve/01b-pvesm-net.md:3577": null } }),
    "pve/08-text-encoding.md": from("pve/08-text-encoding.md", {
      edited: {
        "pve/08-text-encoding.md:559": null,
        "pve/08-text-encoding.md:644": null,
      },
    }),
  });
});
