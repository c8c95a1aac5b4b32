import { parsePveSize, printPveSize } from "../../../formats/pve-size.ts";
import { type Output, PveError } from "../../pve/command/pve-error.ts";
import { runTask } from "../../pve/command/run-task.ts";
import { loadConf, writeConf } from "../../pve/container/container-conf.ts";
import { parseMount, printMount } from "../../pve/container/mount-points.ts";
import { takeConfigLock } from "../../pve/guest/config-lock.ts";
import type { HeldConf } from "../../pve/guest/guest-conf.ts";
import { isRunning } from "../../pve/inside/container-host.ts";
import { findVolume, ownerOf, parseVolumeId, resizeVolume, storageOf, volumePath } from "../../pve/storage/volumes.ts";
import type { Session } from "../../session.ts";
import type { PctCall } from "./call.ts";
import { assertUnlocked } from "./load.ts";
import { MOUNT_KEYS } from "./mount-keys.ts";
import type { Subcommand } from "./options.ts";
import { VMID } from "./words.ts";

const LARGEST_FILE = 16 * 1024 ** 4;

export const resize: Subcommand = {
  words: [
    VMID,
    { name: "disk", schema: { kind: "string", values: MOUNT_KEYS } },
    { name: "size", schema: { kind: "string", pattern: /^\+?\d+(\.\d+)?[KMGT]?$/ } },
  ],
  options: { digest: { kind: "string", maxLength: 40 } },
  run({ session }, call) {
    // How its task ended nobody looks at: only stderr tells.
    return runTask(0, ({ warn }) => {
      const wanted = check(session, call, warn);
      return (output) => grow(session, call, wanted, output);
    });
  },
};

interface Wanted {
  readonly conf: HeldConf;
  readonly key: string;
  readonly volume: string;
  readonly bytes: number;
}

function check(session: Session, { vmid, words, options }: PctCall, warn: (text: string) => void): Wanted {
  const conf = loadConf(session.host, vmid, warn);
  assertUnlocked(conf);
  const digest = options.get("digest");
  if (digest !== undefined && digest !== conf.digest)
    throw new PveError("detected modified configuration - file changed by other user? Try again.");
  const key = words.get("disk") ?? "";
  const volume = parseMount(key, conf.values.get(key) ?? "").get("volume") ?? "";
  const { storage } = parseVolumeId(volume);
  storageOf(session.host, storage);
  volumePath(session.host, volume);
  const owner = ownerOf(volume);
  if (owner !== null && owner !== vmid)
    throw new PveError(`can't resize mount point owned by another container (${owner})`);
  const size = words.get("size") ?? "";
  const given = parsePveSize(size.replace("+", "")) ?? 0;
  const there = findVolume(session.host, volume);
  // A volume that is gone shows only in the task.
  if (there === undefined) return { conf, key, volume, bytes: given };
  const bytes = Math.floor(size.startsWith("+") ? there.bytes + parseExact(size.slice(1)) : parseExact(size));
  if (bytes < there.bytes) throw new PveError("unable to shrink disk size");
  if (bytes === there.bytes) throw new PveError("disk is already at specified size");
  return { conf, key, volume, bytes };
}

// `0.1G` is no whole number of bytes: it counts unrounded until it has been added.
function parseExact(text: string): number {
  const [, number = "0", unit = ""] = /^(\d+(?:\.\d+)?)([KMGT]?)$/.exec(text) ?? [];
  return Number(number) * 1024 ** ["", "K", "M", "G", "T"].indexOf(unit);
}

function grow(session: Session, { vmid }: PctCall, { conf, key, volume, bytes }: Wanted, output: Output): void {
  takeConfigLock(session, vmid, output.warn);
  const there = findVolume(session.host, volume);
  if (there === undefined) throw new PveError(`volume '${volume}' does not exist`);
  const { type } = storageOf(session.host, parseVolumeId(volume).storage);
  const path = volumePath(session.host, volume);
  const raw = there.format === "raw";
  if (raw && type !== "zfspool") {
    if (bytes > LARGEST_FILE) {
      output.out("qemu-img: Could not resize file: File too large");
      throw new PveError(`command '/usr/bin/qemu-img resize -f raw ${path} ${bytes}' failed: exit code 1`);
    }
    output.out("Image resized.");
  }
  session.spend(raw ? 1500 : 300);
  const running = isRunning(session.host, vmid);
  const mount = parseMount(key, conf.values.get(key) ?? "");
  mount.set("size", printPveSize(bytes));
  conf.values.set(key, printMount(key, mount));
  writeConf(session, vmid, conf);
  // Stopped, the file system decides: resize2fs takes whole pages, and cuts a plain file to what it uses.
  resizeVolume(session, volume, raw && !running ? Math.floor(bytes / 4096) * 4096 : bytes);
  if (raw) output.out(running ? onlineChatter(key, bytes) : offlineChatter(path, there.bytes, bytes));
}

/** Small file systems have blocks of 1 KiB. */
function blocks(made: number, bytes: number) {
  const kib = made < 512 * 1024 ** 2 ? 1 : 4;
  return { kib, count: Math.floor(bytes / 4096) * (4 / kib) };
}

function offlineChatter(path: string, before: number, bytes: number): string {
  const was = blocks(before, before);
  const { kib, count } = blocks(before, bytes);
  const passes = ["inodes, blocks, and sizes", "directory structure", "directory connectivity", "reference counts"];
  return [
    "e2fsck 1.47.0 (5-Feb-2023)",
    ...passes.map((what, index) => `Pass ${index + 1}: Checking ${what}`),
    "Pass 5: Checking group summary information",
    `${path}: 313/${was.count / 4} files (0.0% non-contiguous), ${Math.floor(was.count / 10)}/${was.count} blocks`,
    "resize2fs 1.47.0 (5-Feb-2023)",
    `Resizing the filesystem on ${path} to ${count} (${kib}k) blocks.`,
    `The filesystem on ${path} is now ${count} (${kib}k) blocks long.`,
    "",
    "",
  ].join("\n");
}

function onlineChatter(key: string, bytes: number): string {
  const device = `/dev/loop${key === "rootfs" ? 0 : 1 + Number(key.slice(2))}`;
  const { kib, count } = blocks(bytes, bytes);
  return [
    "resize2fs 1.47.0 (5-Feb-2023)",
    `Filesystem at ${device} is mounted on /tmp; on-line resizing required`,
    "old_desc_blocks = 1, new_desc_blocks = 1",
    `The filesystem on ${device} is now ${count} (${kib}k) blocks long.`,
    "",
    "",
  ].join("\n");
}
