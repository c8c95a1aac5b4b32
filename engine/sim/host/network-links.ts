import { nodeText } from "../files/node.ts";
import type { FrozenHost } from "../world.ts";

/** Where the kernel lists the interfaces, each a folder of its own. */
export const LINKS_FOLDER = "/sys/class/net";

/** Interfaces of a node by name: those of /etc/network/interfaces, which it reads at boot. None are known of other hosts. */
export function networkLinks({ pve, files }: FrozenHost): readonly string[] {
  const file = files["/etc/network/interfaces"];
  if (pve === undefined || file?.type !== "file") return [];
  const named = [...nodeText(file).matchAll(/^\s*iface\s+(\S+)/gm)].map(([, name = ""]) => name);
  return [...new Set(["lo", ...named])];
}
