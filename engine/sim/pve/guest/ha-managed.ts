import { findSection, parseSectionConfig } from "../../../formats/section-config.ts";
import { nodeText } from "../../files/node.ts";
import { writeFile } from "../../files/write-file.ts";
import type { Session } from "../../session.ts";
import type { FrozenHost } from "../../world.ts";

const RESOURCES = "/etc/pve/ha/resources.cfg";

/** Whether high availability starts and stops this guest: then the tools only ask it to, and do not wait. */
export function isHaManaged(host: FrozenHost, vmid: string, type: "ct" | "vm" = "ct"): boolean {
  const section = findSection(parseSectionConfig(textOf(host)), vmid);
  return section?.type === type && section.options.get("state") !== "ignored";
}

/** Sets the state that is wanted of it. */
export function requestHaState(
  session: Session,
  vmid: string,
  state: "started" | "stopped",
  type: "ct" | "vm" = "ct",
): void {
  const lines = textOf(session.host).split("\n");
  const head = lines.findIndex((line) => new RegExp(`^${type}:\\s*${vmid}\\s*$`).test(line));
  let end = head + 1;
  while (/^\s+\S/.test(lines[end] ?? "")) end += 1;
  const body = lines.slice(head + 1, end).filter((line) => !/^\s+state\s/.test(line));
  const text = [...lines.slice(0, head + 1), ...body, `\tstate ${state}`, ...lines.slice(end)].join("\n");
  writeFile(session, { path: RESOURCES, runId: "pct", bytes: Buffer.from(text) });
}

function textOf(host: FrozenHost): string {
  const file = host.files[RESOURCES];
  return file?.type === "file" ? nodeText(file) : "";
}
