/** An archive on three disks and a fast pool on two, with the datasets of a family's lab: tasks for real OpenZFS and for the embedded lab. */
const disk = (number: number): string => `/dev/disk/by-id/virtio-LABDISK${number}`;
const root = { compression: "lz4", atime: false, xattr: "sa", acltype: "posixacl" };
export const FAMILY = "Tank-Archive/Family_Archive";
export const ALICE = "Tank-Archive/Personal_Backups/alice";

export const zfsDesign: readonly Readonly<Record<string, object>>[] = [
  {
    zpool: {
      name: "Tank-Archive",
      vdevs: [{ type: "raidz1", disks: [disk(1), disk(2), disk(3)] }],
      ashift: 12,
      filesystem: root,
      allow_create: true,
    },
  },
  {
    zpool: {
      name: "VM-SSD",
      vdevs: [{ type: "mirror", disks: [disk(4), disk(5)] }],
      properties: { autotrim: true },
      filesystem: { compression: "lz4", atime: false },
      mountpoint: "none",
      allow_create: true,
    },
  },
  { zfs: { name: "Tank-Archive", properties: root } },
  {
    zfs: {
      name: FAMILY,
      properties: { quota: "500M", recordsize: "1M", compression: "zstd", "lab:owner": "family" },
    },
  },
  {
    zfs: {
      name: ALICE,
      parents: true,
      properties: { refquota: "100M", mountpoint: "/srv/backups/alice", snapdir: "visible", "userquota@root": "50M" },
    },
  },
  {
    zfs: {
      name: "Tank-Archive/Media",
      properties: { recordsize: "1M", atime: false, dnodesize: "auto", exec: false },
    },
  },
  { zfs: { name: "VM-SSD/vm-900-disk-0", size: "100000001", properties: { volblocksize: "16K" } } },
  { zfs: { name: "VM-SSD/vm-901-disk-0", size: "128M", sparse: true, properties: { "lab:guest": 901 } } },
  {
    zfs_snapshot: {
      name: "Tank-Archive@first",
      recursive: true,
      properties: { "lab:why": "a test" },
      holds: ["keep"],
    },
  },
];

/** A hand's drift, and what repairs it: a part of each command. */
export const zfsDrift: readonly (readonly [string, string, readonly string[]])[] = [
  ["compression", `zfs set compression=off ${FAMILY}`, [`compression=zstd ${FAMILY}`]],
  ["a quota", `zfs set quota=400M ${FAMILY}`, [`quota=500M ${FAMILY}`]],
  ["a quota that is gone", `zfs set quota=none ${FAMILY}`, [`quota=500M ${FAMILY}`]],
  ["recordsize, inherited", `zfs inherit recordsize ${FAMILY}`, [`recordsize=1M ${FAMILY}`]],
  ["a user property", `zfs set lab:owner=someone_else ${FAMILY}`, [`lab:owner=family ${FAMILY}`]],
  ["a user property that is gone", `zfs inherit lab:owner ${FAMILY}`, [`lab:owner=family ${FAMILY}`]],
  ["the root's atime", "zfs set atime=on Tank-Archive", ["atime=off Tank-Archive"]],
  ["the root's acltype", "zfs set acltype=off Tank-Archive", ["acltype=posixacl Tank-Archive"]],
  ["the root's xattr", "zfs set xattr=dir Tank-Archive", ["xattr=sa Tank-Archive"]],
  ["a user's quota", `zfs set userquota@root=none ${ALICE}`, [`userquota@root=50M ${ALICE}`]],
  ["a refquota", `zfs set refquota=1G ${ALICE}`, [`refquota=100M ${ALICE}`]],
  ["a mountpoint", `zfs set mountpoint=/srv/elsewhere ${ALICE}`, [`mountpoint=/srv/backups/alice ${ALICE}`]],
  ["a mountpoint that is none", `zfs set mountpoint=none ${ALICE}`, [`mountpoint=/srv/backups/alice ${ALICE}`]],
  ["one that was unmounted", `zfs unmount ${ALICE}`, [`zfs mount ${ALICE}`]],
  ["snapdir", `zfs set snapdir=hidden ${ALICE}`, [`snapdir=visible ${ALICE}`]],
  ["exec", "zfs set exec=on Tank-Archive/Media", ["exec=off Tank-Archive/Media"]],
  ["dnodesize", "zfs set dnodesize=legacy Tank-Archive/Media", ["dnodesize=auto Tank-Archive/Media"]],
  ["a volume that is gone", "zfs destroy VM-SSD/vm-901-disk-0", ["zfs create -s -V 134217728"]],
  ["the pool's autotrim", "zpool set autotrim=off VM-SSD", ["zpool set autotrim=on VM-SSD"]],
  ["a hold that was released", "zfs release keep Tank-Archive@first", ["zfs hold keep Tank-Archive@first"]],
];
