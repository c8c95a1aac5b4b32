import { aclLines } from "../../formats/acl.ts";
import { own } from "../files/file-changes.ts";
import { byCodeUnit, FileError, nodeAt, resolve } from "../files/file-tree.ts";
import { aclOf } from "../files/node-acl.ts";
import type { Session } from "../session.ts";
import type { ToolResult } from "../tool.ts";
import { setfacl, takesAcl } from "../tools/acl-tools.ts";

/** The named script "tree-acl"; what it answers is written down with its text. */
export function treeAcl(session: Session, argv: readonly string[], stdin: string): ToolResult {
  const [verb, top = "", owner = "", group = ""] = argv;
  const root = resolve(session, top, false);
  if (root.node?.type !== "directory") return { code: 3, stdout: "", stderr: `not a folder: ${top}\n` };
  const wanted = new Map<string, readonly string[]>();
  for (const line of stdin.split("\n").filter((each) => each !== "")) {
    wanted.set(line[0] ?? "", [...(wanted.get(line[0] ?? "") ?? []), line.slice(2)]);
  }
  const inside = Object.keys(session.host.files)
    .filter((path) => path.startsWith(`${root.path === "/" ? "" : root.path}/`))
    .filter((path) => session.host.mounts.every(({ target }) => !isIn(path, target) || isIn(root.path, target)))
    .filter((path) => ["file", "directory"].includes(nodeAt(session.host, path)?.type ?? ""))
    .sort(byCodeUnit);
  const wrong = inside.filter((path) => differs(session, path, wanted, owner, group));
  const shown = wrong.slice(0, 100).map((path) => `${path.replaceAll("\\", "\\\\").replaceAll("\n", "\\012")}\n`);
  const answer = { code: 0, stdout: `${inside.length}\n${wrong.length}\n${shown.join("")}`, stderr: "" };
  if (verb !== "apply") return answer;
  for (const path of wrong) {
    const failure = repair(session, path, wanted, owner, group);
    if (failure !== null) return { ...answer, code: 5, stderr: failure };
  }
  return answer;
}

function differs(
  session: Session,
  path: string,
  wanted: ReadonlyMap<string, readonly string[]>,
  owner: string,
  group: string,
): boolean {
  const node = nodeAt(session.host, path);
  if (node === undefined) return false;
  const special = Number(node.mode.charAt(0));
  const flags =
    special === 0 ? [] : [`# flags: ${special & 4 ? "s" : "-"}${special & 2 ? "s" : "-"}${special & 1 ? "t" : "-"}`];
  const is = [...flags, ...aclLines(aclOf(node))].sort().join();
  const shall = [...(wanted.get(classOf(session, path)) ?? [])].sort().join();
  return is !== shall || (owner !== "" && String(node.uid) !== owner) || (group !== "" && String(node.gid) !== group);
}

/** A folder, a file that its owner may execute, another file. */
function classOf(session: Session, path: string): "d" | "x" | "f" {
  const node = nodeAt(session.host, path);
  if (node?.type === "directory") return "d";
  return (Number.parseInt(node?.mode ?? "0", 8) & 0o100) !== 0 ? "x" : "f";
}

function repair(
  session: Session,
  path: string,
  wanted: ReadonlyMap<string, readonly string[]>,
  owner: string,
  group: string,
): string | null {
  const lines = wanted.get(classOf(session, path)) ?? [];
  if (!takesAcl(session.host, path)) return `setfacl: ${path}: Operation not supported\n`;
  const flags = lines.find((line) => line.startsWith("# flags: "))?.slice(9) ?? "---";
  const special = (flags[0] === "s" ? 4 : 0) | (flags[1] === "s" ? 2 : 0) | (flags[2] === "t" ? 1 : 0);
  try {
    own(session, path, { ...(owner && { owner }), ...(group && { group }) });
    const mode = nodeAt(session.host, path)?.mode ?? "0000";
    own(session, path, { mode: `${special}${mode.slice(1)}` });
  } catch (error) {
    if (error instanceof FileError) return `${error.message}\n`;
    throw error;
  }
  const stdin = Buffer.from(
    lines
      .filter((line) => !line.startsWith("#"))
      .map((line) => `${line}\n`)
      .join(""),
  );
  const set = setfacl.run({ session, env: {}, cwd: "/", stdin }, ["-k", "--set-file=-", "--", path]);
  return set.code === 0 ? null : set.stderr;
}

function isIn(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === "/" ? "/" : `${folder}/`);
}
