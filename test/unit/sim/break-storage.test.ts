import { expect, test } from "vitest";
import { breakLab } from "../../../engine/sim/sandbox/break.ts";
import { showLab } from "../../../engine/sim/sandbox/show.ts";
import type { Host } from "../../../engine/sim/world.ts";
import { labHost, run } from "./lab-host.ts";

function poolHost(): Host {
  const host = labHost({
    mounts: [],
    packages: ["zfsutils-linux"],
    disks: ["A", "B", "C"].map((letter, at) => ({
      name: `vd${"bcd".charAt(at)}`,
      bytes: 2 ** 30,
      id: `virtio-${letter}`,
    })),
  });
  for (const line of [
    "zpool create -O compression=lz4 tank mirror virtio-A virtio-B",
    "zfs create -o quota=10G -o lab:owner=ada tank/data",
  ])
    expect(run(host, line), line).toMatchObject({ code: 0 });
  return host;
}
const worldOf = (host: Host) => ({ format: 1, hosts: { nas: host } }) as const;
const linesOf = (host: Host) => showLab(worldOf(host)).hosts[0]?.lines;

test("disks, pools and datasets are shown with what became of them", () => {
  const host = poolHost();
  expect(linesOf(host)).toEqual([
    "new file /tank",
    "new file /tank/data",
    "disk vdb: blank → of the imported pool tank",
    "disk vdc: blank → of the imported pool tank",
    "pool tank: none → ONLINE, mirror of virtio-A and virtio-B",
    "dataset tank: none → filesystem compression=lz4",
    "dataset tank/data: none → filesystem lab:owner=ada quota=10737418240",
  ]);
  run(host, "zpool offline tank virtio-B");
  run(host, "zfs snapshot tank/data@one");
  expect(linesOf(host)).toContain("pool tank: none → DEGRADED, mirror of virtio-A and virtio-B (OFFLINE)");
  expect(linesOf(host)).toContain("dataset tank/data: none → filesystem lab:owner=ada quota=10737418240, 1 snapshot");
});

test("a disk of a pool goes offline and a property changes, and the pool lives on", () => {
  const values = "zfs get -Hp -o name,property,value compression,quota,lab:owner tank tank/data";
  for (let seed = 0; seed < 10; seed += 1) {
    const host = poolHost();
    const before = run(host, values).stdout;
    const broken = breakLab(worldOf(host), seed);
    expect(broken.map(({ what }) => what)).toEqual(["a disk was taken offline", "a property of a dataset was changed"]);
    expect(run(host, "zpool list -H -o health tank").stdout).toBe("DEGRADED\n");
    expect(run(host, values).stdout).not.toBe(before);
  }
});

test("a pool without redundancy keeps its disks", () => {
  const host = labHost({
    mounts: [],
    packages: ["zfsutils-linux"],
    disks: [{ name: "vdb", bytes: 2 ** 30, id: "virtio-A" }],
  });
  run(host, "zpool create tank virtio-A");
  expect(breakLab(worldOf(host), 1)).toEqual([]);
  expect(run(host, "zpool list -H -o health tank").stdout).toBe("ONLINE\n");
});

test("a running container is stopped, one that is not is left alone", () => {
  const host = labHost({ kind: "proxmox", mounts: [] });
  const template = "debian-12-standard_12.7-1_amd64.tar.zst";
  const path = `/var/lib/vz/template/cache/${template}`;
  host.files[path] = { type: "file", mode: "0644", uid: 0, gid: 0, mtime: 1, content: "template" };
  for (const vmid of ["101", "102"])
    expect(run(host, `pct create ${vmid} local:vztmpl/${template} --rootfs local:1`), vmid).toMatchObject({ code: 0 });
  expect(run(host, "pct start 101").code).toBe(0);
  expect(linesOf(host)).toContain("container 101: none → running");
  expect(linesOf(host)).toContain("container 102: none → stopped");
  const broken = breakLab(worldOf(host), 3).filter(({ what }) => what === "a container was stopped");
  expect(broken).toEqual([{ host: "nas", what: "a container was stopped", name: "container 101" }]);
  expect(run(host, "pct status 101").stdout).toBe("status: stopped\n");
});
