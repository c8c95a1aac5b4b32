import type { Session } from "../session.ts";
import { fails, says, type ToolResult } from "../tool.ts";
import type { Frozen, Mount } from "../world.ts";
import { resolve } from "./file-tree.ts";

/** File systems without hard links. */
const WITHOUT_LINKS: ReadonlySet<string> = new Set(["vfat", "exfat", "msdos"]);

/** engine/formats/link-probe.ts: what the kernel would say of these two folders. Nothing is written. */
export function linkProbe(session: Session, from = "", to = ""): ToolResult {
  for (const folder of [from, to]) {
    if (resolve(session, folder, true).node?.type !== "directory") return fails(3, `no folder ${folder}\n`);
  }
  const [one, other] = [mountOver(session, from), mountOver(session, to)];
  for (const [folder, mount] of [
    [from, one],
    [to, other],
  ] as const) {
    if (mount?.options.split(",").includes("ro")) return fails(4, `no file can be made in ${folder}\n`);
  }
  // One mount, not one disk: a second mount of the same folder refuses as well.
  if (one !== other) return answers(false, false, "Invalid cross-device link");
  if (one !== undefined && WITHOUT_LINKS.has(one.fstype)) return answers(false, true, "Operation not permitted");
  return answers(true, true, "");
}

function answers(links: boolean, moves: boolean, why: string): ToolResult {
  const word = (yes: boolean): string => (yes ? "yes" : "no");
  const line = `links=${word(links)} moves=${word(moves)}\n`;
  return says(why === "" ? line : `${line}${why}\n`);
}

/** The mount that a path is seen through: the deepest, and of two at one place the later one. */
function mountOver({ host }: Session, path: string): Frozen<Mount> | undefined {
  let best: Frozen<Mount> | undefined;
  for (const mount of host.mounts) {
    const { target } = mount;
    const holds = target === "/" || path === target || path.startsWith(`${target}/`);
    if (holds && (best === undefined || target.length >= best.target.length)) best = mount;
  }
  return best;
}
