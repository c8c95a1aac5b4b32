import { z } from "zod";
import { type CorosyncConf, parseCorosyncConf } from "../engine/formats/corosync-conf.ts";
import { parseGuestList } from "../engine/formats/pve-guests.ts";
import { type PveMembers, parsePveMembers } from "../engine/formats/pve-members.ts";
import {
  change,
  defineModule,
  noPveNode,
  type Plan,
  pveNode,
  read,
  refuse,
  type Stat,
  waiting,
  write,
} from "../engine/module/index.ts";

const CONF = "/etc/pve/corosync.conf";
const address = (what: string) =>
  z
    .string()
    .regex(/^[a-z0-9](?:[a-z0-9.:-]*[a-z0-9])?$/i, { error: `expected ${what}` })
    .max(255);

const params = z
  .strictObject({
    name: z
      .string()
      .regex(/^(?=.{1,15}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/i, {
        error: "expected a name of at most 15 letters, digits and `-`",
      })
      .describe("Name of the cluster, at most 15 characters. It cannot be changed."),
    join: address("the address of a node that is in the cluster")
      .optional()
      .describe(
        "Address of a node that is in the cluster already: this one joins it. Unsaid: a node that is in no cluster makes it. Root of this node must get into that one by SSH, with a key and without a question about its host key.",
      ),
    links: z
      .array(address("the address of a link"))
      .min(1)
      .max(8)
      .optional()
      .describe("Addresses of this node for the cluster's links, in their order. They cannot be changed here."),
    nodes: z
      .array(pveNode)
      .transform((names) => [...new Set(names)].sort())
      .optional()
      .describe(
        "Nodes that shall be in it, all of them running; with `wait: true` the task waits for those that join later.",
      ),
    qdevice: z
      .union([z.ipv4(), z.ipv6()], { error: "expected the address of the QDevice's server" })
      .optional()
      .describe(
        "Address of a server with corosync-qnetd that lends a vote: for an even number of nodes, all of them running. corosync-qdevice must be installed on each, and root of this node must get into the server by SSH as for `join`.",
      ),
  })
  .superRefine(({ join, links, nodes, qdevice }, context) => {
    const wrong = (name: string, message: string) => context.addIssue({ code: "custom", path: [name], message });
    if (join !== undefined && links?.includes(join)) wrong("join", "is an address of this node itself");
    if (nodes?.length === 0) wrong("nodes", "name at least one node");
    if (qdevice !== undefined && (qdevice === join || links?.includes(qdevice)))
      wrong("qdevice", "is the address of a node: its vote must come from outside of the cluster");
  });
type Params = z.output<typeof params>;
interface Seen {
  readonly conf: string | null;
  readonly members: string | null;
  readonly guests: string | null;
  readonly authkey: Stat | null;
  readonly pmxcfs: Stat | null;
}

export const pveCluster = defineModule({
  name: "pve_cluster",
  summary: "Make a node of Proxmox VE part of a cluster.",
  description: `The first node makes the cluster, the others join it one after the other (\`serial: 1\`). A node that joins takes over the
configuration of the cluster and loses its own below /etc/pve, so it must have no guests. Without a majority of nodes nothing can be
changed below /etc/pve: the task then waits. Leaving a cluster, changing its links and taking a QDevice away are not done here. The
result has \`name\`, \`node\`, \`quorate\`, \`nodes\`, \`online\` and \`qdevice\`.`,
  params,
  probes: () => ({
    conf: read.text(CONF),
    members: read.text("/etc/pve/.members"),
    guests: read.text("/etc/pve/.vmlist"),
    authkey: read.stat("/etc/corosync/authkey"),
    pmxcfs: read.stat("/etc/pve/nodes"),
  }),
  plan: (given, seen) => planFor(given, seen),
  // The cluster file system is mounted anew, and then nodes find each other.
  settle: () => ({ forMs: 120_000, holdMs: 0 }),
  result(_, { conf, members }) {
    const cluster = parseCorosyncConf(conf ?? "");
    const seen = parsePveMembers(members ?? "");
    return {
      name: cluster?.cluster ?? null,
      node: seen?.node ?? null,
      quorate: cluster === null ? null : (seen?.quorate ?? false),
      nodes: cluster?.nodes.map(({ name }) => name).sort() ?? null,
      online: [...(seen?.online ?? [])]
        .filter(([, there]) => there)
        .map(([name]) => name)
        .sort(),
      qdevice: cluster?.qdevice?.host ?? null,
    };
  },
  examples: [
    "pve_cluster: { name: homelab, links: [10.0.0.1] }",
    "pve_cluster: { name: homelab, join: 10.0.0.1, links: [10.0.0.2], nodes: [main, mini1] }",
    "pve_cluster: { name: homelab, nodes: [main, mini1], qdevice: 10.0.0.9 }",
  ],
});

function planFor(given: Params, seen: Seen): Plan {
  if (seen.pmxcfs === null) return noPveNode();
  const cluster = parseCorosyncConf(seen.conf ?? "");
  if (seen.conf !== null && cluster === null)
    return refuse(`${CONF} is there, but is not that of a cluster`, "look at it by hand: nothing is done over it");
  return cluster === null ? entering(given, seen) : inside(given, seen, cluster);
}

/** Who makes a cluster keeps all that is below /etc/pve; who joins one gets another. */
const OF_THE_FIRST = ["/etc/pve/corosync.conf", "/etc/pve/.members", "/etc/pve/.version", "/etc/corosync"];
const OF_ALL = ["/etc/pve", "/etc/corosync"];

function entering({ name, join, links = [] }: Params, { guests, authkey }: Seen): Plan {
  if (authkey !== null)
    return refuse(
      "this node has a key of a cluster (/etc/corosync/authkey), and is in none",
      "it was in one once: read how Proxmox VE takes a node apart from its cluster before anything is removed",
    );
  const own = [...(parseGuestList(guests ?? "")?.keys() ?? [])];
  if (join !== undefined && own.length > 0)
    return refuse(
      `this node has guests (${own.slice(0, 10).join(", ")}${own.length > 10 ? " and more" : ""}), and a node that joins a cluster must have none`,
      "back them up and remove them, or let this node make the cluster and the others join it",
    );
  const given = links.flatMap((link, index) => [`--link${index}`, link]);
  const argv =
    join === undefined ? ["pvecm", "create", name, ...given] : ["pvecm", "add", join, "--use_ssh", "1", ...given];
  return change(
    { cluster: null, ...(links.length > 0 && { links: null }) },
    { cluster: name, ...(links.length > 0 && { links }) },
    [
      write.exec(argv, {
        touches: join === undefined ? OF_THE_FIRST : [...OF_ALL, `cluster:${name}`],
        limitMs: 300_000,
      }),
    ],
    {
      warnings: [
        join !== undefined &&
          "what this node has below /etc/pve (storages, jobs, users) gives way to that of the cluster",
      ],
    },
  );
}

function inside({ name, links, nodes = [], qdevice }: Params, { members }: Seen, cluster: CorosyncConf): Plan {
  if (cluster.cluster !== name)
    return refuse(`this node is in the cluster ${cluster.cluster}, not in ${name}`, "correct the name, or the host");
  const now = parsePveMembers(members ?? "");
  const mine = cluster.nodes.find((each) => each.name === now?.node);
  const is = [...(mine?.links ?? [])].sort(([a], [b]) => a - b).map(([, link]) => link);
  if (links !== undefined && mine !== undefined && JSON.stringify(is) !== JSON.stringify(links))
    return refuse(
      `the links of ${mine.name} are ${is.join(", ")} and shall be ${links.join(", ")}`,
      `links of a running cluster are changed by hand in ${CONF}, with care`,
    );
  if (!now?.quorate)
    return waiting(
      `the cluster ${name} has no quorum: without a majority of its nodes nothing below /etc/pve can be changed`,
    );
  const away = nodes.filter((each) => now.online.get(each) !== true);
  if (away.length > 0) {
    const strangers = away.filter((each) => !now.online.has(each));
    return waiting(
      strangers.length > 0 ? `not in the cluster yet: ${strangers.join(", ")}` : `not running: ${away.join(", ")}`,
    );
  }
  const fields = { cluster: name, ...(links !== undefined && { links }), ...(qdevice !== undefined && { qdevice }) };
  if (qdevice !== undefined) {
    const device = lending(qdevice, cluster, now);
    if (device !== null) return device;
  }
  const lonely = cluster.nodes.length === 2 && cluster.qdevice === null;
  return change(fields, fields, [], {
    warnings: [
      lonely && "two nodes without a QDevice: when one is off, the other has no majority and changes nothing any more",
    ],
  });
}

/** Null: it is there. */
function lending(address: string, { nodes, qdevice, cluster }: CorosyncConf, { online }: PveMembers): Plan | null {
  if (qdevice?.host === address) return null;
  if (qdevice !== null)
    return refuse(
      `the QDevice of ${cluster} is ${qdevice.host}, not ${address}`,
      "remove it first: pvecm qdevice remove",
    );
  if (nodes.length % 2 === 1)
    return refuse(
      `${cluster} has ${nodes.length} nodes, and a QDevice is for an even number of them`,
      "without one an odd number of nodes has a majority more often than with it",
    );
  const off = nodes.find((each) => online.get(each.name) !== true);
  if (off !== undefined) return waiting(`not running: ${off.name}; a QDevice is set up while all nodes are there`);
  // Forced: what a set-up that was cut off has left of its keys is made anew.
  const argv = ["pvecm", "qdevice", "setup", address, "--force", "1"];
  return change({ cluster, qdevice: null }, { cluster, qdevice: address }, [
    write.exec(argv, { touches: ["/etc/pve/corosync.conf", "/etc/corosync", `cluster:${cluster}`], limitMs: 300_000 }),
  ]);
}
