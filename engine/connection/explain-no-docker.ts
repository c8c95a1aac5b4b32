import { read } from "../ops/build.ts";
import type { Counters, ExecAnswer, OpReply } from "../ops/ir.ts";
import { type DockerDoor, GuestDown, type Reader, Unreachable } from "./connection.ts";
import { doorName } from "./door.ts";
import type { NoEntry } from "./no-entry.ts";

/**
 * Asks the engine, only once entering has failed. `said` is what `docker exec` printed; the states of all containers
 * answer which of them it would have been.
 */
export async function explainNoDocker(
  node: Reader,
  door: DockerDoor,
  said: string,
  runId: string,
): Promise<{ readonly why: NoEntry; readonly counters: Counters }> {
  const { container } = door;
  const filters =
    container.kind === "name"
      ? [`name=^/${container.name}$`]
      : [
          `label=com.docker.compose.project=${container.project}`,
          `label=com.docker.compose.service=${container.service}`,
        ];
  const words = [
    "docker",
    "ps",
    "-a",
    ...filters.flatMap((filter) => ["--filter", filter]),
    "--format",
    "{{.State}} {{.Status}}",
  ];
  const sections = [{ user: "root", within: [], stopAtFailure: false, operations: [read.exec(words)] }];
  const { replies, counters } = await node.look({ runId, sections });
  return { why: judge(door, said, answerOf(replies[0]?.[0])), counters };
}

function judge(door: DockerDoor, said: string, answer: ExecAnswer | null): NoEntry {
  const where = doorName(door);
  const host = door.node.name;
  const never = (message: string, hint: string): NoEntry => ({ kind: "never", error: new Unreachable(message, hint) });
  const down = (message: string, hint: string): NoEntry => ({
    kind: "down",
    error: new GuestDown(door, message, hint),
  });
  const first = said.split("\n").at(0) ?? "";
  // Without an engine there is no container either; an earlier task of the run may be about to install it.
  if (answer === null || answer.code === 127)
    return down(
      `${host} has no Docker: ${first}`,
      `install it with a task on ${host} before this one; \`lab_node\` says which host it is`,
    );
  if (answer.code !== 0) {
    const why = answer.stderr.trim().split("\n").at(0) ?? "";
    return down(`Docker's engine on ${host} does not answer: ${why}`, "is it running (`systemctl status docker`)?");
  }
  const [state = "", ...status] = answer.stdout.trim().split("\n").at(0)?.split(" ") ?? [];
  const start =
    door.container.kind === "service"
      ? `docker compose -p ${door.container.project} up -d`
      : `docker start ${door.container.name}`;
  switch (state) {
    case "":
      return down(`there is no ${where.replace(/^the /, "")}`, `make it with a task on ${host} before this one`);
    case "running":
      if (/exec: "sh": |"sh": executable file not found|stat sh: no such file/.test(said)) {
        return never(
          `${where} has no shell (\`sh\`), so nothing can be done in it`,
          "its image holds its program alone: change its files from the host, in the folders that are bound into it",
        );
      }
      return {
        kind: "running",
        error: new Unreachable(`${where} runs, but lets nobody in: ${first}`, `try it on the host: \`docker exec\``),
      };
    case "restarting":
      return down(
        `${where} is restarting again and again (${status.join(" ")})`,
        `its log tells why: \`docker logs\` on ${host}`,
      );
    case "paused":
      return never(`${where} is paused`, `let it go on: \`docker unpause\` on ${host}`);
    default:
      return down(`${where} is stopped`, `start it with a task on ${host} before this one, or by hand: \`${start}\``);
  }
}

function answerOf(reply: OpReply | undefined): ExecAnswer | null {
  if (reply?.kind !== "done" || typeof reply.answer !== "object" || reply.answer === null || !("code" in reply.answer))
    return null;
  return reply.answer as ExecAnswer;
}
