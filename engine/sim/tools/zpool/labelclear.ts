import { fails, says, type ToolContext, type ToolResult } from "../../tool.ts";
import { deviceAt, diskOf, findDevice } from "../../zfs/devices.ts";
import { firstPartition } from "../../zfs/vdevs.ts";
import { isResult } from "./open-pool.ts";
import { readOptions } from "./options.ts";
import { usageError } from "./usage.ts";

/** Takes the traces of a pool off a device that serves none. */
export function labelclear({ session }: ToolContext, args: readonly string[]): ToolResult {
  const { host } = session;
  const given = readOptions(host, "labelclear", args, { flags: "f" });
  if (isResult(given)) return given;
  const [word] = given.words;
  if (word === undefined) return usageError(host, "labelclear", "missing vdev name");
  if (given.words.length > 1) return usageError(host, "labelclear", "too many arguments");
  const found = findDevice(host, word);
  if ("error" in found) return fails(1, `failed to find device ${word}, try specifying absolute path instead\n`);
  // Of a disk with partitions the first one holds the labels.
  const path = found.whole ? firstPartition(found.path) : found.path;
  const device = deviceAt(host, path) ?? found;
  const content = diskOf(host, device)?.content;
  if (content?.kind !== "zfs") return fails(255, `failed to clear label for ${device.path}\n`);
  if (content.state === "imported")
    return fails(1, `${device.path} is a member (ACTIVE) of pool "${content.pool}"\n`, "\n");
  if (content.state === "exported" && !given.flags.has("f"))
    return fails(
      1,
      `use '-f' to override the following error:\n${device.path} is a member of exported pool "${content.pool}"\n`,
    );
  const disk = session.change().disks?.[device.key];
  if (disk !== undefined) disk.content = { kind: "blank" };
  return says("");
}
