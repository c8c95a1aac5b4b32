import { randomBytes } from "node:crypto";
import { link, open, readFile, rename, unlink } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";

export interface LockOptions {
  readonly pid: number;
  /** Whether a process is there. */
  alive(pid: number): boolean;
  readonly waitMs?: number;
}
/** Somebody else holds the lock and does not let go. */
export class LockHeld extends Error {
  readonly holder: string;

  constructor(path: string, holder: string) {
    super(`${path} is held by process ${holder}`);
    this.name = "LockHeld";
    this.holder = holder;
  }
}

const POLL_MS = 10;

/** Takes a lock file and answers how to let go. One whose process is gone is taken over. */
export async function takeLock(path: string, options: LockOptions): Promise<() => Promise<void>> {
  const rounds = Math.ceil((options.waitMs ?? 10_000) / POLL_MS);
  let holder = "";
  for (let round = 0; round <= rounds; round += 1) {
    if (await create(path, options.pid)) return () => unlink(path);
    holder = (await readFile(path, "utf8").catch(() => "")).trim();
    // A file still empty is one that is being written at this very moment.
    if (/^\d+$/.test(holder) && !options.alive(Number(holder))) await removeStale(path, holder);
    else await pause(POLL_MS);
  }
  throw new LockHeld(path, holder);
}

// Written aside and linked into place: the lock never exists without its holder's number in it.
async function create(path: string, pid: number): Promise<boolean> {
  const aside = `${path}.${pid}-${randomBytes(4).toString("hex")}`;
  const handle = await open(aside, "wx", 0o600);
  try {
    await handle.writeFile(`${pid}\n`);
  } finally {
    await handle.close();
  }
  try {
    await link(aside, path);
    return true;
  } catch (error) {
    if (isCode(error, "EEXIST")) return false;
    throw error;
  } finally {
    await unlink(aside);
  }
}

// Two processes may find the same stale lock. Each moves it aside and looks at what it has moved: were it the other's new
// one, it goes back.
async function removeStale(path: string, holder: string): Promise<void> {
  const aside = `${path}.stale-${randomBytes(4).toString("hex")}`;
  try {
    await rename(path, aside);
  } catch (error) {
    if (isCode(error, "ENOENT")) return;
    throw error;
  }
  const moved = (await readFile(aside, "utf8")).trim();
  if (moved !== holder) await link(aside, path).catch(() => {});
  await unlink(aside);
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
