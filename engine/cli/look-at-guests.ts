import type { Reader } from "../connection/connection.ts";
import { Unreachable } from "../connection/connection.ts";
import { isRunningState } from "../formats/lxc-running.ts";
import { confValue, parseGuestConf } from "../formats/pve-conf.ts";
import { type ClusterGuest, GUEST_LIST, parseGuestList } from "../formats/pve-guests.ts";
import { listOf } from "../formats/section-config.ts";
import type { Guest } from "../inventory/guest.ts";
import { read } from "../ops/build.ts";
import type { ExecAnswer, OpReply, ReadOp, Stat } from "../ops/ir.ts";

/** The host was reached, and is not what it was taken for. */
export class NoNode extends Error {
  readonly hint: string;

  constructor(message: string, hint: string) {
    super(message);
    this.name = "NoNode";
    this.hint = hint;
  }
}

/**
 * The guests of a Proxmox VE node, by their ids, in two batches of looks at files: no `pct`, `qm` or `pvesh`, which start
 * a Perl each, and no API token. Throws Unreachable and NoNode.
 */
export async function lookAtGuests(node: Reader, runId: string): Promise<readonly Guest[]> {
  const through = node.target.name;
  const [list, local, users] = await look(node, runId, [
    read.text(GUEST_LIST),
    // What the node calls itself: the inventory may call it otherwise.
    read.stat("/etc/pve/local"),
    read.text("/etc/pve/user.cfg"),
  ]);
  const all = parseGuestList(textOf(list) ?? "");
  const name = /^nodes\/([^/]+)\/?$/.exec(answerOf<Stat>(local)?.target ?? "")?.[1];
  if (all === null || name === undefined) {
    throw new NoNode(
      `${through} is no Proxmox VE node: there is no ${all === null ? GUEST_LIST : "/etc/pve/local"}`,
      "name a node of Proxmox VE; if it is one, its service pve-cluster does not run",
    );
  }
  const pools = poolsOf(textOf(users) ?? "");
  const own = [...all].filter(([, guest]) => guest.node === name).sort(([a], [b]) => Number(a) - Number(b));
  if (own.length === 0) return [];
  const answers = await look(
    node,
    runId,
    own.flatMap(([id, { type }]) => looksAt(name, id, type)),
  );
  return own.flatMap(([id, { type }], index): readonly Guest[] => {
    const text = textOf(answers[2 * index]);
    // Destroyed between the two batches.
    if (text === null) return [];
    const entries = parseGuestConf(text).current;
    const running = isRunning(type, answers[2 * index + 1]);
    return [
      {
        vmid: Number(id),
        type,
        node: name,
        through,
        hostname: confValue(entries, type === "lxc" ? "hostname" : "name") ?? null,
        status: running ? "running" : "stopped",
        tags: listOf(confValue(entries, "tags")?.toLowerCase()),
        pool: pools.get(id) ?? null,
        template: confValue(entries, "template") === "1",
      },
    ];
  });
}

/** The configuration, then what tells whether it runs: of a VM the file that it keeps while it does. */
function looksAt(node: string, id: string, type: ClusterGuest["type"]): readonly ReadOp<unknown>[] {
  const folder = `/etc/pve/nodes/${node}`;
  return type === "lxc"
    ? [read.text(`${folder}/lxc/${id}.conf`), read.exec(["lxc-info", "-n", id, "-s"])]
    : [read.text(`${folder}/qemu-server/${id}.conf`), read.stat(`/run/qemu-server/${id}.pid`)];
}

function isRunning(type: ClusterGuest["type"], reply: OpReply | undefined): boolean {
  if (type === "qemu") return answerOf<Stat>(reply) !== null;
  return isRunningState(answerOf<ExecAnswer>(reply)?.stdout ?? "");
}

/** The pool of each guest that is in one: lines `pool:NAME:COMMENT:GUESTS:STORAGES:`. */
function poolsOf(users: string): ReadonlyMap<string, string> {
  const fields = users.split("\n").map((line) => line.split(":"));
  return new Map(
    fields
      .filter(([kind]) => kind === "pool")
      .flatMap(([, name = "", , guests]) => listOf(guests).map((id): [string, string] => [id, name])),
  );
}

/** /etc/pve belongs to root, so whoever logs in becomes that. */
async function look(node: Reader, runId: string, operations: readonly ReadOp<unknown>[]): Promise<readonly OpReply[]> {
  const section = { user: "root", within: [], stopAtFailure: false, operations };
  const { replies, lost } = await node.look({ runId, sections: [section] });
  if (lost !== undefined) throw new Unreachable(`${node.target.name}: ${lost}`);
  for (const reply of replies[0] ?? []) {
    if (reply.kind !== "done") {
      const why = reply.kind === "failed" ? reply.error.message : "it did not answer in full";
      throw new NoNode(
        `${node.target.name} does not show its guests: ${why}`,
        "they are read by root; does sudo let it be that?",
      );
    }
  }
  return replies[0] ?? [];
}

/** The answer to a look that says which type its answer has. */
function answerOf<A>(reply: OpReply | undefined): A | null {
  return reply?.kind === "done" ? (reply.answer as A | null) : null;
}

function textOf(reply: OpReply | undefined): string | null {
  const answer = answerOf<unknown>(reply);
  return typeof answer === "string" ? answer : null;
}
