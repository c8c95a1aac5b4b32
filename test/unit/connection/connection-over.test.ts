import { createHash, randomBytes } from "node:crypto";
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Transform } from "node:stream";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Dropped, type OpenChannel, Refused } from "../../../engine/connection/channel.ts";
import type { Connection } from "../../../engine/connection/connection.ts";
import { connectionOver } from "../../../engine/connection/connection-over.ts";
import { startShell } from "../../../engine/connection/start-shell.ts";
import { read, write } from "../../../engine/ops/build.ts";
import type { StreamedContent } from "../../../engine/ops/ir.ts";
import { Secret } from "../../../engine/value/secret.ts";
import { type TestEnvironment, testEnvironment } from "../../support/connection-environment.ts";
import { execOf, oneBatch, refusal } from "../../support/ssh-fixture.ts";

let test: TestEnvironment;
beforeEach(() => {
  test = testEnvironment();
});
afterEach(() => test.remove());

/** Over real shells of this machine; what a network may do is added by `open`. */
function connection(open: (start: OpenChannel) => OpenChannel, becomePassword?: string): Connection {
  const environment = test.with({ env: { PATH: `${test.home}:${process.env.PATH}` } });
  return connectionOver({
    target: {
      name: "host",
      connection: "test",
      ...(becomePassword === undefined ? {} : { becomePassword: new Secret(becomePassword) }),
    },
    environment,
    loginUser: "me",
    openChannel: open((command) => startShell(command, environment)),
    close: async () => {},
  });
}
const echo = (text: string) => oneBatch([read.exec(["echo", text])]);

it("keeps at most eight channels open", async () => {
  let open = 0;
  let most = 0;
  const counted = connection((start) => async (command) => {
    open += 1;
    most = Math.max(most, open);
    const channel = await start(command);
    void channel.exit.then(() => {
      open -= 1;
    });
    return channel;
  });
  await Promise.all(Array.from({ length: 20 }, (_, index) => counted.send(echo(String(index)))));
  expect(most).toBe(8);
});

it("tries once more if the connection drops before the script went out, and no more than once", async () => {
  let opened = 0;
  const dropping = (times: number) =>
    connection((start) => async (command) => {
      opened += 1;
      if (opened <= times) throw new Dropped("the connection to host dropped");
      return start(command);
    });
  expect(execOf(await dropping(1).send(echo("x"))).stdout).toBe("x\n");
  expect(opened).toBe(2);
  opened = 0;
  expect(await refusal(dropping(2).send(echo("x")))).toContain("dropped twice in a row before anything could be sent");
  expect(opened).toBe(2);
});

it("never sends a script twice, whatever happens once it is out", async () => {
  const mark = join(test.home, "count");
  const cut = connection((start) => async (command) => {
    const channel = await start(command);
    // What the far end answers is lost, as is how it ended.
    return { ...channel, exit: channel.exit.then(() => ({ code: null, signal: null, reason: "the line broke" })) };
  });
  const reply = await cut.send(
    oneBatch([write.exec(["sh", "-c", `echo x >>${mark}; kill -9 $PPID`]), write.text(mark, "y")]),
  );
  expect(readFileSync(mark, "utf8")).toBe("x\n");
  expect(reply.replies[0]?.[0]).toEqual({ kind: "unknown" });
  expect(reply.replies[0]?.[1]?.kind).not.toBe("done");
  expect(reply.lost).toBe("the line broke");
});

it("believes a server that refuses a channel, and gives up only if it opens none at all", async () => {
  let open = 0;
  const most3 = connection((start) => async (command) => {
    if (open >= 3) throw new Refused("open failed");
    open += 1;
    const channel = await start(command);
    void channel.exit.then(() => {
      open -= 1;
    });
    return channel;
  });
  const replies = await Promise.all(Array.from({ length: 12 }, (_, index) => most3.send(echo(String(index)))));
  expect(replies.map((reply) => execOf(reply).stdout)).toEqual(Array.from({ length: 12 }, (_, index) => `${index}\n`));
  const none = connection(() => async () => {
    throw new Refused("open failed");
  });
  expect(await refusal(none.send(echo("x")))).toContain("the server opens no session: open failed");
});

it("sends a password that was refused once only, however many batches wait for it", async () => {
  const log = join(test.home, "asked");
  writeFileSync(
    join(test.home, "sudo"),
    `#!/bin/sh\nprintf %s "$3" >&2; IFS= read -r p; echo "$p" >>${log}; echo "Sorry, try again." >&2; printf %s "$3" >&2; read -r p\nexit 1\n`,
  );
  chmodSync(join(test.home, "sudo"), 0o755);
  const wrong = connection((start) => start, "not it");
  const batch = oneBatch([read.exec(["true"])], "root");
  const texts = await Promise.all([1, 2, 3, 4].map(() => refusal(wrong.send(batch))));
  expect(new Set(texts).size).toBe(1);
  expect(readFileSync(log, "utf8")).toBe("not it\n");
});

it("says why a content did not arrive", async () => {
  const path = join(test.home, "target");
  const content: StreamedContent = {
    kind: "streamed",
    size: 10,
    sha256: "0".repeat(64),
    open: () => {
      throw new Error("roles/x/files/big is gone");
    },
  };
  const reply = await connection((start) => start).send(oneBatch([write.upload(path, content)]));
  expect(reply.replies[0]?.[0]).toMatchObject({
    kind: "failed",
    error: {
      code: "payload",
      message: expect.stringMatching(/did not arrive on the host: roles\/x\/files\/big is gone/),
    },
  });
  expect(existsSync(path)).toBe(false);
});

it("streams a content larger than any buffer, whole", async () => {
  const path = join(test.home, "target");
  const block = randomBytes(1024 * 1024);
  const hash = createHash("sha256");
  for (let index = 0; index < 64; index += 1) hash.update(block);
  const content: StreamedContent = {
    kind: "streamed",
    size: 64 * block.length,
    sha256: hash.digest("hex"),
    async *open() {
      for (let index = 0; index < 64; index += 1) yield block;
    },
  };
  const reply = await connection((start) => start).send(oneBatch([write.upload(path, content)]));
  expect(reply.replies[0]?.[0]).toMatchObject({ kind: "done" });
  expect(statSync(path).size).toBe(content.size);
  expect(reply.counters).toMatchObject({ roundTrips: 2, operations: 1 });
  expect(reply.counters.bytesSent).toBeGreaterThan(content.size);
});

/** A line that carries 256 KiB in 20 ms at most. */
const slowly =
  (start: OpenChannel): OpenChannel =>
  async (command) => {
    const channel = await start(command);
    const stdin = new Transform({
      writableHighWaterMark: 256 * 1024,
      transform: (chunk, _, done) => void setTimeout(() => done(null, chunk), 20),
    });
    stdin.pipe(channel.stdin);
    return { ...channel, stdin };
  };

it.each([
  ["what packs well", Buffer.from("0123456789abcdef".repeat(64 * 1024)), 12],
  ["what does not", randomBytes(1024 * 1024), 40],
])("packs on a slow line %s", async (_, block, sentMiB) => {
  const path = join(test.home, "target");
  const blocks = 40;
  const hash = createHash("sha256");
  for (let index = 0; index < blocks; index += 1) hash.update(block);
  const content: StreamedContent = {
    kind: "streamed",
    size: blocks * block.length,
    sha256: hash.digest("hex"),
    async *open() {
      for (let index = 0; index < blocks; index += 1) yield block;
    },
  };
  const reply = await connection(slowly).send(oneBatch([write.upload(path, content)]));
  expect(reply.replies[0]?.[0]).toMatchObject({ kind: "done" });
  expect(statSync(path).size).toBe(content.size);
  expect(Math.ceil(reply.counters.bytesSent / 1024 ** 2 / 4) * 4).toBe(sentMiB + (sentMiB === blocks ? 4 : 0));
});

it("lets time pass when asked to", async () => {
  const started = performance.now();
  await connection((start) => start).pause(50);
  expect(performance.now() - started).toBeGreaterThan(45);
});
