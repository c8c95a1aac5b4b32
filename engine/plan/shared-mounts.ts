import type { OpReply } from "../ops/ir.ts";
import { covers } from "./path-parts.ts";

/** Which file systems are mounted: what of a container's tree may be its node's, or its neighbour's, too. */
export const mountsPath = "/proc/mounts";

/** Made up by the kernel or of the container's own making: nothing in them is anybody else's. */
const ownKinds =
  /^(proc|sysfs|tmpfs|ramfs|devtmpfs|devpts|mqueue|hugetlbfs|cgroup2?|securityfs|debugfs|tracefs|configfs|bpf|pstore|efivarfs|autofs|binfmt_misc|fusectl|nsfs|overlay|rpc_pipefs|fuse\.lxcfs)$/;

/** Mount points below the root that may be shared; null where the answer does not say. */
export function sharedMounts(reply: OpReply): readonly string[] | null {
  if (reply.kind !== "done" || typeof reply.answer !== "string") return null;
  return reply.answer.split("\n").flatMap((line) => {
    const [, target = "/", kind = "proc"] = line.split(" ");
    const plain = target.replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
    return plain === "/" || ownKinds.test(kind) ? [] : [plain];
  });
}

/** Whether something of this path may lie in one of the mounts; not known: it may. */
export function mayBeShared(mounts: readonly string[] | null, path: string): boolean {
  return mounts?.some((mount) => covers(mount, path)) ?? true;
}
