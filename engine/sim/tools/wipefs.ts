import { type BlockDevice, blockDevices, dropPartitions } from "../host/block-devices.ts";
import { fails, parseOptions, refuseArgument, says, type Tool, type ToolResult } from "../tool.ts";
import { own } from "../world.ts";
import { canonicalPath } from "../zfs/devices.ts";
import { isInUse } from "../zfs/pools.ts";

/** One mark by which something on a device is recognised. */
interface Mark {
  readonly offset: number;
  readonly type: string;
  /** The bytes that make it. */
  readonly magic: string;
  readonly uuid: string | null;
  readonly label: string | null;
}

/** util-linux 2.38: shows the marks on devices; with -a wipes them. */
export const wipefs: Tool = {
  name: "wipefs",
  rests: "recorded",
  run({ session }, args) {
    const { flags, words } = parseOptions("wipefs", args, {
      flags: {
        ...{ "-J": "json", "--json": "json", "-n": "dry", "--no-act": "dry", "-a": "all", "--all": "all" },
        ...{ "-q": "quiet", "--quiet": "quiet", "-f": "force", "--force": "force" },
      },
    });
    if (words.length === 0) refuseArgument("wipefs", "no device");
    const all = blockDevices(session.host);
    const found: { readonly device: BlockDevice; readonly path: string }[] = [];
    for (const path of words) {
      const canonical = canonicalPath(session.host, path);
      const device = all.find(({ name }) => `/dev/${name}` === canonical);
      const fault = device === undefined ? "No such file or directory" : device.dead ? "Input/output error" : null;
      if (device === undefined || fault !== null)
        return fails(1, `wipefs: error: ${path}: probing initialization failed: ${fault}\n`);
      found.push({ device, path });
    }
    if (!flags.has("all")) return says(flags.has("json") ? asJson(found) : asTable(found));
    const texts: string[] = [];
    for (const { device, path } of found) {
      const parts = all.filter(({ disk }) => disk === device.disk);
      const mounted = (device.kind === "disk" ? parts : [device]).some(({ mountpoints }) => mountpoints.length > 0);
      if (!flags.has("force") && (mounted || isInUse(session.host, device.disk)))
        return fails(1, `wipefs: error: ${path}: probing initialization failed: Device or resource busy\n`);
      for (const { offset, type, magic } of marksOf(device)) {
        const at = `0x${offset.toString(16).padStart(8, "0")}`;
        texts.push(`${path}: ${magic.split(" ").length} bytes were erased at offset ${at} (${type}): ${magic}\n`);
      }
      if (device.kind === "disk" && device.partitionTable)
        texts.push(`${path}: calling ioctl to re-read partition table: Success\n`);
      if (flags.has("dry")) continue;
      if (device.kind === "disk" && device.partitionTable) dropPartitions(session, device.disk);
      const disk = own(session.host.disks ?? {}, device.disk);
      if (disk === undefined || disk.content.kind === "blank") continue;
      const changed = session.change().disks?.[device.disk];
      // On a disk with partitions the first one holds what there is.
      if (changed !== undefined && (device.kind === "disk" || device.signature !== null))
        changed.content = { kind: "blank" };
    }
    return says(flags.has("quiet") ? "" : texts.join(""));
  },
};

function marksOf({ signature, partitionTable, kind, bytes }: BlockDevice): readonly Mark[] {
  const marks: Mark[] = [];
  const { type = "", uuid = null, label = null } = signature ?? {};
  const known = MAGIC.get(type) ?? [0x438, "53 ef"];
  if (signature !== null) marks.push({ offset: known[0], magic: known[1], type, uuid, label });
  if (partitionTable && kind === "disk") {
    const gpt = { type: "gpt", magic: "45 46 49 20 50 41 52 54", uuid: null, label: null };
    marks.push({ ...gpt, offset: 0x200 }, { ...gpt, offset: bytes - 512 });
    marks.push({ offset: 0x1fe, type: "PMBR", magic: "55 aa", uuid: null, label: null });
  }
  return marks;
}
/** Where the marks of file systems are, and what they are. */
const MAGIC: ReadonlyMap<string, readonly [number, string]> = new Map([
  ["btrfs", [0x10040, "5f 42 48 52 66 53 5f 4d"]],
  ["ntfs", [0x3, "4e 54 46 53 20 20 20 20"]],
  ["vfat", [0x52, "46 41 54 33 32 20 20 20"]],
  ["xfs", [0x0, "58 46 53 42"]],
  ["zfs_member", [0x3f000, "0c b1 ba 00 00 00 00 00"]],
]);

type Found = readonly { readonly device: BlockDevice; readonly path: string }[];

function asJson(found: Found): ToolResult["stdout"] {
  const entries = found.flatMap(({ device }) =>
    marksOf(device).map(({ offset, type, uuid, label }) => {
      const fields = { device: device.name, offset: `0x${offset.toString(16)}`, type, uuid, label };
      const lines = Object.entries(fields).map(([key, value]) => `         "${key}": ${JSON.stringify(value)}`);
      return `{\n${lines.join(",\n")}\n      }`;
    }),
  );
  return `{\n   "signatures": [\n${entries.length === 0 ? "" : `      ${entries.join(",")}`}\n   ]\n}\n`;
}

function asTable(found: Found): string {
  const rows = found.flatMap(({ device }) =>
    marksOf(device).map(({ offset, type, uuid, label }) => [
      device.name,
      `0x${offset.toString(16)}`,
      type,
      uuid ?? "",
      label ?? "",
    ]),
  );
  if (rows.length === 0) return "";
  const lines = [["DEVICE", "OFFSET", "TYPE", "UUID", "LABEL"], ...rows];
  const widths = [0, 1, 2, 3].map((at) => Math.max(...lines.map((row) => row[at]?.length ?? 0)));
  return lines
    .map((row) => `${row.map((cell, at) => (at === 4 ? cell : cell.padEnd(widths[at] ?? 0))).join(" ")}\n`)
    .join("");
}
