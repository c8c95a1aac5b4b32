import { printCorosyncConf } from "../../formats/corosync-conf.ts";
import { namesIn, nodeAt, put, seconds } from "../files/file-tree.ts";
import { sha256 } from "../files/node.ts";
import { COROSYNC_CONF, membershipOf } from "../pve/cluster/members.ts";
import { type CommandForm, isCall, readCommandLine } from "../pve/command/command-line.ts";
import { PveError } from "../pve/command/pve-error.ts";
import { makeFolders } from "../pve/storage/write-storages.ts";
import type { Session } from "../session.ts";
import { fails, NotImitated, refuseArgument, type Tool } from "../tool.ts";

const AUTHKEY = "/etc/corosync/authkey";
const text = { kind: "string" } as const;
const boolean = { kind: "boolean" } as const;
const count = { kind: "integer", min: 0 } as const;
const LINKS = Object.fromEntries(Array.from({ length: 8 }, (_, link) => [`link${link}`, text] as const));

interface Command extends CommandForm {
  run(session: Session, given: ReadonlyMap<string, string>): string;
}
const COMMANDS: Readonly<Record<string, Command>> = {
  create: {
    usage: "pvecm create <clustername> [OPTIONS]",
    words: {
      clustername: {
        kind: "string",
        format: (name) =>
          /^(?=.{1,15}$)[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?$/.test(name)
            ? null
            : "value does not look like a valid node name",
      },
    },
    options: { ...LINKS, nodeid: { kind: "integer", min: 1 }, votes: count },
    run: create,
  },
  add: {
    usage: "pvecm add <hostname> [OPTIONS]",
    words: { hostname: text },
    options: { ...LINKS, fingerprint: text, force: boolean, nodeid: count, use_ssh: boolean, votes: count },
    run: join,
  },
  status: { usage: "pvecm status ", words: {}, options: {}, run: (session) => status(session) },
  nodes: { usage: "pvecm nodes ", words: {}, options: {}, run: (session) => `\n${nodes(session)}` },
};

/** pve-cluster 8: a cluster of one node, and what is said of one that is there. A second node there is none of. */
export const pvecm: Tool = {
  name: "pvecm",
  rests: "documented",
  run({ session }, args) {
    const [word = "", ...rest] = args;
    if (session.user.uid !== 0) return fails(255, "please run as root\n");
    const command = Object.hasOwn(COMMANDS, word) ? COMMANDS[word] : undefined;
    if (command === undefined) refuseArgument("pvecm", word === "" ? "no command" : word);
    const call = readCommandLine(command, rest);
    if (!isCall(call)) return call;
    try {
      return { code: 0, stdout: command.run(session, call.params), stderr: "" };
    } catch (error) {
      if (!(error instanceof PveError)) throw error;
      return fails(error.code, error.message);
    }
  },
};

function create(session: Session, given: ReadonlyMap<string, string>): string {
  const { host } = session;
  if (nodeAt(host, COROSYNC_CONF) !== undefined) throw new PveError(`cluster config '${COROSYNC_CONF}' already exists`);
  const own = (host.description.addresses?.[0] ?? "192.0.2.10/24").split("/")[0] ?? "";
  const said = [...given].flatMap(([name, value]): readonly (readonly [number, string])[] => {
    const link = /^link(\d)$/.exec(name)?.[1];
    return link === undefined ? [] : [[Number(link), value.replace(/^address=|,.*$/g, "")]];
  });
  const links = new Map(said.length > 0 ? said : [[0, own] as const]);
  const node = { name: host.hostname, id: Number(given.get("nodeid") ?? 1), links };
  const cluster = given.get("clustername") ?? "";
  const conf = printCorosyncConf({ cluster, version: 1, nodes: [node], qdevice: false });
  makeFolders(session, "/etc/corosync");
  keep(session, AUTHKEY, `${sha256(`key ${cluster} ${host.clockMs}`)}\n`, "0400", 0);
  keep(session, "/etc/corosync/corosync.conf", conf, "0644", 0);
  keep(session, COROSYNC_CONF, conf, "0640", 33);
  return `Corosync Cluster Engine Authentication key generator.
Gathering 2048 bits for key from /dev/urandom.
Writing corosync key to ${AUTHKEY}.
Writing corosync config to ${COROSYNC_CONF}
Restart corosync and cluster filesystem
`;
}
function keep(session: Session, path: string, content: string, mode: string, gid: number): void {
  put(session, path, { type: "file", mode, uid: 0, gid, mtime: seconds(session.host), content });
}

/** Everything up to the first word with the other node. */
function join({ host }: Session, given: ReadonlyMap<string, string>): string {
  const guests = namesIn(host, "/etc/pve/nodes").some((node) =>
    ["lxc", "qemu-server"].some((folder) => namesIn(host, `/etc/pve/nodes/${node}/${folder}`).length > 0),
  );
  const errors = [
    nodeAt(host, AUTHKEY) !== undefined && `authentication key '${AUTHKEY}' already exists`,
    nodeAt(host, COROSYNC_CONF) !== undefined && `cluster config '${COROSYNC_CONF}' already exists`,
    guests && "this host already contains virtual guests",
  ].filter((error) => error !== false);
  if (errors.length > 0 && given.get("force") !== "1") {
    const list = errors.map((error) => `* ${error}\n`).join("");
    throw new PveError(`detected the following error(s):\n${list}Check if node may join a cluster failed!`);
  }
  throw new NotImitated(
    "a node of the embedded lab cannot join another one: each has a cluster file system of its own",
  );
}

function status(session: Session): string {
  const found = membershipOf(session.host);
  if (found === null) throw alone();
  const { conf, members, quorate } = found;
  const here = members.filter(({ online }) => online).length;
  const rows = (pairs: readonly (readonly [string, string | number])[]) =>
    pairs.map(([name, value]) => `${`${name}:`.padEnd(18)}${value}\n`).join("");
  const section = (title: string, body: string) => `${title}\n${"-".repeat(title.length)}\n${body}`;
  return [
    section(
      "Cluster information",
      rows([
        ["Name", conf.cluster],
        ["Config Version", conf.version],
        ["Transport", "knet"],
        ["Secure auth", "on"],
      ]),
    ),
    section(
      "Quorum information",
      rows([
        ["Quorum provider", "corosync_votequorum"],
        ["Nodes", here],
        ["Quorate", quorate ? "Yes" : "No"],
      ]),
    ),
    section(
      "Votequorum information",
      rows([
        ["Expected votes", members.length],
        ["Highest expected", members.length],
        ["Total votes", here],
        ["Quorum", `${Math.floor(members.length / 2) + 1}${quorate ? "" : " Activity blocked"}`],
        ["Flags", quorate ? "Quorate" : ""],
      ]),
    ),
    nodes(session),
  ].join("\n");
}

function nodes({ host }: Session): string {
  const found = membershipOf(host);
  if (found === null) throw alone();
  const rows = found.members
    .filter(({ online }) => online)
    .map(
      ({ name, id }) => `${String(id).padStart(10)}          1 ${name}${name === host.hostname ? " (local)" : ""}\n`,
    );
  return `Membership information\n----------------------\n    Nodeid      Votes Name\n${rows.join("")}`;
}

function alone(): PveError {
  const why = `Corosync config '${COROSYNC_CONF}' does not exist - is this node part of a cluster?`;
  return new PveError(`Error: ${why}`, 2);
}
