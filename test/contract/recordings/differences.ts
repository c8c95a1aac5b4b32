/**
 * The recorded commands at which the embedded lab answers otherwise than the real tool did, by the place in the
 * transcript, each with its reason. A reason for a command that matches is an error, and so is a difference without one.
 */
export const differences: Readonly<Record<string, string>> = {
  // pct: life of a container
  "pct/04-exec-push-pull.md:37": "it takes a shell inside the container, which kills itself",
  "pct/04-exec-push-pull.md:47": "it takes a shell inside the container, which kills itself",
  "pct/04-exec-push-pull.md:81":
    "a name that the lab does not know may well be a program of a real container: it is refused, not answered with 127",
  "pct/04-exec-push-pull.md:514": "it takes a shell, outside and inside",
  "pct/04-exec-push-pull.md:1228": "the manual of every subcommand; its words are Proxmox's own and are not copied",
  "pct/04-exec-push-pull.md:2547": "the manual of a subcommand; its words are Proxmox's own and are not copied",
  "pct/05-snapshot-template-clone-destroy.md:1331":
    "sizes of folders in memory, which count everything that a real /dev holds beside",
  "pct/05-snapshot-template-clone-destroy.md:1594":
    "what Perl says about Proxmox VE's own code when it reckons with a value that somebody wrote by hand",
  "pct/08-shutdown-timeout.md:114": "it takes a shell: two starts at the same time",
  // pvesm
  "pve/01b-pvesm-net.md:1700":
    "LVM's own complaints about a kernel without device mapper, on which the transcript was made",
  // backup jobs, replication
  "pve/03-backup-jobs.md:430": "it takes a shell: the path is a pattern that matched a file",
  "pve/09-pve9-ha.md:604":
    "only half of the cluster was pretended there: the rule was measured by the one node that was real",
  "pve/05-pvesr.md:1095": "the transcript's host had no ZFS; the lab copies nothing to a second node",
  "pve/05-pvesr.md:1184": "the state of the job that failed without ZFS",
  // qm
  "pve/06b-qm-running.md:2334": "the transcript's QEMU could not mirror a disk while it ran; a node's does",
  "pve/06b-qm-running.md:2431": "the transcript's QEMU could not mirror a disk while it ran; a node's does",
  "pve/06b-qm-running.md:2697": "a warning about a file that another transcript, made at the same time, had written",
  "pve/06b-qm-running.md:2712": "a warning about a file that another transcript, made at the same time, had written",
  "pve/06c-qm-snapshots.md:898": "a warning about a file that another transcript, made at the same time, had written",
  "pve/06c-qm-snapshots.md:947":
    "the errno of the file of custom processors, which is not there, leaks out as the exit code",
  // docker
  "docker/01-engine.md:820": "the transcript's image has an account that no image of the lab is described with",
  "docker/01-engine.md:1996": "an option that the lab does not know may well be one of the real tool: it is refused",
  "docker/02-compose.md:458": "the order is that of random ids",
  "docker/04-trouble.md:217": "a race: its next start had already begun when the real one was looked at",
  "docker/04-trouble.md:252": "the same race: it was started once more by hand or not",
  "docker/04-trouble.md:1363": "the whole of a project as Compose prints it is refused: nobody needs it",
  "docker/04-trouble.md:2254": "a subcommand that the lab does not know may well be a real one: it is refused",
  "docker/04-trouble.md:2268": "an option that the lab does not know may well be a real one: it is refused",
  "docker/04-trouble.md:2279": "the manual, whose words are Docker's own and are not copied",
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
  // zfs
  "zfs/recordings.md:3391": "it takes a shell",
  "zfs/recordings.md:5458":
    "after another mount on the same path the real one had been left mounted twice, and found itself in the way",
  "zfs/recordings.md:6126": "it takes a shell",
  "zfs/recordings.md:6131": "it takes a shell",
  "zfs/recordings.md:6136": "it takes a shell",
  "zfs/recordings.md:6141": "it takes a shell",
  "zfs/recordings.md:6146": "it takes a shell",
  "zfs/recordings.md:6151": "it takes a shell",
  "zfs/recordings.md:6156": "it takes a shell",
  "zfs/recordings.md:6161": "it takes a shell",
  "zfs/recordings.md:6168": "it takes a shell",
  "zfs/recordings.md:6173": "it takes a shell",
  "zfs/recordings.md:6462": "sorted by size: the files of 150 and 60 MB that fill these pools are not in the lab",
  "zfs/recordings.md:7279": "a file system on a volume: the lab has no mkfs",
  "zfs/recordings.md:8134": "it fills a file system with dd",
  "zfs/recordings-2.1.md:3380": "it takes a shell",
  "zfs/recordings-2.1.md:5460":
    "after another mount on the same path the real one had been left mounted twice, and found itself in the way",
  "zfs/recordings-2.1.md:6130": "it takes a shell",
  "zfs/recordings-2.1.md:6135": "it takes a shell",
  "zfs/recordings-2.1.md:6140": "it takes a shell",
  "zfs/recordings-2.1.md:6145": "it takes a shell",
  "zfs/recordings-2.1.md:6150": "it takes a shell",
  "zfs/recordings-2.1.md:6155": "it takes a shell",
  "zfs/recordings-2.1.md:6160": "it takes a shell",
  "zfs/recordings-2.1.md:6165": "it takes a shell",
  "zfs/recordings-2.1.md:6172": "it takes a shell",
  "zfs/recordings-2.1.md:6177": "it takes a shell",
  "zfs/recordings-2.1.md:6466": "sorted by size: the files of 150 and 60 MB that fill these pools are not in the lab",
  "zfs/recordings-2.1.md:6685": "2.1 lists snapshots in the order of a hash table",
  "zfs/recordings-2.1.md:6700": "2.1 lists snapshots in the order of a hash table",
  "zfs/recordings-2.1.md:7282": "a file system on a volume: the lab has no mkfs",
  // pct: configuration
  "pct/02-config-set-stopped.md:411":
    "the transcript's host had the first version of cgroups, with other limits and names; a node of this release has the second",
  "pct/02-config-set-stopped.md:435":
    "the transcript's host had the first version of cgroups, with other limits and names; a node of this release has the second",
  "pct/03-running-set-lifecycle.md:2535":
    "the transcript's kernel let no file system grow while it was mounted; a node's does",
  "pct/03-running-set-lifecycle.md:2576":
    "the transcript's kernel let no file system grow while it was mounted; a node's does",
  "pct/03-running-set-lifecycle.md:2663":
    "the transcript's kernel let no file system grow while it was mounted; a node's does",
  "pct/03-running-set-lifecycle.md:2730":
    "the transcript's kernel let no file system grow while it was mounted; a node's does",
  "pct/03-running-set-lifecycle.md:2915":
    "systemd's remark about a unit file that the transcript's host had changed meanwhile",
  "pct/03-running-set-lifecycle.md:2430":
    "`df` inside a container, whose numbers are those of the transcript's disk, is not imitated",
  "pct/03-running-set-lifecycle.md:2521":
    "`pct cpusets` tells how the transcript's processors were shared out, and is not imitated",
  "pct/06-extra.md:954": "it takes a shell inside the container",
  "pct/09-verify.md:418": "it takes a shell inside the container",
  "pct/06-extra.md:790":
    "the sizes of folders in a /dev in memory, and the order of the lines about devices, which Perl leaves open",
  "pct/06-extra.md:924": "busybox's `ip`, with its usage or its own columns, is not imitated inside Alpine",
  "pct/06-extra.md:972": "busybox's `ip`, with its usage or its own columns, is not imitated inside Alpine",
  "pct/07-more.md:200": "busybox's `ip`, with its usage or its own columns, is not imitated inside Alpine",
  "pct/07-more.md:251": "busybox's `ip`, with its usage or its own columns, is not imitated inside Alpine",
  "pct/07-more.md:300": "busybox's `ip`, with its usage or its own columns, is not imitated inside Alpine",
  "pct/07-more.md:444": "the disk that the bound folder lies on, and its mount options, are the transcript's host's",
  "pct/07-more.md:484":
    "the transcript's host had the first version of cgroups, with other limits and names; a node of this release has the second",
  "pct/09-verify.md:82": "the transcript's kernel had no traffic control, so that a rate was refused; a node's has it",
  "pct/09-verify.md:270": "lists the node's own interfaces, whose names and addresses are the transcript's host's",
};
