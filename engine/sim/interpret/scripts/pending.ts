import { makeFolder, readFile, remove } from "../../files/file-changes.ts";
import { FileError, namesIn, nodeAt } from "../../files/file-tree.ts";
import { writeFile } from "../../files/write-file.ts";
import type { Session } from "../../session.ts";
import { type ScriptImitation, scriptFails } from "./script-result.ts";

/** engine/ops/scripts/pending-scripts.ts */
const rootsFolder = "/var/lib/lab";

function ownFolder({ user }: Session): string {
  return user.uid === 0 ? rootsFolder : `${user.home}/.local/state/lab`;
}

export const pendingLook: ScriptImitation = (session) => {
  const lines = (word: string, folder: string): readonly string[] =>
    namesIn(session.host, `${folder}/pending`)
      .filter((name) => name.endsWith(".json"))
      .flatMap((name) => {
        const line = Buffer.from(readFile(session, `${folder}/pending/${name}`) ?? [])
          .toString("utf8")
          .split("\n")[0];
        return line ? [`${word} ${line}\n`] : [];
      });
  const own = ownFolder(session);
  const roots = own === rootsFolder ? [] : lines("root", rootsFolder);
  return { code: 0, stdout: [...lines("own", own), ...roots].join(""), stderr: "" };
};

export const pendingNote: ScriptImitation = (session, _argv, stdin) => {
  const folder = `${ownFolder(session)}/pending`;
  try {
    makeFolder(session, folder, true, {});
    for (const line of Buffer.from(stdin).toString("utf8").split("\n")) {
      if (line === "") continue;
      const at = line.indexOf(" ");
      const bytes = new Uint8Array(Buffer.from(`${line.slice(at + 1)}\n`));
      writeFile(session, { path: `${folder}/${line.slice(0, at)}.json`, bytes, runId: "pending", newMode: "0644" });
    }
    return { code: 0, stdout: "", stderr: "" };
  } catch (error) {
    if (error instanceof FileError) return scriptFails(3, `there is no folder for it: ${error.message}`);
    throw error;
  }
};

export const pendingDrop: ScriptImitation = (session, ids) => {
  const own = ownFolder(session);
  const folder = `${own}/pending`;
  if (nodeAt(session.host, folder) === undefined) return { code: 0, stdout: "", stderr: "" };
  for (const id of ids) {
    if (nodeAt(session.host, `${folder}/${id}.json`) !== undefined) remove(session, `${folder}/${id}.json`, false);
  }
  for (const each of [folder, own]) {
    if (namesIn(session.host, each).length > 0) break;
    remove(session, each, false);
  }
  return { code: 0, stdout: "", stderr: "" };
};
