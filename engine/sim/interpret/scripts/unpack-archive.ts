import { extract } from "../../archive/extract.ts";
import { readTar } from "../../archive/read-tar.ts";
import { own, readFile, remove } from "../../files/file-changes.ts";
import { FileError, resolve } from "../../files/file-tree.ts";
import { sha256 } from "../../files/node.ts";
import { NotImitated } from "../../tool.ts";
import { type ScriptImitation, scriptFails } from "./script-result.ts";

/** engine/ops/scripts/unpack-archive.ts, of tar. */
export const unpackArchive: ScriptImitation = (session, argv, stdin) => {
  const [kind = "", archive = "", sum = "", folder = "", strip = "0", owner = "", group = "", consume = ""] = argv;
  if (kind !== "tar") throw new NotImitated(`the embedded lab does not unpack a ${kind}`);
  try {
    const bytes = readFile(session, archive);
    if (bytes === undefined) return scriptFails(4, `sh: 1: cannot open ${archive}: No such file`);
    if (sha256(bytes) !== sum)
      return scriptFails(6, `${archive} is no longer the one that was looked at; nothing was unpacked`);
    const members = readTar(bytes);
    if (members === null) return scriptFails(5, "tar: This does not look like a tar archive");
    extract(session, members, folder, Number(strip));
    const names = Buffer.from(stdin)
      .toString("utf8")
      .split("\0")
      .filter((name) => name !== "");
    for (const name of names) {
      const { path } = resolve(session, `${folder}/${name}`, false);
      own(session, path, { ...(owner === "" ? {} : { owner }), ...(group === "" ? {} : { group }) });
    }
    if (consume !== "") remove(session, archive, false);
    return { code: 0, stdout: "", stderr: "" };
  } catch (error) {
    if (error instanceof FileError) return scriptFails(5, error.message);
    throw error;
  }
};
