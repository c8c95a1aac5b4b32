import type { Session } from "../session.ts";
import { fails, says, type ToolResult } from "../tool.ts";
import { may, resolve } from "./file-tree.ts";
import { mountinfo } from "./virtual-files.ts";

/** engine/formats/link-probe.ts: through which mounts two folders are seen. */
export function linkProbe(session: Session, from = "", to = ""): ToolResult {
  const { host, user } = session;
  const lines: string[] = [];
  const devices: string[] = [];
  for (const folder of [from, to]) {
    const { node } = resolve(session, folder, true);
    if (node?.type !== "directory") return fails(3, `no folder ${folder}\n`);
    const mount = mountOver(session, folder);
    const line = mountinfo(host).split("\n")[mount] ?? "";
    const [id = "?", , device = "0:0"] = line.split(" ");
    const readOnly = host.mounts[mount]?.options.split(",").includes("ro") === true;
    const writes = !readOnly && may(user, node, "w") && may(user, node, "x") ? "yes" : "no";
    devices.push(device.replace(/^\d+:/, ""));
    lines.push(`${writes} ${id === "" ? "?" : id} ${line}\n`);
  }
  return says(`devices ${devices.join(" ")}\n${lines.join("")}`);
}

/** The mount that a path is seen through, by its place in the list: the deepest, and of two at one place the later one. */
function mountOver({ host: { mounts } }: Session, path: string): number {
  const depths = mounts.map(({ target }) =>
    target === "/" || path === target || path.startsWith(`${target}/`) ? target.length : -1,
  );
  return depths.lastIndexOf(Math.max(0, ...depths));
}
