import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Rig } from "./e2e-rig.ts";

/** Where scratch folders may lie, best first, as the shell compiler has it; one folder for each user's number. */
const scratchRoots = ["/run/lab", "/dev/shm", "/tmp"];

/** The scratch folders of a rig's runs on this machine, whoever they ran as. Those of other people's runs do not count. */
export function scratchFolders(rig: Rig): readonly string[] {
  const ids = rig.runIds();
  return scratchRoots.flatMap((root) =>
    names(root)
      .filter((name) => /^lab-\d+$/.test(name))
      .flatMap((user) => names(join(root, user)).map((name) => join(root, user, name)))
      .filter((path) => ids.some((id) => path.includes(id))),
  );
}

/** What a run that was cut off has left: temporary neighbours of files under the rig's target, and scratch folders. */
export function leftovers(rig: Rig): readonly string[] {
  return [...temporaryFiles(rig.target), ...scratchFolders(rig)];
}

export function temporaryFiles(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => /(^|\/)\.[^/]*\.lab-[^/]*$/.test(path))
    .map((path) => join(folder, path));
}

function names(folder: string): readonly string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}
