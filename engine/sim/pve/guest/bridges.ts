import { nodeAt } from "../../files/file-tree.ts";
import { nodeText } from "../../files/node.ts";
import type { FrozenHost } from "../../world.ts";

/** A bridge of the node, as /etc/network/interfaces describes it. */
export interface Bridge {
  readonly mtu: number;
  readonly ports: readonly string[];
  readonly vlanAware: boolean;
}

/** The bridges that are up: those of the file, which a node reads at boot. */
export function bridgesOf(host: FrozenHost): ReadonlyMap<string, Bridge> {
  const node = nodeAt(host, "/etc/network/interfaces");
  const found = new Map<string, Bridge>();
  if (node?.type !== "file") return found;
  for (const [name, options] of interfaces(nodeText(node))) {
    const ports = options.get("bridge-ports") ?? options.get("bridge_ports");
    if (ports === undefined) continue;
    found.set(name, {
      mtu: Number(options.get("mtu") ?? 1500),
      ports: ports.split(/\s+/).filter((port) => port !== "" && port !== "none"),
      vlanAware: (options.get("bridge-vlan-aware") ?? options.get("bridge_vlan_aware")) === "yes",
    });
  }
  return found;
}

/** Options of each `iface`, those of its several address families together. */
function interfaces(text: string): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const found = new Map<string, Map<string, string>>();
  let open: Map<string, string> | undefined;
  for (const line of text.split("\n")) {
    const name = /^\s*iface\s+(\S+)/.exec(line)?.[1];
    if (name !== undefined) {
      open = found.get(name) ?? new Map();
      found.set(name, open);
      continue;
    }
    if (/^\s*(auto|allow-\S+|source\S*|mapping)\b/.test(line)) open = undefined;
    const option = /^\s+([a-z][\w-]*)\s+(.*?)\s*$/.exec(line);
    if (option && open) open.set(option[1] ?? "", option[2] ?? "");
  }
  return found;
}
