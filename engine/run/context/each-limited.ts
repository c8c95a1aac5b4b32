/** Runs a job for each item, at most `limit` at a time, in order of the items. The first error ends it once those under way are done. */
export async function eachLimited<T>(
  items: readonly T[],
  limit: number,
  job: (item: T) => Promise<void>,
): Promise<void> {
  let next = 0;
  let broken: { readonly error: unknown } | null = null;
  const work = async (): Promise<void> => {
    while (next < items.length && !broken) {
      const item = items[next] as T;
      next += 1;
      try {
        await job(item);
      } catch (error) {
        broken ??= { error };
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(Math.max(1, limit), items.length) }, work));
  const end = broken as { readonly error: unknown } | null;
  if (end) throw end.error;
}
