import { randomBytes } from "node:crypto";
import { chmod, mkdir, open, readFile, rename, rm, stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import { SiteError } from "../../errors/site-error.ts";
import { unwritableSite } from "../../errors/unwritable-site.ts";
import type { Host, World } from "../world.ts";
import { LockHeld, type LockOptions, takeLock } from "./lock-file.ts";
import { stableJson } from "./stable-json.ts";

interface Change<T> {
  readonly value: T;
  /** Whether the state differs in more than its clocks. */
  readonly changed: boolean;
}
/** Where a lab's state lives between runs. */
export interface Store {
  /** To look at. It may be looked at only: what is changed in it is not kept. */
  world(): Promise<World>;
  /** Changes it; when the promise resolves, the change is on the disk. Changes of one moment share one write. */
  update<T>(work: (world: World) => Change<T>): Promise<T>;
  /** Back to nothing. */
  reset(): Promise<void>;
}

/**
 * One JSON file in a folder. A change holds a lock file from before the state is read again until it is written, so
 * that several processes take turns; looking takes no lock, because a rename shows either the old or the new state.
 */
export function openStore(folder: string, options: LockOptions): Store {
  const path = join(folder, "world.json");
  let cached: World = emptyWorld();
  let stamp = "";
  let lease: Promise<Lease> | undefined;
  let ending: Promise<void> = Promise.resolve();

  const refresh = async () => {
    const now = await stampOf(path);
    if (now === stamp) return;
    cached = now === ABSENT ? emptyWorld() : parseWorld(await readState(path), path);
    stamp = now;
  };

  const begin = async (): Promise<Lease> => {
    await ending;
    const release = await writing(folder, async () => {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await chmod(folder, 0o700);
      return takeLock(join(folder, "world.lock"), options);
    });
    try {
      await refresh();
    } catch (error) {
      await release();
      throw error;
    }
    const opened: Lease = { dirty: false, done: Promise.resolve() };
    opened.done = (async () => {
      // What comes in the same turn of the loop shares this lease and its one write.
      await new Promise((resume) => setImmediate(resume));
      lease = undefined;
      try {
        if (opened.dirty) {
          await writing(path, () => replaceFile(path, stableJson(cached)));
          stamp = await stampOf(path);
        }
      } finally {
        await release();
      }
    })();
    ending = opened.done.catch(() => {});
    return opened;
  };

  return {
    async world() {
      // While this process changes it, its own state is the newest.
      if (lease === undefined) {
        await ending;
        await refresh();
      }
      return cached;
    },
    async update(work) {
      lease ??= begin().catch((error: unknown) => {
        lease = undefined;
        throw error;
      });
      const joined = await lease;
      const { value, changed } = work(cached);
      if (changed) joined.dirty = true;
      await joined.done;
      return value;
    },
    async reset() {
      await ending;
      await writing(path, () => rm(path, { force: true }));
    },
  };
}

interface Lease {
  dirty: boolean;
  done: Promise<void>;
}

function emptyWorld(): World {
  return { format: 1, hosts: {} };
}

const ABSENT = "absent";
async function stampOf(path: string): Promise<string> {
  try {
    const { ino, size, mtimeMs } = await stat(path);
    return `${ino} ${size} ${mtimeMs}`;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return ABSENT;
    throw unreadable(path, error);
  }
}

async function readState(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw unreadable(path, error);
  }
}

function unreadable(path: string, error: unknown): unknown {
  return error instanceof Error && "code" in error ? broken(path, `cannot be read (${error.code})`) : error;
}

/** What the user can mend is told as such. */
async function writing<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof LockHeld) throw held(path, error);
    const diagnostic = unwritableSite(error, path);
    throw diagnostic ? new SiteError([diagnostic]) : error;
  }
}

function parseWorld(text: string, path: string): World {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw broken(path, "is not JSON");
  }
  if (!isWorld(value)) throw broken(path, "is not a state of this version of the embedded lab");
  return value;
}

const hostFields: Readonly<
  Record<
    Exclude<
      keyof Host,
      | "disks"
      | "docker"
      | "dockerInsides"
      | "zfs"
      | "pve"
      | "booted"
      | "jobs"
      | "loadedModules"
      | "syncthing"
      | "trees"
      | "upAt"
    >,
    "object" | "number" | "string"
  >
> = {
  description: "object",
  clockMs: "number",
  files: "object",
  mounts: "object",
  units: "object",
  packages: "object",
  sysctl: "object",
  hostname: "string",
  bootId: "string",
};

/** As far as the first level goes: what is torn or of another version, not what somebody has edited with care. */
function isWorld(value: unknown): value is World {
  if (!isRecord(value) || value.format !== 1 || !isRecord(value.hosts)) return false;
  return Object.values(value.hosts).every(
    (host) =>
      isRecord(host) &&
      Object.entries(hostFields).every(([field, type]) => typeof host[field] === type && host[field] !== null),
  );
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function broken(path: string, what: string): SiteError {
  return new SiteError([
    {
      code: "sandbox-state",
      message: `the embedded lab's state ${path} ${what}`,
      hint: "start the lab afresh: lab sandbox reset",
    },
  ]);
}

function held(folder: string, error: LockHeld): SiteError {
  return new SiteError([
    {
      code: "sandbox-locked",
      message: `the embedded lab in ${folder} is in use by process ${error.holder}`,
      hint: "wait for that run to end, or end it",
    },
  ]);
}

/** A temporary neighbour, synced, then renamed: a crash leaves the old state or the new one. */
async function replaceFile(path: string, text: string): Promise<void> {
  const temporary = `${path}.${randomBytes(4).toString("hex")}`;
  const handle = await open(temporary, "wx", 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } catch (error) {
    await unlink(temporary).catch(() => {});
    throw error;
  } finally {
    await handle.close();
  }
  await rename(temporary, path);
}
