import { read } from "../ops/build.ts";
import type { Counters, ExecAnswer, OpReply } from "../ops/ir.ts";
import { type Door, GuestDown, type PctDoor, type Reader, Unreachable } from "./connection.ts";
import { explainNoDocker } from "./explain-no-docker.ts";
import type { NoEntry } from "./no-entry.ts";

/**
 * Asks the node, only once entering has failed. All of it answers in milliseconds: no `pct`, which starts a Perl each time.
 * `said` is what lxc-attach printed.
 */
export async function explainNoEntry(
  node: Reader,
  door: Door,
  said: string,
  runId: string,
): Promise<{ readonly why: NoEntry; readonly counters: Counters }> {
  if (door.kind === "docker") return explainNoDocker(node, door, said, runId);
  const id = String(door.vmid);
  const operations = [
    read.exec(["lxc-info", "-n", id, "-s"]),
    read.stat(`/etc/pve/lxc/${id}.conf`),
    read.stat(`/etc/pve/qemu-server/${id}.conf`),
    read.text("/etc/pve/.vmlist"),
  ];
  const sections = [{ user: "root", within: [], stopAtFailure: false, operations }];
  const { replies, counters } = await node.look({ runId, sections });
  const [info, container, machine, list] = replies[0] ?? [];
  const vmlist = answerOf(list);
  const facts = {
    info: infoOf(info),
    configured: (answerOf(container) ?? null) !== null,
    isMachine: (answerOf(machine) ?? null) !== null,
    at: nodeOf(typeof vmlist === "string" ? vmlist : "", id),
    said: said.split("\n").at(0) ?? "",
  };
  return { why: judge(door, facts), counters };
}

interface Facts {
  /** What lxc-info calls its state; `absent`: it knows no such container; null: there is no lxc-info that answers. */
  readonly info: string | null;
  readonly configured: boolean;
  readonly isMachine: boolean;
  /** Where in the cluster the number is in use. */
  readonly at: { readonly node: string; readonly type: string } | null;
  readonly said: string;
}

function judge(door: PctDoor, { info, configured, isMachine, at, said }: Facts): NoEntry {
  const { vmid, node } = door;
  const where = `container ${vmid} on ${node.name}`;
  const never = (message: string, hint: string): NoEntry => ({ kind: "never", error: new Unreachable(message, hint) });
  if (isMachine || (!configured && at?.type === "qemu")) {
    const message = `${vmid} on ${node.name} is a virtual machine, not a container`;
    return never(message, "reach it by ssh: `lab_connection: ssh`, and its address in `lab_host`");
  }
  if (info === null && !configured) {
    const message = `${node.name} does not let anybody into containers: ${said}`;
    return never(message, "is it a Proxmox VE node, or has it LXC (`lxc-attach`)? `lab_node` says which host it is");
  }
  // Before its first start a container is known to Proxmox VE alone.
  if (configured && (info === null || info === "absent" || info === "STOPPED")) return stopped(door);
  switch (info) {
    case "STOPPED":
    case "STOPPING":
    case "ABORTING":
      return stopped(door);
    case "absent":
    case null: {
      const hint =
        at === null
          ? `\`lab_vmid\` is its number; make it with a task on ${node.name} before this one`
          : `its node is ${at.node}: set \`lab_node\` to the inventory's name of that`;
      return { kind: "down", error: new GuestDown(door, `there is no ${where}`, hint) };
    }
    case "FROZEN":
    case "FREEZING":
    case "THAWED":
      return never(`${where} is suspended`, `let it go on: \`pct resume ${vmid}\` on ${node.name}`);
    case "STARTING":
      return { kind: "starting", error: new Unreachable(`${where} does not come up: ${said}`, logHint(vmid)) };
    default:
      return { kind: "running", error: new Unreachable(`${where} runs, but lets nobody in: ${said}`, logHint(vmid)) };
  }
}

function stopped(door: PctDoor): NoEntry {
  const { vmid, node } = door;
  const hint = `start it with a task on ${node.name} before this one, or by hand: \`pct start ${vmid}\``;
  return { kind: "down", error: new GuestDown(door, `container ${vmid} on ${node.name} is stopped`, hint) };
}

function logHint(vmid: number): string {
  return `try it on the node: \`lxc-attach -n ${vmid}\`; its log tells more: \`pct start ${vmid} --debug\``;
}

function answerOf(reply: OpReply | undefined): unknown {
  return reply?.kind === "done" ? reply.answer : undefined;
}

function infoOf(reply: OpReply | undefined): string | null {
  const answer = answerOf(reply);
  if (typeof answer !== "object" || answer === null || !("code" in answer)) return null;
  const { code, stdout, stderr } = answer as ExecAnswer;
  const state = /^State:\s+(\w+)/m.exec(stdout)?.[1];
  if (code === 0 && state !== undefined) return state;
  return /doesn't exist/.test(stdout + stderr) ? "absent" : null;
}

/** Of the cluster's list of guests, which every node keeps. */
function nodeOf(vmlist: string, id: string): Facts["at"] {
  let list: unknown;
  try {
    list = JSON.parse(vmlist);
  } catch {
    return null;
  }
  const entry = field(field(list, "ids"), id);
  const [node, type] = [field(entry, "node"), field(entry, "type")];
  return typeof node === "string" && typeof type === "string" ? { node, type } : null;
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, name)
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;
}
