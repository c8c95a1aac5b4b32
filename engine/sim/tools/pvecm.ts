import { printCorosyncConf } from "../../formats/corosync-conf.ts";
import { nodeAt, put, seconds } from "../files/file-tree.ts";
import { sha256 } from "../files/node.ts";
import { assertJoinable, joinBySsh } from "../pve/cluster/join.ts";
import { COROSYNC_CONF, membershipOf } from "../pve/cluster/members.ts";
import { setUpQdevice } from "../pve/cluster/qdevice.ts";
import { AUTHKEY } from "../pve/cluster/replicate.ts";
import { type CommandForm, isCall, readCommandLine } from "../pve/command/command-line.ts";
import { PveError } from "../pve/command/pve-error.ts";
import { makeFolders } from "../pve/storage/write-storages.ts";
import type { Session } from "../session.ts";
import { fails, NotImitated, refuseArgument, type Tool } from "../tool.ts";

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
  "qdevice setup": {
    usage: "pvecm qdevice setup <address> [OPTIONS]",
    words: { address: text },
    options: { force: boolean, network: text },
    run: (session, given) => setUpQdevice(session, given.get("address") ?? "", given.get("force") === "1"),
  },
  status: { usage: "pvecm status ", words: {}, options: {}, run: (session) => status(session) },
  nodes: { usage: "pvecm nodes ", words: {}, options: {}, run: (session) => `\n${nodes(session)}` },
};

/** pve-cluster 8: clusters of the lab's nodes, and what is said of them. */
export const pvecm: Tool = {
  name: "pvecm",
  rests: "documented",
  run({ session }, args) {
    const [first = "", ...after] = args;
    // The one command of two words.
    const [word, rest] = first === "qdevice" ? [`${first} ${after[0] ?? ""}`, after.slice(1)] : [first, after];
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
  const node = { name: host.hostname, id: Number(given.get("nodeid") ?? 1), links: linksOf(host, given) };
  const cluster = given.get("clustername") ?? "";
  const conf = printCorosyncConf({ cluster, version: 1, nodes: [node], qdevice: null });
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

function join(session: Session, given: ReadonlyMap<string, string>): string {
  assertJoinable(session.host, given.get("force") === "1");
  if (given.get("use_ssh") !== "1") throw new NotImitated("pvecm add without --use_ssh asks for a password");
  return joinBySsh(session, given.get("hostname") ?? "", linksOf(session.host, given));
}

/** Those that are named, or the node's own address. */
function linksOf(host: Session["host"], given: ReadonlyMap<string, string>): ReadonlyMap<number, string> {
  const own = (host.description.addresses?.[0] ?? "192.0.2.10/24").split("/")[0] ?? "";
  const said = [...given].flatMap(([name, value]): readonly (readonly [number, string])[] => {
    const link = /^link(\d)$/.exec(name)?.[1];
    return link === undefined ? [] : [[Number(link), value.replace(/^address=|,.*$/g, "")]];
  });
  return new Map(said.length > 0 ? said : [[0, own] as const]);
}

function status(session: Session): string {
  const found = membershipOf(session.host);
  if (found === null) throw alone();
  const { conf, members, votes, quorate } = found;
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
        ["Expected votes", votes.expected],
        ["Highest expected", votes.expected],
        ["Total votes", votes.given],
        ["Quorum", `${Math.floor(votes.expected / 2) + 1}${quorate ? "" : " Activity blocked"}`],
        [
          "Flags",
          [quorate && "Quorate", conf.qdevice !== null && "Qdevice"].filter((flag) => flag !== false).join(" "),
        ],
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
  if (found.conf.qdevice === null)
    return `Membership information\n----------------------\n    Nodeid      Votes Name\n${rows.join("")}`;
  const flagged = rows.map((row) => row.replace(/ 1 /, " 1    A,V,NMW "));
  const device = `${"0".padStart(10)}          1            Qdevice\n`;
  return `Membership information\n----------------------\n    Nodeid      Votes    Qdevice Name\n${flagged.join("")}${device}`;
}

function alone(): PveError {
  const why = `Corosync config '${COROSYNC_CONF}' does not exist - is this node part of a cluster?`;
  return new PveError(`Error: ${why}`, 2);
}
