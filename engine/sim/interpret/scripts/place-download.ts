import { createHash } from "node:crypto";
import { own, readFile, remove } from "../../files/file-changes.ts";
import { FileError, nodeAt, resolve } from "../../files/file-tree.ts";
import { writeFile } from "../../files/write-file.ts";
import { type ScriptImitation, scriptFails } from "./script-result.ts";

/** engine/ops/scripts/place-download.ts */
export const placeDownload: ScriptImitation = (session, argv) => {
  const [part = "", dest = "", mode = "", owner = "", group = "", algorithm = "", sum = ""] = argv;
  const arrived = resolve(session, part, false);
  if (arrived.node?.type !== "file") return scriptFails(3, `nothing has arrived at ${part}`);
  const bytes = readFile(session, part) ?? new Uint8Array();
  if (algorithm !== "") {
    const is = createHash(algorithm).update(bytes).digest("hex");
    if (is !== sum) {
      remove(session, part, false);
      return scriptFails(
        6,
        `what arrived has the checksum ${algorithm}:${is}, not ${algorithm}:${sum}; nothing was replaced`,
      );
    }
  }
  try {
    if (nodeAt(session.host, dest)?.type === "directory") return scriptFails(5, `${dest} is a folder`);
    writeFile(session, { path: dest, bytes, runId: "download", newMode: "0644" });
    own(session, resolve(session, dest, false).path, {
      ...(owner === "" ? {} : { owner }),
      ...(group === "" ? {} : { group }),
      ...(mode === "" ? {} : { mode }),
    });
    remove(session, part, false);
    return { code: 0, stdout: "", stderr: "" };
  } catch (error) {
    if (error instanceof FileError) return scriptFails(5, error.message);
    throw error;
  }
};
