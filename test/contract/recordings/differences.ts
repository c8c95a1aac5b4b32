/**
 * The recorded commands at which the embedded lab answers otherwise than the real tool did, by the place in the
 * transcript, each with its reason. A reason for a command that matches is an error, and so is a difference without one.
 */
export const differences: Readonly<Record<string, string>> = {
  // pvesm
  "pve/01b-pvesm-net.md:1700":
    "LVM's own complaints about a kernel without device mapper, on which the transcript was made",
  // zpool
  "zfs/recordings.md:1168": "the table is as wide as its longest number, and these are random",
  "zfs/recordings.md:3200": "the lab has no host id",
  "zfs/recordings.md:3227": "it takes a shell",
  "zfs/recordings.md:3269": "the lab keeps no history of a pool",
  "zfs/recordings.md:3277": "the lab keeps no events",
  "zfs/recordings.md:3283": "what is read and written in a second is not modelled",
  "zfs/recordings.md:3288": "what is read and written in a second is not modelled",
  "zfs/recordings.md:7790": "dd overwrote one half of a mirror: errors in the data of a device are not modelled",
  "zfs/recordings.md:7810": "errors in the data of a device are not modelled",
  "zfs/recordings.md:8001": "the memory that the table of a removed vdev takes is not modelled",
  "zfs/recordings.md:8018": "of vdevs that were removed zdb still prints the places",
  "zfs/recordings.md:8068": "the answer is cut after 300 characters, and the number of a pool may have one more",
  "zfs/recordings-2.1.md:1137": "the table is as wide as its longest number, and these are random",
  "zfs/recordings-2.1.md:2965": "dd overwrote one half of a mirror: errors in the data of a device are not modelled",
  "zfs/recordings-2.1.md:3159": "the lab has no host id",
  "zfs/recordings-2.1.md:3186": "it takes a shell",
  "zfs/recordings-2.1.md:3196": "destroyed pools come in the order in which a search meets their labels",
  "zfs/recordings-2.1.md:3256": "the lab keeps no history of a pool",
  "zfs/recordings-2.1.md:3264": "the lab keeps no events",
  "zfs/recordings-2.1.md:3270": "what is read and written in a second is not modelled",
  "zfs/recordings-2.1.md:3275": "what is read and written in a second is not modelled",
};
