import { findFiles } from "./find-files.ts";
import { jobDrop, jobLook, jobStart } from "./job-scripts.ts";
import { pathUsers } from "./path-users.ts";
import { pbsToken } from "./pbs-token.ts";
import { pendingDrop, pendingLook, pendingNote } from "./pending-scripts.ts";
import { placeDownload } from "./place-download.ts";
import { probePort } from "./probe-port.ts";
import { treeAcl } from "./tree-acl.ts";
import { treeAttributes } from "./tree-attributes.ts";
import { unpackArchive } from "./unpack-archive.ts";

/** The named scripts: constant texts for work over a whole tree, and for jobs. Their data comes through argv and stdin alone. */
export const namedScripts: ReadonlyMap<string, string> = new Map([
  ["tree-attributes", treeAttributes],
  ["tree-acl", treeAcl],
  ["find-files", findFiles],
  ["path-users", pathUsers],
  ["pbs-token", pbsToken],
  ["probe-port", probePort],
  ["place-download", placeDownload],
  ["unpack-archive", unpackArchive],
  ["job-start", jobStart],
  ["job-look", jobLook],
  ["job-drop", jobDrop],
  ["pending-look", pendingLook],
  ["pending-note", pendingNote],
  ["pending-drop", pendingDrop],
]);
