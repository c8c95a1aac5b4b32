import { makeFolder } from "../../files/file-changes.ts";
import { nodeAt, resolve } from "../../files/file-tree.ts";
import { nodeSize } from "../../files/node.ts";
import { writeFile } from "../../files/write-file.ts";
import { absolute, fails, refuseArgument, says, type Tool, type ToolContext } from "../../tool.ts";

const OPTIONS = new Set(["mode_ext2", "keep_corrupted_file", "paranoid"]);

/** PhotoRec 7.1 in batch mode: what a disk has lost is found in its image. It ends with 0 after a syntax error, too. */
export const photorec: Tool = {
  name: "photorec",
  rests: "recorded",
  run(context, args) {
    const [log, logname, logPath = "", d, prefix = "", cmd, image = "", command = "", ...more] = args;
    const known = log === "/log" && logname === "/logname" && d === "/d" && cmd === "/cmd" && more.length === 0;
    if (!known) refuseArgument("photorec", args.join(" "));
    const { session } = context;
    const write = (path: string, text: string) =>
      writeFile(session, { path: absolute(context, path), runId: "photorec", bytes: Buffer.from(text) });
    const head = `Command line: PhotoRec ${args.join(" ")}\n\nPhotoRec 7.1, Data Recovery Utility, July 2019\n`;
    const { node } = resolve(session, absolute(context, image), true);
    if (node?.type !== "file") {
      write(logPath, head);
      return fails(1, "", `\nUnable to open file or device ${image}: No such file or directory\n`);
    }
    const types = typesOf(command);
    if (typeof types === "string") {
      write(logPath, `${head}Syntax error in command line: ${types}\nPhotoRec exited normally.\n`);
      return says(`PhotoRec syntax error: ${types}\n`);
    }
    session.spend((nodeSize(node) / 200_000_000) * 1000);
    const lost = Object.entries(node.image?.lost ?? {}).filter(([type]) => types === null || types.includes(type));
    const folder = `${prefix}.${nextNumber(context, prefix)}`;
    makeFolder(session, absolute(context, folder), false, {});
    write(`${folder}/report.xml`, "<?xml version='1.0' encoding='UTF-8'?>\n<dfxml xmloutputversion='1.0'/>\n");
    let sector = 2048;
    for (const [type, count] of lost) {
      for (let index = 0; index < count; index += 1) {
        write(`${folder}/f${String(sector).padStart(7, "0")}.${type}`, `${type} ${index}\n`);
        sector += 512;
      }
    }
    const counts = lost.map(([type, count]) => `${type}: ${count}/${count} recovered\n`).join("");
    const total = lost.reduce((sum, [, count]) => sum + count, 0);
    write(
      logPath,
      `${head}Disk ${image} (RO), sector size=512\n\nAnalyse\n${counts}Total: ${total} files found\n\nPhotoRec exited normally.\n`,
    );
    return says("");
  },
};

/** The types that are looked for; null: all. A text: from here on the command is not understood. */
function typesOf(command: string): readonly string[] | null | string {
  const words = command.split(",");
  if (words.shift() !== "partition_none") refuseArgument("photorec", command);
  let types: string[] | null = null;
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (word === "search") return types;
    if (word === "options") while (OPTIONS.has(words[0] ?? "")) words.shift();
    else if (word === "fileopt") {
      while (words[1] === "enable" || words[1] === "disable") {
        const [type = "", verb] = words.splice(0, 2);
        if (type === "everything") types = verb === "disable" ? [] : null;
        else if (verb === "enable") types = [...(types ?? []), type];
      }
    } else if (word !== "wholespace" && word !== "freespace") return [word, ...words].join(",");
  }
  return types;
}

function nextNumber({ session }: ToolContext, prefix: string): number {
  let number = 1;
  while (nodeAt(session.host, `${prefix}.${number}`) !== undefined) number += 1;
  return number;
}
