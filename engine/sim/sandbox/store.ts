import { chmod, mkdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { SiteError } from "../../errors/site-error.ts";
import { unwritableSite } from "../../errors/unwritable-site.ts";
import type { Host, World } from "../world.ts";
import { LockHeld, type LockOptions, takeLock } from "./lock-file.ts";
import { isFields } from "./state-differences.ts";
import { parseStateFile, type StateFile, writeState } from "./state-file.ts";

interface Change<T> {
  readonly value: T;
  /** The hosts that differ in more than their clocks. With any of them, what is outside of hosts is kept as well. */
  readonly changed: readonly string[];
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
 * One file in a folder (`state-file.ts`). A change holds a lock file from before the state is read again until it is written, so
 * that several processes take turns; looking takes no lock, because what is put behind a file, or in its place, shows either the old or the new state.
 */
export function openStore(folder: string, options: LockOptions): Store {
  const path = join(folder, "world.json");
  let cached: World = emptyWorld();
  let stamp = "";
  /** As it is on the disk; null: to be written as a whole. Read when it is first written to: who only looks needs none. */
  let file: StateFile | null | undefined;
  let lease: Promise<Lease> | undefined;
  let ending: Promise<void> = Promise.resolve();

  const refresh = async () => {
    const now = await stampOf(path);
    if (now === stamp) return;
    cached = now === ABSENT ? emptyWorld() : worldOf(await readState(path), path);
    stamp = now;
    file = now === ABSENT ? null : undefined;
  };

  let refreshing: Promise<void> | undefined;
  /** Many that look at the same moment read it once. */
  const refreshed = (): Promise<void> => {
    refreshing ??= refresh().finally(() => {
      refreshing = undefined;
    });
    return refreshing;
  };

  const save = async (changed: ReadonlySet<string>): Promise<void> => {
    if (file === undefined) file = await readState(path);
    const before = file;
    // A host that was only looked at so far comes with the first change of any.
    const known = before?.state.hosts;
    const hosts = Object.keys(cached.hosts).filter(
      (name) => changed.has(name) || !isFields(known) || !Object.hasOwn(known, name),
    );
    const paths = [["internet"], ...hosts.map((name) => ["hosts", name])];
    // Where that fails, neither what is cached nor what is known of the file is what lies there.
    stamp = "";
    file = await writing(path, () => writeState(path, before, { ...cached }, paths));
    stamp = await stampOf(path);
  };

  const begin = async (): Promise<Lease> => {
    await ending;
    const release = await writing(folder, async () => {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await chmod(folder, 0o700);
      return takeLock(join(folder, "world.lock"), options);
    });
    try {
      // Not together with who looks, who may have begun before the lock was taken, nor before they are done: what they
      // have read would come in the place of what is changed here.
      await refreshing?.catch(() => {});
      await refresh();
    } catch (error) {
      await release();
      throw error;
    }
    const opened: Lease = { changed: new Set(), done: Promise.resolve() };
    opened.done = (async () => {
      // What comes in the same turn of the loop shares this lease and its one write.
      await new Promise((resume) => setImmediate(resume));
      lease = undefined;
      try {
        if (opened.changed.size > 0) await save(opened.changed);
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
      if (lease === undefined) await ending;
      if (lease === undefined) await refreshed();
      return cached;
    },
    async update(work) {
      lease ??= begin().catch((error: unknown) => {
        lease = undefined;
        throw error;
      });
      const joined = await lease;
      const { value, changed } = work(cached);
      for (const host of changed) joined.changed.add(host);
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
  readonly changed: Set<string>;
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

async function readState(path: string): Promise<StateFile> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    throw unreadable(path, error);
  }
  try {
    return parseStateFile(bytes);
  } catch (error) {
    throw error instanceof SyntaxError ? broken(path, "is not JSON") : error;
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

function worldOf({ state }: StateFile, path: string): World {
  const world: unknown = state;
  if (!isWorld(world)) throw broken(path, "is not a state of this version of the embedded lab");
  return world;
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
  if (!isFields(value) || value.format !== 1 || !isFields(value.hosts)) return false;
  return Object.values(value.hosts).every(
    (host) =>
      isFields(host) &&
      Object.entries(hostFields).every(([field, type]) => typeof host[field] === type && host[field] !== null),
  );
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
