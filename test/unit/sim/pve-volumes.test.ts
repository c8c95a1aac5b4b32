import { describe, expect, test } from "vitest";
import { newHost } from "../../../engine/sim/host/new-host.ts";
import { runWords } from "../../../engine/sim/interpret/interpret-exec.ts";
import { confText } from "../../../engine/sim/pve/container/container-conf.ts";
import {
  allocateVolume,
  findVolume,
  freeVolume,
  volumePath,
  volumesOf,
} from "../../../engine/sim/pve/storage/volumes.ts";
import type { Session } from "../../../engine/sim/session.ts";
import { findDataset } from "../../../engine/sim/zfs/datasets.ts";
import { recordedNode, rootSession } from "../../support/recorded-node.ts";

const GIB = 1024 ** 3;
const TEMPLATE = "local:vztmpl/alpine-3.20-default_20240908_amd64.tar.gz";

/** A node with a pool, a storage on it, and one on LVM. */
function withPool(): Session {
  const { files } = recordedNode();
  const host = newHost({
    kind: "proxmox",
    name: "pve1",
    packages: ["zfsutils-linux"],
    disks: [{ name: "sdb", bytes: 100 * GIB }],
  });
  for (const path of Object.keys(files).filter((each) => each.startsWith("/var/lib/vz/template/")))
    Object.assign(host.files, { [path]: files[path] });
  const session = rootSession(host);
  for (const line of ["zpool create tank sdb", "zfs create tank/data"]) {
    expect(runWords(session, line.split(" "), {}), line).toMatchObject({ code: 0 });
  }
  const cfg = host.files["/etc/pve/storage.cfg"];
  if (cfg?.type !== "file") throw new Error("no storage.cfg");
  cfg.content += "\nzfspool: tank\n\tpool tank/data\n\tcontent rootdir,images\n\tsparse 1\n";
  cfg.content += "\nlvmthin: thin\n\tthinpool data\n\tvgname pve\n\tcontent rootdir,images\n";
  return session;
}

describe("volumes", () => {
  test("of a ZFS storage are datasets with a quota, named as the storage's type does it", () => {
    const session = withPool();
    const created = runWords(session, ["pct", "create", "101", TEMPLATE, "--rootfs", "tank:8"], {});
    expect(created).toMatchObject({ code: 0, stderr: "" });
    expect(confText(session.host, "101")).toContain("rootfs: tank:subvol-101-disk-0,size=8G\n");
    const dataset = findDataset(session.host, "tank/data/subvol-101-disk-0");
    expect(dataset?.properties.refquota?.value).toBe(String(8 * GIB));
    expect(volumePath(session.host, "tank:subvol-101-disk-0")).toBe("/tank/data/subvol-101-disk-0");
    expect(runWords(session, ["pct", "destroy", "101"], {})).toMatchObject({ code: 0 });
    expect(findDataset(session.host, "tank/data/subvol-101-disk-0")).toBeUndefined();
    expect(volumesOf(session.host, "101")).toEqual([]);
  });

  test("are gone with their dataset, whoever destroyed it", () => {
    const session = withPool();
    const volid = allocateVolume(session, "tank", { vmid: "101", format: "subvol", bytes: GIB });
    expect(findVolume(session.host, volid)).toBeDefined();
    runWords(session, ["zfs", "destroy", "tank/data/subvol-101-disk-0"], {});
    expect(findVolume(session.host, volid)).toBeUndefined();
  });

  test("take the first free number of their guest on their storage", () => {
    const session = withPool();
    const next = (storage: string) => allocateVolume(session, storage, { vmid: "7777", format: "raw", bytes: GIB });
    expect([next("local"), next("local"), next("thin")]).toEqual([
      "local:7777/vm-7777-disk-0.raw",
      "local:7777/vm-7777-disk-1.raw",
      "thin:vm-7777-disk-0",
    ]);
    expect(freeVolume(session, "local:7777/vm-7777-disk-0.raw")).toBe(true);
    expect(freeVolume(session, "local:7777/vm-7777-disk-0.raw")).toBe(false);
    expect(next("local")).toBe("local:7777/vm-7777-disk-0.raw");
    expect(volumesOf(session.host, "777")).toEqual([]);
  });

  test("need a storage that is there and a name that is free", () => {
    const session = withPool();
    const wanted = { vmid: "101", format: "raw", bytes: GIB, name: "vm-101-disk-5" } as const;
    expect(() => allocateVolume(session, "none", wanted)).toThrow("storage 'none' does not exist");
    allocateVolume(session, "local", wanted);
    expect(() => allocateVolume(session, "local", wanted)).toThrow("already exists");
  });
});
