export interface SyncTogether {
  /** Something was written that is to last. */
  wrote(): void;
  /** Resolves when all that was written before the call is on the disk. */
  kept(): Promise<void>;
}

/**
 * Syncs of a file to which many write: as databases do with their commits, who waits at the same moment shares one, and
 * who comes while one is under way shares the next. That one may have begun before the newcomer's line was written.
 */
export function syncTogether(sync: () => Promise<void>): SyncTogether {
  let written = 0;
  let synced = 0;
  let next: Promise<void> | null = null;
  const begin = async (): Promise<void> => {
    // What others write in the same turn of the loop comes along: the steps of a hundred hosts cost one sync.
    await new Promise((resume) => setImmediate(resume));
    const upTo = written;
    await sync();
    synced = upTo;
  };
  const kept = async (): Promise<void> => {
    const upTo = written;
    while (synced < upTo) {
      next ??= begin().finally(() => {
        next = null;
      });
      await next;
    }
  };
  return {
    wrote() {
      written += 1;
      // Begun in any case. That it has failed is told to who waits for it.
      void kept().catch(() => {});
    },
    kept,
  };
}
