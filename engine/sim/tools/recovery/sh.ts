import { carveAnew } from "../../../formats/carve-anew.ts";
import { linkProbeText } from "../../../formats/link-probe.ts";
import { recordSha256 } from "../../../formats/record-sha256.ts";
import { readFile, remove } from "../../files/file-changes.ts";
import { nodeAt, resolve } from "../../files/file-tree.ts";
import { linkProbe } from "../../files/link-probe.ts";
import { nodeBytes, nodeSize, sha256 } from "../../files/node.ts";
import { writeFile } from "../../files/write-file.ts";
import { absolute, fails, NotImitated, says, type Tool, type ToolContext, type ToolResult } from "../../tool.ts";
import { photorec } from "./photorec.ts";

/** No shell: of all texts it knows those that modules of lab send, by heart. */
export const sh: Tool = {
  name: "sh",
  rests: "recorded",
  run(context, args) {
    const [option, text, , ...words] = args;
    if (option === "-c" && text === carveAnew) return carve(context, words);
    if (option === "-c" && text === linkProbeText) return linkProbe(context.session, ...words);
    if (option === "-c" && text === recordSha256) return record(context, words);
    throw new NotImitated(`the embedded lab does not imitate shell text (${["sh", ...args].join(" ")})`);
  },
};

function record(context: ToolContext, [path = "", into = ""]: readonly string[]): ToolResult {
  const { session } = context;
  const { node } = resolve(session, absolute(context, path), true);
  if (node?.type !== "file") return fails(1, `sha256sum: ${path}: No such file or directory\n`);
  session.spend((nodeSize(node) / 300_000_000) * 1000);
  // Of an image there is no content: what it is of, and how much of it, makes one hash and no other.
  const hash = node.image === undefined ? sha256(nodeBytes(node)) : sha256(`${node.image.of} ${node.image.bytes}`);
  writeFile(session, { path: absolute(context, into), runId: "sh", bytes: Buffer.from(`${hash}  ${path}\n`) });
  return says("");
}

function carve(context: ToolContext, [prefix = "", log = "", ...words]: readonly string[]): ToolResult {
  const { session } = context;
  for (let number = 1; nodeAt(session.host, `${prefix}.${number}`) !== undefined; number += 1) {
    remove(session, `${prefix}.${number}`, true, undefined);
  }
  photorec.run(context, words);
  const said = Buffer.from(readFile(session, absolute(context, log)) ?? "").toString("utf8");
  const error = /^Syntax error in command line.*$/m.exec(said)?.[0];
  if (error !== undefined) return fails(2, `${error}\n`);
  if (!said.endsWith("PhotoRec exited normally.\n")) return fails(1, "PhotoRec did not come to its end\n");
  const folder = prefix.slice(0, prefix.lastIndexOf("/"));
  const found = Object.entries(session.host.files).filter(([path]) => path.startsWith(`${prefix}.`));
  const lines = found.flatMap(([path, node]) =>
    node.type === "file" && !path.endsWith("/report.xml")
      ? [`${sha256(nodeBytes(node))}  .${path.slice(folder.length)}\n`]
      : [],
  );
  writeFile(session, { path: `${folder}/SHA256SUMS`, runId: "sh", bytes: Buffer.from(lines.join("")) });
  return says("");
}
