import { type BlockDevice, blockDevices } from "../host/block-devices.ts";
import { fails, parseOptions, refuseArgument, says, type Tool } from "../tool.ts";
import { canonicalPath } from "../zfs/devices.ts";

/** util-linux 2.38. With -p what is on the device itself; 2 means that nothing is. */
export const blkid: Tool = {
  name: "blkid",
  rests: "recorded",
  run({ session }, args) {
    const { flags, values, words } = parseOptions("blkid", args, {
      flags: { "-p": "probe", "--probe": "probe" },
      values: { "-o": "output", "--output": "output", "-s": "tag", "--match-tag": "tag" },
    });
    const form = values.get("output")?.at(-1) ?? "full";
    if (!["full", "export", "value"].includes(form)) refuseArgument("blkid", `-o ${form}`);
    const probe = flags.has("probe");
    const all = blockDevices(session.host);
    if (words.length === 0 && probe) refuseArgument("blkid", "-p without a device");
    const paths = words.length > 0 ? words : all.map(({ name }) => `/dev/${name}`);
    const wanted = values.get("tag");
    const texts: string[] = [];
    for (const path of paths) {
      const canonical = canonicalPath(session.host, path);
      const device = all.find(({ name }) => `/dev/${name}` === canonical);
      if (device === undefined) {
        if (probe) return fails(2, `blkid: error: ${path}: No such file or directory\n`);
        continue;
      }
      if (device.dead && probe) return fails(2, `blkid: error: ${path}: Input/output error\n`);
      const tags = (device.dead ? [] : tagsOf(device, probe)).filter(([tag]) => wanted?.includes(tag) ?? true);
      if (tags.length === 0) continue;
      if (form === "value") texts.push(tags.map(([, value]) => `${value}\n`).join(""));
      else if (form === "export")
        texts.push(`DEVNAME=${path}\n${tags.map(([tag, value]) => `${tag}=${escaped(value)}\n`).join("")}`);
      else texts.push(`${path}: ${tags.map(([tag, value]) => `${tag}="${value}"`).join(" ")}\n`);
    }
    if (texts.length === 0) return fails(2);
    return says(texts.join(form === "export" ? "\n" : ""));
  },
};

function tagsOf(
  { signature, partitionTable, kind, name }: BlockDevice,
  probe: boolean,
): readonly (readonly [string, string])[] {
  const tags: (readonly [string, string])[] = [];
  if (signature?.type === "zfs_member") {
    if (probe) tags.push(["VERSION", "5000"]);
    tags.push(
      ["LABEL", signature.label ?? ""],
      ["UUID", signature.uuid],
      ["BLOCK_SIZE", "4096"],
      ["TYPE", "zfs_member"],
    );
    if (probe) tags.push(["USAGE", "filesystem"]);
  } else if (signature !== null) {
    tags.push(["UUID", signature.uuid]);
    if (probe) tags.push(["VERSION", "1.0"]);
    tags.push(["BLOCK_SIZE", "4096"], ["TYPE", signature.type]);
    if (probe) tags.push(["USAGE", "filesystem"]);
  }
  if (partitionTable && kind === "disk") tags.push(["PTTYPE", "gpt"]);
  else if (partitionTable && probe)
    tags.push(["PART_ENTRY_SCHEME", "gpt"], ["PART_ENTRY_NUMBER", /\d+$/.exec(name)?.[0] ?? ""]);
  return tags;
}

/** As the shell would read it. */
function escaped(value: string): string {
  return value.replaceAll(/[^\w./:@%+=,-]/g, "\\$&");
}
