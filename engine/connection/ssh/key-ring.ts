import { stat } from "node:fs/promises";
import type { Secret } from "../../value/secret.ts";
import { type LoadedKey, loadKey, type Passphrases } from "./load-key.ts";

/** The private keys of a run. */
export interface KeyRing {
  /** `mayAsk`: somebody may be asked for its passphrase. */
  load(path: string, known: Secret | undefined, mayAsk: boolean): Promise<LoadedKey>;
}

/**
 * A hundred hosts that log in with the same key shall not ask for its passphrase a hundred times, nor wait for a hundred
 * decryptions: a key that could be had is kept, in memory, for as long as its file is the same (a change of any kind moves
 * its ctime). One after the other, so that the second finds what the first has unlocked.
 */
export function keyRing(ask: Passphrases["ask"]): KeyRing {
  const kept = new Map<string, { readonly stamp: string; readonly loaded: LoadedKey }>();
  let last: Promise<unknown> = Promise.resolve();
  return {
    load(path, known, mayAsk) {
      const loading = last.then(async () => {
        const stamp = await stampOf(path);
        const before = kept.get(path);
        if (before !== undefined && before.stamp === stamp) return before.loaded;
        const loaded = await loadKey(path, { known, ask: mayAsk ? ask : undefined });
        if (loaded.kind === "key" && stamp !== null) kept.set(path, { stamp, loaded });
        return loaded;
      });
      last = loading.catch(() => {});
      return loading;
    },
  };
}

async function stampOf(path: string): Promise<string | null> {
  return stat(path, { bigint: true }).then(
    ({ dev, ino, size, mtimeNs, ctimeNs }) => [dev, ino, size, mtimeNs, ctimeNs].join(" "),
    () => null,
  );
}
