/** Without the partition that ZFS makes for itself on a whole disk: `…/by-id/ata-X-part1`, `/dev/sdb1`, `/dev/nvme0n1p1`. */
export function wholeDisk(path: string): string {
  if (/^\/dev\/disk\/by-/.test(path)) return path.replace(/-part1$/, "");
  return path
    .replace(/^(\/dev\/(?:nvme\d+n\d+|mmcblk\d+|loop\d+))p1$/, "$1")
    .replace(/^(\/dev\/(?:[hsv]|xv)d[a-z]+)1$/, "$1");
}

/** Whether a disk that ZFS names is the one that a playbook names: spelled alike, or the same device behind their links. */
export function isSameDisk(named: string, wanted: string, realPath: (path: string) => string): boolean {
  if (named === wanted || wholeDisk(named) === wanted) return true;
  const [is, shall] = [realPath(named), realPath(wanted)];
  return is === shall || wholeDisk(is) === shall;
}
