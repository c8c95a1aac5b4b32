import { contentBytes } from "../../ops/content.ts";
import type { OpReply, ScriptSpec } from "../../ops/ir.ts";
import { setAttributes } from "../files/file-changes.ts";
import { byCodeUnit, FileError, resolve } from "../files/file-tree.ts";
import { groupName, userName } from "../host/accounts.ts";
import type { Session } from "../session.ts";
import { NotImitated, type ToolResult } from "../tool.ts";
import type { Frozen, Node } from "../world.ts";
import { dropJob, lookAtJob, startJob } from "./jobs.ts";
import { findFiles } from "./scripts/find-files.ts";
import { pbsToken } from "./scripts/pbs-token.ts";
import { pendingDrop, pendingLook, pendingNote } from "./scripts/pending.ts";
import { placeDownload } from "./scripts/place-download.ts";
import { probePort } from "./scripts/probe-port.ts";
import type { ScriptImitation } from "./scripts/script-result.ts";
import { unpackArchive } from "./scripts/unpack-archive.ts";
import { treeAcl } from "./tree-acl.ts";

/** The named scripts of the operations, by name; what each answers is written down with its text. */
export function interpretScript(
  session: Session,
  operation: ScriptSpec & { readonly effect: "read" | "write" },
): OpReply {
  const job = jobScript(session, operation);
  if (job !== undefined) return answered(operation, job);
  // No process of the lab has a file open: what runs there is not imitated.
  if (operation.name === "path-users") return answered(operation, { code: 0, stdout: "", stderr: "" });
  if (operation.name === "tree-acl") {
    const stdin = Buffer.from(contentBytes(operation.stdin ?? "")).toString("utf8");
    return answered(operation, treeAcl(session, operation.argv, stdin));
  }
  const imitation = scripts.get(operation.name);
  if (imitation !== undefined) {
    return answered(operation, imitation(session, operation.argv, contentBytes(operation.stdin ?? "")));
  }
  if (operation.name !== "tree-attributes") {
    throw new NotImitated(`the embedded lab does not imitate the script "${operation.name}"`);
  }
  return answered(operation, treeAttributes(session, operation.argv));
}

const scripts: ReadonlyMap<string, ScriptImitation> = new Map([
  ["find-files", findFiles],
  ["place-download", placeDownload],
  ["pbs-token", pbsToken],
  ["pending-drop", pendingDrop],
  ["pending-look", pendingLook],
  ["pending-note", pendingNote],
  ["probe-port", probePort],
  ["unpack-archive", unpackArchive],
]);

function jobScript(session: Session, { name, argv, stdin = "" }: ScriptSpec): ToolResult | undefined {
  if (name === "job-start") return startJob(session, argv, contentBytes(stdin));
  if (name === "job-look") return lookAtJob(session, argv);
  return name === "job-drop" ? dropJob(session, argv) : undefined;
}

function answered(operation: ScriptSpec & { readonly effect: "read" | "write" }, result: ToolResult): OpReply {
  const bytes = Buffer.from(result.stdout);
  const answer = { code: result.code, stdout: bytes.toString("utf8"), stderr: result.stderr, bytes };
  if (result.code === 0 || operation.effect === "read") return { kind: "done", answer };
  return {
    kind: "failed",
    error: { code: "exit", message: `"${operation.name}" ended with ${result.code}: ${result.stderr.trim()}`, answer },
  };
}

function treeAttributes(
  session: Session,
  argv: readonly string[],
): { readonly code: number; readonly stdout: string; readonly stderr: string } {
  const [verb = "", top = "", owner = "", group = "", folderMode = "", fileMode = ""] = argv;
  const root = resolve(session, top, false);
  if (root.node?.type !== "directory") return { code: 3, stdout: "", stderr: `not a folder: ${top}\n` };
  const wrong = Object.entries(session.host.files)
    .filter(([path]) => path === root.path || path.startsWith(`${root.path === "/" ? "" : root.path}/`))
    .filter(([, node]) => differs(session, node, owner, group, folderMode, fileMode))
    .map(([path]) => path)
    .sort(byCodeUnit);
  if (verb === "apply") {
    for (const path of wrong) {
      const type = session.host.files[path]?.type;
      const mode = type === "directory" ? folderMode : type === "file" ? fileMode : "";
      try {
        setAttributes(session, path, {
          ...(owner ? { owner } : {}),
          ...(group ? { group } : {}),
          ...(mode ? { mode } : {}),
        });
      } catch (error) {
        if (error instanceof FileError) return { code: 5, stdout: "", stderr: `${error.message}\n` };
        throw error;
      }
    }
  }
  const shown = wrong.slice(0, 100).map((path) => `${path}\0`);
  return { code: 0, stdout: `${wrong.length}\n${shown.join("")}`, stderr: "" };
}

function differs(
  { host }: Session,
  node: Frozen<Node>,
  owner: string,
  group: string,
  folderMode: string,
  fileMode: string,
): boolean {
  const wantedMode = node.type === "directory" ? folderMode : node.type === "file" ? fileMode : "";
  const isOwner = owner === "" || userName(host, node.uid) === owner || String(node.uid) === owner;
  const isGroup = group === "" || groupName(host, node.gid) === group || String(node.gid) === group;
  return (
    !isOwner || !isGroup || (wantedMode !== "" && Number.parseInt(wantedMode, 8) !== Number.parseInt(node.mode, 8))
  );
}
