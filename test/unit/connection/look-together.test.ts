import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Channel, Dropped, type OpenChannel } from "../../../engine/connection/channel.ts";
import { type Connection, Unreachable } from "../../../engine/connection/connection.ts";
import { connectionOver } from "../../../engine/connection/connection-over.ts";
import { gatherLooks } from "../../../engine/connection/gather-looks.ts";
import { startShell } from "../../../engine/connection/start-shell.ts";
import { read, write } from "../../../engine/ops/build.ts";
import type { BatchReply, ReadBatch, ReadOp } from "../../../engine/ops/ir.ts";
import { type TestEnvironment, testEnvironment } from "../../support/connection-environment.ts";

let environment: TestEnvironment;
beforeEach(() => {
  environment = testEnvironment();
});
afterEach(() => environment.remove());

/** Over shells of this machine. `commands`: what channels were opened for. */
function connect(around: (start: OpenChannel) => OpenChannel = (start) => start) {
  const path = `${environment.home}:${process.env.PATH}`;
  const here = environment.with({ env: { PATH: path }, limits: { batchSlackMs: 700 } });
  const commands: string[] = [];
  const openChannel: OpenChannel = (command) => {
    commands.push(command);
    return around((given) => startShell(given, here))(command);
  };
  const connection: Connection = connectionOver({
    target: { name: "host", connection: "test" },
    environment: here,
    loginUser: "me",
    openChannel,
    close: async () => {},
  });
  const together = (...batches: readonly ReadBatch[]) => connection.lookTogether?.(batches) ?? [];
  return { connection, commands, together };
}
const one = (probe: ReadOp, more: { readonly within?: readonly string[]; readonly user?: string } = {}): ReadBatch => ({
  runId: "test",
  sections: [{ user: more.user ?? null, within: more.within ?? [], stopAtFailure: false, operations: [probe] }],
});
const echo = (text: string, more = {}) => one(read.exec(["echo", text], { limitMs: 300 }), more);
const saidBy = ({ replies }: BatchReply): unknown => {
  const [reply] = replies[0] ?? [];
  return reply?.kind === "done" ? (reply.answer as { readonly stdout: string }).stdout.trim() : reply;
};

test("goes over one channel, and a single one as it would alone", async () => {
  const { together, commands } = connect();
  expect((await Promise.all(together(echo("a"), echo("b"), echo("c")))).map(saidBy)).toEqual(["a", "b", "c"]);
  expect(commands).toHaveLength(1);
  expect((await Promise.all(together(echo("d")))).map(({ counters }) => counters.shared)).toEqual([undefined]);
});

test("one that asks for what cannot be asked is refused by itself", async () => {
  const { connection, together } = connect();
  const writes = {
    ...one(read.stat("/")),
    sections: [{ ...one(read.stat("/")).sections[0], operations: [write.mkdir("/x")] }],
  };
  const wrong = [echo("a word that\0ends"), writes as unknown as ReadBatch];
  const replies = together(echo("a"), ...wrong, echo("b"));
  const came = await Promise.allSettled(replies);
  expect(came.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected", "fulfilled"]);
  const gathering = gatherLooks(connection, () => true);
  const asked = await Promise.allSettled([echo("a"), ...wrong, echo("b")].map((each) => gathering.look(each)));
  expect(asked.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected", "fulfilled"]);
});

test("one that never comes in is given up at its own limit, the others have their answers before that", async () => {
  const { together } = connect();
  const hangs = echo("late", { within: ["sh", "-c", "sleep 30"] });
  const order: string[] = [];
  const replies = together(hangs, echo("a"), echo("b"));
  await Promise.all(replies.map((each, index) => each.then(() => order.push(String(index)))));
  expect(order.at(-1)).toBe("0");
  const [late, ...others] = await Promise.all(replies);
  expect(late).toMatchObject({ replies: [[{ kind: "unknown" }]], lost: "no answer within 1 s" });
  expect(others.map(saidBy)).toEqual(["a", "b"]);
});

test("a connection that is cut leaves those without an answer unknown, and those with one as they are", async () => {
  let cut: Channel | null = null;
  const { together, commands } = connect((start) => async (command) => {
    cut = await start(command);
    return cut;
  });
  const replies = together(one(read.exec(["sleep", "30"])), echo("a"));
  expect(saidBy((await replies[1]) as BatchReply)).toBe("a");
  (cut as Channel | null)?.cut();
  expect(await replies[0]).toMatchObject({ replies: [[{ kind: "unknown" }]], lost: expect.any(String) });
  expect(commands).toHaveLength(1);
});

test("tries once more where the connection drops before anything went out, and tells all of a second time", async () => {
  let times = 1;
  const { together, commands } = connect((start) => async (command) => {
    times -= 1;
    if (times >= 0) throw new Dropped("the connection to host dropped");
    return start(command);
  });
  expect((await Promise.all(together(echo("a"), echo("b")))).map(saidBy)).toEqual(["a", "b"]);
  expect(commands).toHaveLength(2);
  times = 2;
  const both = await Promise.allSettled(together(echo("a"), echo("b")));
  for (const each of both) expect(each).toMatchObject({ status: "rejected", reason: expect.any(Unreachable) });
});

test("each goes alone where the machine does not carry several, and from then on at once", async () => {
  let broken = true;
  const { together, commands } = connect(
    (start) => (command) => start(broken ? command.replace("exec sh;", "exit 0;") : command),
  );
  const replies = together(echo("a"), echo("b"));
  // The trip of both ends without a word; each of them then finds a shell again.
  setImmediate(() => {
    broken = false;
  });
  const both = await Promise.all(replies);
  expect(both.map(saidBy)).toEqual(["a", "b"]);
  expect(both.map(({ counters }) => [counters.roundTrips, counters.shared ?? 0])).toEqual([
    [2, 0],
    [2, 1],
  ]);
  expect(commands).toHaveLength(3);
  expect((await Promise.all(together(echo("c"), echo("d")))).map(({ counters }) => counters.shared)).toEqual([
    undefined,
    undefined,
  ]);
});

test("users who need channels of their own do not share one; a wrong password is told to all and asked once", async () => {
  const asked = join(environment.home, "asked");
  // It says what sudo says of a user who may not.
  writeFileSync(
    join(environment.home, "sudo"),
    `#!/bin/sh\necho x >>${asked}\necho "me is not in the sudoers file." >&2\nexit 1\n`,
    {
      mode: 0o755,
    },
  );
  const { together, commands } = connect();
  const replies = together(echo("a", { user: "root" }), echo("mine"), echo("b", { user: "root" }), echo("too"));
  const [a, mine, b, too] = await Promise.allSettled(replies);
  expect([a, b].map((each) => each?.status)).toEqual(["rejected", "rejected"]);
  expect([mine, too].map((each) => each?.status === "fulfilled" && saidBy(each.value))).toEqual(["mine", "too"]);
  expect(commands).toHaveLength(2);
  const again = await Promise.allSettled(together(echo("a", { user: "root" }), echo("b", { user: "root" })));
  expect(again.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect(readFileSync(asked, "utf8")).toBe("x\n");
});

test("one with a content that needs a channel beside it goes alone", async () => {
  const { together } = connect();
  const large = one(read.exec(["wc", "-c"], { stdin: "x".repeat(100_000) }));
  const replies = await Promise.all(together(echo("a"), large, echo("b")));
  expect(replies.map(saidBy)).toEqual(["a", "100000", "b"]);
  expect(replies.map(({ counters }) => [counters.roundTrips, counters.shared ?? 0])).toEqual([
    [1, 0],
    [2, 0],
    [1, 1],
  ]);
});
