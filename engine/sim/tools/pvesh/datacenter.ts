import { nodeAt } from "../../files/file-tree.ts";
import { nodeText } from "../../files/node.ts";
import { membershipOf } from "../../pve/cluster/members.ts";
import { distinctWords } from "../../pve/command/formats.ts";

import type { FrozenHost } from "../../world.ts";
import type { ApiPath, Json } from "./api.ts";
import { guestsOf } from "./cluster.ts";

/** Settings of the datacenter, and who is in the cluster. */
export const datacenterPaths: readonly ApiPath[] = [
  { path: "/cluster/options", get: { run: ({ session: { host } }) => ({ data: optionsOf(host) }) } },
  { path: "/cluster/status", get: { run: ({ session: { host } }) => ({ data: statusOf(host) }) } },
];

function optionsOf(host: FrozenHost): Json {
  const file = nodeAt(host, "/etc/pve/datacenter.cfg");
  const lines = file?.type === "file" ? nodeText(file).split("\n") : [];
  const options = lines.flatMap((line) => {
    const [, key, value] = /^([a-z_-]+):\s*(.*?)\s*$/.exec(line) ?? [];
    return key === undefined || value === undefined ? [] : [[key, value] as const];
  });
  const tags = new Set(guestsOf(host).flatMap(({ tags: text }) => distinctWords(text ?? "")));
  return {
    description: "",
    mac_prefix: "BC:24:11",
    ...Object.fromEntries(options),
    "allowed-tags": [...tags].sort(),
  };
}

function statusOf(host: FrozenHost): Json {
  const cluster = membershipOf(host);
  const node = (name: string, nodeid: number, ip: string, online: boolean) => ({
    id: `node/${name}`,
    ip,
    level: "",
    local: name === host.hostname ? 1 : 0,
    name,
    nodeid,
    online: online ? 1 : 0,
    type: "node",
  });
  if (cluster === null) {
    const address = (host.description.addresses?.[0] ?? "192.0.2.10/24").split("/")[0] ?? "";
    return [node(host.hostname, 0, address, true)];
  }
  const { conf, members, quorate } = cluster;
  const about = { name: conf.cluster, nodes: members.length, quorate: quorate ? 1 : 0, version: conf.version };
  return [
    { id: "cluster", type: "cluster", ...about },
    ...members.map(({ name, id, address, online }) => node(name, id, address, online)),
  ];
}
