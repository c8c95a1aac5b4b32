import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface PrivateFolder {
  readonly path: string;
  /** In memory: what is written there never reaches a disk. */
  readonly inMemory: boolean;
  remove(): void;
}

const prefix = "lab-edit-";

/** A folder that nobody else can look into, in memory where there is any, gone when this process ends or is ended. */
export function openPrivateFolder(): PrivateFolder {
  const candidates = [process.env.XDG_RUNTIME_DIR, "/dev/shm"].filter((path) => path !== undefined && isFolder(path));
  const inMemory = candidates[0];
  const home = inMemory ?? tmpdir();
  removeLeftovers(home);
  const path = mkdtempSync(join(home, `${prefix}${process.pid}-`));
  const remove = (): void => rmSync(path, { recursive: true, force: true });
  const end = (): never => {
    remove();
    process.exit(130);
  };
  // Ctrl-C goes to the editor, too, which has its own mind about it.
  const wait = (): void => {};
  process.on("exit", remove);
  process.on("SIGINT", wait);
  for (const signal of ["SIGTERM", "SIGHUP"] as const) process.on(signal, end);
  return {
    path,
    inMemory: inMemory !== undefined,
    remove() {
      remove();
      process.off("exit", remove);
      process.off("SIGINT", wait);
      for (const signal of ["SIGTERM", "SIGHUP"] as const) process.off(signal, end);
    },
  };
}

/** Nothing can be done when this process is killed for good; the next one cleans up behind it. */
function removeLeftovers(home: string): void {
  for (const name of readdirSync(home)) {
    const [, pid] = /^lab-edit-(\d+)-/.exec(name) ?? [];
    const path = join(home, name);
    if (
      pid === undefined ||
      lives(Number(pid)) ||
      statSync(path, { throwIfNoEntry: false })?.uid !== process.getuid?.()
    )
      continue;
    rmSync(path, { recursive: true, force: true });
  }
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
