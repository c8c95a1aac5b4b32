import { join } from "node:path";
import { type Lab, type LabOptions, openLab } from "../sim/sandbox/open-lab.ts";

/** The embedded lab of a site, in its `.lab/`. */
export function openSiteLab(root: string, describe: Pick<LabOptions, "describe"> = {}): Lab {
  return openLab(join(root, ".lab"), { pid: process.pid, alive, ...describe });
}

/** Whether a process of this machine is there. */
export function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process is alive too.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
