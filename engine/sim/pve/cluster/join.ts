import { type CorosyncNode, printCorosyncConf } from "../../../formats/corosync-conf.ts";
import { knownKeys } from "../../../formats/known-hosts.ts";
import { namesIn, nodeAt, seconds } from "../../files/file-tree.ts";
import { nodeText } from "../../files/node.ts";
import type { Session } from "../../session.ts";
import type { FrozenHost, Node } from "../../world.ts";
import { PveError } from "../command/pve-error.ts";
import { COROSYNC_CONF, membershipOf } from "./members.ts";
import { AUTHKEY, sharedFiles, takeOver } from "./replicate.ts";

const KEYS = "/etc/pve/priv/authorized_keys";
const PUBLIC_KEY = "/root/.ssh/id_rsa.pub";

/** What keeps a node from joining, all of it. */
export function assertJoinable(host: FrozenHost, force: boolean): void {
  const guests = namesIn(host, "/etc/pve/nodes").some((node) =>
    ["lxc", "qemu-server"].some((folder) => namesIn(host, `/etc/pve/nodes/${node}/${folder}`).length > 0),
  );
  const errors = [
    nodeAt(host, AUTHKEY) !== undefined && `authentication key '${AUTHKEY}' already exists`,
    nodeAt(host, COROSYNC_CONF) !== undefined && `cluster config '${COROSYNC_CONF}' already exists`,
    guests && "this host already contains virtual guests",
  ].filter((error) => error !== false);
  if (errors.length === 0 || force) return;
  const list = errors.map((error) => `* ${error}\n`).join("");
  throw new PveError(`detected the following error(s):\n${list}Check if node may join a cluster failed!`);
}

/** Logs in to a node of the cluster as root, and takes over all that the cluster has; what this node had is gone. */
export function joinBySsh(session: Session, address: string, links: CorosyncNode["links"]): string {
  const remote = hostAt(session.network, address);
  // The real one starts with ssh-copy-id, which asks for a password, or about the host's key, where nobody could answer.
  if (remote === undefined || !letsIn(session, remote, address))
    throw new PveError("unable to copy ssh ID: command 'ssh-copy-id -i /root/.ssh/id_rsa' failed: exit code 1");
  const cluster = membershipOf(remote);
  const refused = (why: string) =>
    new PveError(`${why}\nunable to add node: command failed (ssh ${address} pvecm addnode)`);
  if (cluster === null) throw refused("no cluster config, is this node part of a cluster?");
  if (!cluster.quorate) throw refused("cluster not ready - no quorum?");
  const { conf } = cluster;
  const counts = new Set([...conf.nodes.map((node) => node.links.size), links.size]);
  if (counts.size > 1) throw refused("the new node must have as many links as those that are there");
  const host = session.change();
  const name = host.hostname;
  const others = conf.nodes.filter((node) => node.name !== name);
  const id = Math.max(0, ...others.map((node) => node.id)) + 1;
  const grown = printCorosyncConf({ ...conf, version: conf.version + 1, nodes: [...others, { name, id, links }] });

  const mine = textAt(host, PUBLIC_KEY);
  const key = remote.files[AUTHKEY];
  if (key !== undefined) host.files[AUTHKEY] = { ...key };
  takeOver(host, sharedFiles(remote));
  const mtime = seconds(host);
  const pmxcfs = { uid: 0, gid: 33, mtime };
  const put = (path: string, node: Node) => {
    host.files[path] = node;
  };
  put(COROSYNC_CONF, { type: "file", mode: "0640", ...pmxcfs, content: grown });
  put("/etc/corosync/corosync.conf", { type: "file", mode: "0644", uid: 0, gid: 0, mtime, content: grown });
  for (const folder of ["", "/lxc", "/qemu-server", "/priv"])
    put(`/etc/pve/nodes/${name}${folder}`, {
      type: "directory",
      mode: folder === "/priv" ? "0700" : "0755",
      ...pmxcfs,
    });
  const keys = textAt(host, KEYS);
  const merged = keys.includes(mine.trim()) ? keys : `${keys}${mine}`;
  put(KEYS, { type: "file", mode: "0600", ...pmxcfs, content: merged });
  // The cluster's other nodes see it as soon as this one has ended.
  const there = session.changeNeighbour(remote.description.name);
  if (there !== undefined) takeOver(there, sharedFiles(host));
  session.spend(JOIN_MS);
  return `copy corosync auth key
stopping pve-cluster service
backup old database to '/var/lib/pve-cluster/backup/config-${mtime}.sql.gz'
waiting for quorum...OK
(re)generate node files
generate new node certificate
merge authorized SSH keys
generated new node certificate, restart pveproxy and pvedaemon services
successfully added node '${name}' to cluster.
`;
}
const JOIN_MS = 12_000;

/** The host that an address, or a name, leads to. */
export function hostAt(network: Session["network"], address: string): FrozenHost | undefined {
  return Object.values(network).find(
    (host) =>
      host.hostname === address || (host.description.addresses ?? []).some((each) => each.split("/")[0] === address),
  );
}

/** Whether root gets in by its key, and knows whom it talks to: nobody is there to be asked. */
export function letsIn(session: Session, remote: FrozenHost, address: string): boolean {
  const [type, blob] = textAt(session.host, PUBLIC_KEY).trim().split(/\s+/);
  if (type === undefined || blob === undefined) return false;
  const allowed = textAt(remote, "/root/.ssh/authorized_keys").includes(`${type} ${blob}`);
  const known = ["/root/.ssh/known_hosts", "/etc/ssh/ssh_known_hosts"].flatMap((path) =>
    knownKeys(textAt(session.host, path), address),
  );
  const shown = ["rsa", "ed25519", "ecdsa"].map((kind) => textAt(remote, `/etc/ssh/ssh_host_${kind}_key.pub`).trim());
  return allowed && known.some((key) => shown.some((line) => line.startsWith(`${key.type} ${key.blob}`)));
}

/** Through a link, if it is one; nothing there: nothing. */
function textAt(host: FrozenHost, path: string): string {
  const node = nodeAt(host, path);
  const file = node?.type === "symlink" ? nodeAt(host, node.target) : node;
  return file?.type === "file" ? nodeText(file) : "";
}
