import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";

/** A host is one socket, and at times an agent's; a child of this machine has three pipes. */
const filesPerHost = 4;
/** Those of the process itself: the site's, the journal, reports. */
const ownFiles = 64;
/** A log-in costs some milliseconds of one core here, a batch less: that many overlap their waiting. */
const hostsPerCore = 50;

/** How many hosts are worked on at a time where nobody says: as many as files may be open, and as the cores can serve. */
export function defaultForks(openFiles: number = openFilesLimit(), cores: number = availableParallelism()): number {
  const byFiles = Math.floor((openFiles - ownFiles) / filesPerHost);
  return Math.max(5, Math.min(byFiles, cores * hostsPerCore, 500));
}

/** The limit of open files (`ulimit -n`; Node has raised the soft one to the hard one by then). Where it is not told, what is usual. */
function openFilesLimit(): number {
  try {
    // Linux. The report that Node can make of itself says the same elsewhere, but takes a tenth of a second.
    const said = /^Max open files\s+(\d+|unlimited)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1];
    if (said === "unlimited") return Number.POSITIVE_INFINITY;
    if (said !== undefined) return Number(said);
  } catch {}
  return 256;
}
