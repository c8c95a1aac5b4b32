import { write } from "../../../engine/ops/build.ts";
import type { ExecAnswer, Operation, OpReply } from "../../../engine/ops/ir.ts";
import { newHost } from "../../../engine/sim/host/new-host.ts";
import { interpret } from "../../../engine/sim/interpret/interpret.ts";
import type { Host, HostDescription } from "../../../engine/sim/world.ts";

export function labHost(description: Partial<HostDescription> = {}): Host {
  return newHost({ kind: "debian", name: "pve1", ...description });
}

/** The replies to some operations, as one batch. */
export function ask(host: Host, operations: readonly Operation[], user = "root"): readonly OpReply[] {
  const section = { user: null, within: [], stopAtFailure: false, operations };
  return interpret(host, user, { runId: "unit", sections: [section] }).reply.replies[0] ?? [];
}

/** Runs a command line of plain words, whatever its exit code. */
export function run(
  host: Host,
  line: string,
  options: { readonly stdin?: string; readonly user?: string } = {},
): Pick<ExecAnswer, "code" | "stdout" | "stderr"> {
  const okCodes = Array.from({ length: 256 }, (_, code) => code);
  const stdin = options.stdin === undefined ? {} : { stdin: options.stdin };
  const [reply] = ask(host, [write.exec(line.split(" "), { okCodes, ...stdin })], options.user);
  if (reply?.kind !== "done") throw new Error(JSON.stringify(reply));
  const { code, stdout, stderr } = reply.answer as ExecAnswer;
  return { code, stdout, stderr };
}

/** The error of the one operation that fails. */
export function errorOf(reply: OpReply | undefined): { readonly code: string; readonly message: string } {
  if (reply?.kind !== "failed") throw new Error(`it did not fail: ${JSON.stringify(reply)}`);
  return reply.error;
}
