import type { FolderPlace } from "./link-probe.ts";

/** Whether a file gets a second name, and moves without being copied. Null: looking cannot tell. */
export interface LinkVerdict {
  readonly links: boolean | null;
  readonly moves: boolean | null;
  /** Why not, or why it cannot be told; null where both work. */
  readonly reason: string | null;
}

/** Each folder of one mount links with each other one. Of network file systems the server decides, so none is here. */
const LINK_EVERYWHERE = new Set("bcachefs btrfs ext2 ext3 ext4 f2fs jfs overlay ramfs tmpfs xfs zfs".split(" "));
const WITHOUT_LINKS = new Set(["exfat", "msdos", "vfat"]);
/** One mount shows several trees, between which nothing is linked or moved. Only device numbers tell them apart. */
const WITH_SUBVOLUMES = new Set(["bcachefs", "btrfs"]);

/** What the kernel would answer to a link and a move from one folder to the other, as far as their places tell. */
export function judgeLink(from: FolderPlace, to: FolderPlace): LinkVerdict {
  const dark = [from, to].find(({ mount }) => mount === null);
  if (dark !== undefined) return untold(`through which mount ${dark.path} is seen cannot be looked at`);
  // Two mounts of one file system have the same device number, and refuse all the same (EXDEV).
  if (from.mount !== to.mount) return apart(`${placeOf(from)} and ${placeOf(to)} are two mounts`);
  const { shown } = from;
  if (shown === null) return untold(`of which kind the mount of ${from.path} is cannot be seen`);
  const { fstype, options } = shown;
  if (from.device !== null && to.device !== null && from.device !== to.device)
    return apart(`${from.path} and ${to.path} are two volumes of one ${fstype}`);
  if (WITHOUT_LINKS.has(fstype)) return { links: false, moves: true, reason: `${fstype} has no hard links` };
  if (from.device === null && WITH_SUBVOLUMES.has(fstype))
    return untold(`there is no \`stat\` that tells whether both are one volume of the ${fstype}`);
  if (options.some((option) => option === "prjquota" || option === "pquota"))
    return untold("the file system has project quotas, and no link leaves a project");
  if (fstype === "fuse.mergerfs")
    return untold("mergerfs decides by its policy for new files: those that keep to existing paths (ep…, msp…) refuse");
  if (!LINK_EVERYWHERE.has(fstype)) return untold(`what ${fstype} links only it knows`);
  return { links: true, moves: true, reason: null };
}

function placeOf({ path, shown }: FolderPlace): string {
  return shown === null ? path : shown.target;
}
function apart(why: string): LinkVerdict {
  return { links: false, moves: false, reason: `${why}: Invalid cross-device link` };
}
function untold(reason: string): LinkVerdict {
  return { links: null, moves: null, reason };
}
