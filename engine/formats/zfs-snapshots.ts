/** Snapshots as `zfs list -Hp -t snapshot -o name,creation,used,userrefs,clones` tells them. */
export const SNAPSHOT_COLUMNS = "name,creation,used,userrefs,clones";

export interface ZfsSnapshot {
  readonly dataset: string;
  readonly name: string;
  /** Seconds since 1970. */
  readonly made: number;
  /** Bytes that it alone holds. */
  readonly used: number;
  /** How many tags hold it. */
  readonly holds: number;
  readonly clones: readonly string[];
}

/** In the order of the listing, which is that of their making. Bookmarks and datasets among the lines are passed over. */
export function parseSnapshots(text: string): readonly ZfsSnapshot[] {
  return text.split("\n").flatMap((line) => {
    const [full = "", made = "", used = "", holds = "", clones = ""] = line.split("\t");
    const at = full.indexOf("@");
    if (at < 0) return [];
    const number = (word: string) => (/^\d+$/.test(word) ? Number(word) : 0);
    return [
      {
        dataset: full.slice(0, at),
        name: full.slice(at + 1),
        made: number(made),
        used: number(used),
        holds: number(holds),
        clones: clones === "" || clones === "-" ? [] : clones.split(","),
      },
    ];
  });
}

/** `subvol-103-disk-0` belongs to guest 103; null for what belongs to none. */
export function guestOfDataset(dataset: string): number | null {
  const [, vmid] = /(?:^|\/)(?:vm|subvol|base|basevol)-(\d+)-[^/]+$/.exec(dataset) ?? [];
  return vmid === undefined ? null : Number(vmid);
}
