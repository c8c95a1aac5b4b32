import { dockerOf } from "../../docker/engine.ts";
import { findContainer } from "../../docker/find-container.ts";
import { containerRoot, enterDocker, hasShell } from "../../docker/inside-container.ts";
import { resolve } from "../../files/file-tree.ts";
import type { Session } from "../../session.ts";
import type { Frozen, Mount } from "../../world.ts";
import type { ScriptImitation, ScriptResult } from "./script-result.ts";
import { scriptFails } from "./script-result.ts";

/** engine/ops/scripts/link-probe.ts: what the kernel would say of these two folders. Nothing is written. */
export const linkProbe: ScriptImitation = (session, argv) => {
  const [from = "", to = "", container = ""] = argv;
  if (container === "") return tried(session, from, to);
  const found = findContainer(dockerOf(session.host), container);
  if (found === undefined) return scriptFails(5, `no container ${container}`);
  const inside = hasShell(session.host, found) ? enterDocker(session, found.id, containerRoot) : undefined;
  if (inside === undefined) return scriptFails(5, `container ${container} does not run, or has no shell`);
  return tried(inside, from, to);
};

/** File systems without hard links. */
const WITHOUT_LINKS: ReadonlySet<string> = new Set(["vfat", "exfat", "msdos"]);

function tried(session: Session, from: string, to: string): ScriptResult {
  for (const folder of [from, to]) {
    if (resolve(session, folder, true).node?.type !== "directory") return scriptFails(3, `no folder ${folder}`);
  }
  const [one, other] = [mountOver(session, from), mountOver(session, to)];
  for (const [folder, mount] of [
    [from, one],
    [to, other],
  ] as const) {
    if (mount?.options.split(",").includes("ro")) return scriptFails(4, `no file can be made in ${folder}`);
  }
  // One mount, not one disk: a second mount of the same folder refuses as well.
  if (one !== other) return answers(false, false, "Invalid cross-device link");
  if (one !== undefined && WITHOUT_LINKS.has(one.fstype)) return answers(false, true, "Operation not permitted");
  return answers(true, true, "");
}

function answers(links: boolean, moves: boolean, why: string): ScriptResult {
  const word = (yes: boolean): string => (yes ? "yes" : "no");
  const line = `links=${word(links)} moves=${word(moves)}\n`;
  return { code: 0, stdout: why === "" ? line : `${line}${why}\n`, stderr: "" };
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
