import { type ConfigSection, parseSectionConfig } from "../../../formats/section-config.ts";
import { makeFolder, readFile } from "../../files/file-changes.ts";
import { nodeAt, put, seconds } from "../../files/file-tree.ts";
import { publishServer } from "../../pbs/publish.ts";
import type { Session } from "../../session.ts";

const FOLDER = "/etc/proxmox-backup";

export function sectionsOf(session: Session, name: string): readonly ConfigSection[] {
  return parseSectionConfig(textOf(session, name));
}
export function textOf(session: Session, name: string): string {
  const bytes = readFile(session, `${FOLDER}/${name}.cfg`);
  return bytes === undefined ? "" : Buffer.from(bytes).toString("utf8");
}

export function keepSections(session: Session, name: string, sections: readonly ConfigSection[]): void {
  const blocks = sections.map(({ type, id, options }) => {
    const lines = [...options].flatMap(([key, value]) => value.split("\n").map((each) => `\t${key} ${each}\n`));
    return `${type}: ${id}\n${lines.join("")}`;
  });
  keepText(session, name, blocks.join("\n"));
}
export function keepText(session: Session, name: string, content: string): void {
  const host = session.change();
  if (nodeAt(host, FOLDER) === undefined) makeFolder(session, FOLDER, true, { mode: "0700" });
  put(session, `${FOLDER}/${name}.cfg`, { type: "file", mode: "0640", uid: 0, gid: 34, mtime: seconds(host), content });
  publishServer(session);
}
