import { type CorosyncConf, parseCorosyncConf } from "../../../formats/corosync-conf.ts";
import { nodeText } from "../../files/node.ts";
import type { FrozenHost } from "../../world.ts";

export interface Member {
  readonly name: string;
  readonly id: number;
  readonly address: string;
  readonly online: boolean;
}
export interface Membership {
  readonly conf: CorosyncConf;
  readonly members: readonly Member[];
  /** Those that are given, and those that there are: a QDevice has one as well. */
  readonly votes: { readonly given: number; readonly expected: number };
  readonly quorate: boolean;
}

export const COROSYNC_CONF = "/etc/pve/corosync.conf";

/** The cluster that a node is in, by its corosync.conf; null: it stands alone. Who is off is said by the world. */
export function membershipOf(host: FrozenHost): Membership | null {
  const file = host.files[COROSYNC_CONF];
  const conf = file?.type === "file" ? parseCorosyncConf(nodeText(file)) : null;
  if (conf === null) return null;
  const off = host.pve?.offlinePeers ?? [];
  const members = conf.nodes.map(({ name, id, links }) => ({
    name,
    id,
    address: links.get(0) ?? "",
    online: name === host.hostname || !off.includes(name),
  }));
  const device = conf.qdevice === null ? 0 : 1;
  const votes = { given: members.filter(({ online }) => online).length + device, expected: members.length + device };
  return { conf, members, votes, quorate: votes.given * 2 > votes.expected };
}

/** `/etc/pve/.members`. */
export function membersFile(host: FrozenHost): string {
  const found = membershipOf(host);
  const node = `{\n"nodename": "${host.hostname}",\n`;
  if (found === null) return `${node}"version": 0\n}\n`;
  const { conf, members, quorate } = found;
  const { cluster, version } = conf;
  const list = members.map(
    ({ name, id, online, address }) => `  "${name}": { "id": ${id}, "online": ${online ? 1 : 0}, "ip": "${address}"}`,
  );
  const about = `"name": "${cluster}", "version": ${version}, "nodes": ${members.length}, "quorate": ${quorate ? 1 : 0}`;
  return `${node}"version": ${members.length + version},\n"cluster": { ${about} },\n"nodelist": {\n${list.join(",\n")}\n  }\n}\n`;
}
