import { printCorosyncConf } from "../../../formats/corosync-conf.ts";
import { nodeAt, put, seconds } from "../../files/file-tree.ts";
import type { Session } from "../../session.ts";
import { PveError } from "../command/pve-error.ts";
import { hostAt, letsIn } from "./join.ts";
import { COROSYNC_CONF, membershipOf } from "./members.ts";
import { peersOf } from "./replicate.ts";

const DAEMON = "/usr/sbin/corosync-qdevice";
const SERVER = "/usr/bin/corosync-qnetd";

/** A vote from outside of the cluster, for an even number of nodes. */
export function setUpQdevice(session: Session, address: string, force: boolean): string {
  const { host } = session;
  const cluster = membershipOf(host);
  if (cluster === null)
    throw new PveError(`Error: Corosync config '${COROSYNC_CONF}' does not exist - is this node part of a cluster?`, 2);
  const { conf, members } = cluster;
  const off = members.find(({ online }) => !online);
  if (off !== undefined) throw new PveError(`All nodes must be online! Node ${off.name} is offline, aborting.`);
  if (conf.qdevice !== null && !force) throw new PveError("QDevice already configured!");
  if (members.length % 2 === 1 && !force)
    throw new PveError("Clusters with an odd node count are not officially supported!");
  const server = hostAt(session.network, address);
  if (server === undefined || !letsIn(session, server, address))
    throw new PveError(`command 'ssh-copy-id -i /root/.ssh/id_rsa root@${address}' failed: exit code 1`);
  if (nodeAt(server, SERVER) === undefined)
    throw new PveError("command 'corosync-qnetd-certutil -i' failed: exit code 127");
  const lacking = [host, ...peersOf(host, Object.values(session.network))].find(
    (node) => nodeAt(node, DAEMON) === undefined,
  );
  if (lacking !== undefined)
    throw new PveError(`node '${lacking.hostname}': corosync-qdevice-net-certutil: command not found`);
  const grown = printCorosyncConf({ ...conf, version: conf.version + 1, qdevice: { host: address } });
  put(session, COROSYNC_CONF, { type: "file", mode: "0640", uid: 0, gid: 33, mtime: seconds(host), content: grown });
  return "\nINFO: initializing qnetd server\n\nINFO: copying CA cert and initializing on all nodes\n\nINFO: add QDevice to cluster configuration\n";
}
