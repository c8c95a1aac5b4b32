import { join } from "node:path";
import { type Lab, type LabOptions, openLab } from "../sim/sandbox/open-lab.ts";
import { alive } from "./alive.ts";

/** The embedded lab of a site, in its `.lab/`. */
export function openSiteLab(root: string, describe: Pick<LabOptions, "describe"> = {}): Lab {
  return openLab(join(root, ".lab"), { pid: process.pid, alive, ...describe });
}
