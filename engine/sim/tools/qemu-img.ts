import { nodeOf } from "../files/look-at-path.ts";
import { readDiskImage } from "../pve/storage/disk-image.ts";
import { absolute, fails, refuseArgument, says, type Tool } from "../tool.ts";

/** `qemu-img info --output=json`: how large the disk of an image is, in the form and with the words of the real one. */
export const qemuImg: Tool = {
  name: "qemu-img",
  rests: "documented",
  run(context, args) {
    const [verb, ...rest] = args;
    if (verb !== "info") refuseArgument("qemu-img", verb ?? "no command");
    const words: string[] = [];
    let json = false;
    for (const [index, word] of rest.entries()) {
      if (rest.slice(0, index).includes("--") || !word.startsWith("-")) words.push(word);
      else if (word === "--output=json") json = true;
      else if (word !== "-U" && word !== "--") refuseArgument("qemu-img", word);
    }
    const [path, ...more] = words;
    if (path === undefined || more.length > 0 || !json) refuseArgument("qemu-img", `info ${rest.join(" ")}`);
    const cannot = (why: string) => fails(1, `qemu-img: Could not open '${path}': ${why}\n`);
    const node = nodeOf(context.session, absolute(context, path));
    if (node === undefined) return cannot(`Could not open '${path}': No such file or directory`);
    if (node.type !== "file")
      return cannot(`A regular file was expected by the 'file' driver, but something else was given`);
    const { format, bytes } = readDiskImage(node);
    const info = {
      "virtual-size": bytes,
      filename: path,
      format,
      "actual-size": node.content.length,
      "dirty-flag": false,
    };
    return says(`${JSON.stringify(info, null, 4)}\n`);
  },
};
