/** A feature of the on-disk format: the release that brought it, and whether a new pool uses it at once. */
export interface PoolFeature {
  readonly name: string;
  readonly since: number;
  readonly active: boolean;
}

// In the order in which `zpool get all` prints them; `+`: active from the beginning.
const FEATURES: readonly (readonly [since: number, names: string])[] = [
  [
    2.1,
    "async_destroy empty_bpobj +lz4_compress multi_vdev_crash_dump +spacemap_histogram +enabled_txg +hole_birth +extensible_dataset +embedded_data bookmarks filesystem_limits large_blocks large_dnode sha512 skein edonr +userobj_accounting encryption +project_quota device_removal obsolete_counts zpool_checkpoint +spacemap_v2 allocation_classes resilver_defer bookmark_v2 redaction_bookmarks redacted_datasets bookmark_written +log_spacemap livelist device_rebuild zstd_compress draid",
  ],
  [2.2, "zilsaxattr +head_errlog blake3 block_cloning +vdev_zaps_v2"],
  [2.3, "redaction_list_spill raidz_expansion fast_dedup longname large_microzap"],
];
const ALL: readonly PoolFeature[] = FEATURES.flatMap(([since, names]) =>
  names.split(" ").map((name) => ({ name: name.replace("+", ""), since, active: name.startsWith("+") })),
);

/** The features that a release (2.1, 2.2, 2.3) has. */
export function poolFeatures(release: number): readonly PoolFeature[] {
  return ALL.filter(({ since }) => since <= release);
}

/** The names in the files of `compatibility=`; null for one that is not there. */
export function compatibleFeatures(release: number, value: string): ReadonlySet<string> | null {
  if (value === "off") return new Set(poolFeatures(release).map(({ name }) => name));
  if (value === "legacy") return new Set();
  let common = new Set(poolFeatures(release).map(({ name }) => name));
  for (const file of value.split(",")) {
    const version = /^openzfs-(2\.[1-3])(-linux|-freebsd)?$/.exec(file)?.[1];
    if (version === undefined || Number(version) > release) return null;
    const names = new Set(poolFeatures(Number(version)).map(({ name }) => name));
    common = new Set([...common].filter((name) => names.has(name)));
  }
  return common;
}
