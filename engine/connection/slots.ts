/** How many channels may be open at a time; the limit can only fall. */
export interface Slots {
  /** Waits for a free slot. The answer gives it back; calling it twice does no harm. */
  take(): Promise<() => void>;
  /** The server refused one more: as many as are open besides the refused one is what it allows, 1 at least. */
  lower(): void;
  readonly limit: number;
  readonly taken: number;
}

export function makeSlots(most: number): Slots {
  const waiting: (() => void)[] = [];
  let limit = most;
  let taken = 0;

  const admit = (): void => {
    while (taken < limit) {
      const next = waiting.shift();
      if (next === undefined) return;
      taken += 1;
      next();
    }
  };
  return {
    async take() {
      await new Promise<void>((resolve) => {
        waiting.push(resolve);
        admit();
      });
      let held = true;
      return () => {
        if (!held) return;
        held = false;
        taken -= 1;
        admit();
      };
    },
    lower() {
      limit = Math.max(1, Math.min(limit, taken - 1));
    },
    get limit() {
      return limit;
    },
    get taken() {
      return taken;
    },
  };
}
