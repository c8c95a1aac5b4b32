import { mkdir, open, readFile, rename, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Hold } from "../../connection/connection.ts";
import type { Claim } from "../../ops/lock/holder-text.ts";
import { type LockOptions, takeLock } from "./lock-file.ts";

/** Who has a host of the lab, or had it last. */
interface Owner {
  readonly runId: string;
  readonly who: string;
  readonly since: string;
  readonly pid: number;
  readonly holds: boolean;
}

/**
 * The locks of a lab's hosts, `locks/HOST.json` in its folder: as that of a real machine, from a run's first write to its end. On a
 * machine a lock ends with its process; here the next one looks whether that is still there.
 */
export function holdHosts(folder: string, options: LockOptions) {
  const locks = join(folder, "locks");
  const held = new Set<string>();
  const pathOf = (host: string): string => join(locks, `${encodeURIComponent(host)}.json`);

  let queue: Promise<unknown> = Promise.resolve();

  /** Between reading who has it and writing that we do nobody else may do the same. Our own hosts queue, they need not poll. */
  const alone = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = queue.then(() => taken(work));
    queue = turn.catch(() => {});
    return turn;
  };
  const taken = async <T>(work: () => Promise<T>): Promise<T> => {
    await mkdir(locks, { recursive: true, mode: 0o700 });
    const release = await takeLock(join(locks, "taking"), options);
    try {
      return await work();
    } finally {
      await release();
    }
  };

  return {
    hold: async (host: string, { runId, who, since, pid }: Claim): Promise<Hold> => {
      const holder = { pid: options.pid, born: null, folder: locks };
      const ours: Hold = { kind: "held", holder, anew: false, wrote: null };
      // Asked before every write: what we have needs no look at who else wants it.
      if (held.has(host)) return ours;
      return alone(async () => {
        if (held.has(host)) return ours;
        const path = pathOf(host);
        const last = await readOwner(path);
        const alive = last?.holds === true && options.alive(last.pid);
        if (last !== null && alive && last.runId !== runId) {
          return {
            kind: "busy",
            by: { kind: "run", runId: last.runId, who: last.who, since: last.since, pid: `${last.pid}` },
          };
        }
        const before = await timeOf(path);
        await replace(path, { runId, who, since, pid, holds: true });
        held.add(host);
        if (last === null || last.runId === runId) return { kind: "held", holder, anew: true, wrote: null };
        // When one that was killed has written last nobody knows: it may have been a moment ago.
        const agoMs = last.holds ? 0 : Math.max(0, (await timeOf(path)) - before);
        return { kind: "held", holder, anew: true, wrote: { runId: last.runId, agoMs } };
      });
    },
    /** Lets go. That it has written here stays known. */
    release: async (host: string): Promise<void> => {
      if (!held.delete(host)) return;
      await alone(async () => {
        const last = await readOwner(pathOf(host));
        if (last?.pid === options.pid) await replace(pathOf(host), { ...last, holds: false });
      });
    },
  };
}

async function timeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
}

async function readOwner(path: string): Promise<Owner | null> {
  try {
    const value: Owner = JSON.parse(await readFile(path, "utf8"));
    return typeof value.runId === "string" && typeof value.pid === "number" ? value : null;
  } catch {
    // None, or one that somebody has spoiled: then nobody has it.
    return null;
  }
}

async function replace(path: string, owner: Owner): Promise<void> {
  const aside = `${path}.new`;
  const handle = await open(aside, "w", 0o600);
  await handle.writeFile(JSON.stringify(owner)).finally(() => handle.close());
  await rename(aside, path);
}
