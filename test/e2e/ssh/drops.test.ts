import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterEach, beforeEach, expect, it } from "vitest";
import { read, write } from "../../../engine/ops/build.ts";
import type { StreamedContent } from "../../../engine/ops/ir.ts";
import { until } from "../../support/shell-run.ts";
import { execOf, oneBatch, refusal, type SshFixture, sshFixture, whoAmI } from "../../support/ssh-fixture.ts";
import { freePort, signal } from "../../support/sshd.ts";

let fixture: SshFixture;
beforeEach(async () => {
  fixture = await sshFixture();
});
afterEach(() => fixture.stop());

/** The next batch goes out only when the far end has noticed: SIGKILL takes a moment to close the socket. */
async function killSessions(): Promise<void> {
  const sessions = fixture.sshd.sessions();
  expect(sessions.length).toBeGreaterThan(0);
  for (const session of sessions) signal(session, "SIGKILL");
}
const logIns = () => fixture.sshd.log().match(/Accepted publickey/g)?.length ?? 0;

it("reopens a connection that dropped between batches, by itself and once for all who wait", async () => {
  const connection = await fixture.open();
  await whoAmI(connection);
  expect(logIns()).toBe(1);
  await killSessions();
  await setTimeout(200);
  expect(await Promise.all([whoAmI(connection), whoAmI(connection), whoAmI(connection)])).toEqual([
    "root",
    "root",
    "root",
  ]);
  expect(logIns()).toBe(2);
});

it("reopens it also if the drop shows only when the next batch starts", async () => {
  const connection = await fixture.open();
  await whoAmI(connection);
  await killSessions();
  expect(await whoAmI(connection)).toBe("root");
});

it("says what is unknown after a drop in the middle of a batch, and goes on with the next", async () => {
  const connection = await fixture.open();
  const marks = (name: string) => join(fixture.home, name);
  const running = connection.send(
    oneBatch([
      write.text(marks("first"), "x"),
      write.exec(["sleep", "20"]),
      write.text(marks("never"), "x"),
      read.text(marks("first")),
    ]),
  );
  await setTimeout(1500);
  await killSessions();
  const reply = await running;
  const kinds = reply.replies[0]?.map(({ kind }) => kind);
  expect(kinds?.[1]).toBe("unknown");
  expect(kinds?.[2]).not.toBe("done");
  expect(kinds?.[3]).not.toBe("done");
  expect(reply.lost).toMatch(/closed the connection|ECONNRESET|reset/);
  expect(await whoAmI(connection)).toBe("root");
  expect(logIns()).toBe(2);
});

it("gives up on a host that stops answering, within the time that the keep-alives take", async () => {
  // Three seconds: so long a busy machine never leaves a server that lives without an answer.
  const connection = await fixture.open({}, { limits: { keepAliveMs: 1000, keepAliveCount: 3 } });
  await whoAmI(connection);
  const sessions = fixture.sshd.sessions();
  const begun = join(fixture.sshd.folder, "begun");
  const running = connection.send(oneBatch([read.exec(["sh", "-c", `: >${begun}; exec sleep 60`])]));
  await until(() => existsSync(begun), 20_000);
  for (const session of sessions) signal(session, "SIGSTOP");
  const started = performance.now();
  const reply = await running;
  expect(reply.replies[0]?.[0]).toEqual({ kind: "unknown" });
  expect(reply.lost).toMatch(/did not answer/);
  expect(performance.now() - started).toBeLessThan(30_000);
  // sshd itself still listens: the next batch gets a session of its own.
  expect(await whoAmI(connection)).toBe("root");
});

it("gives up on a server that accepts connections and says nothing", async () => {
  signal(fixture.sshd.pid, "SIGSTOP");
  const text = await refusal(fixture.open({}, { limits: { handshakeMs: 500 } }));
  expect(text).toContain("speaks no SSH that we understand: nothing came within 0.5 s");
});

it("says what is wrong with the address", async () => {
  const closed = await freePort();
  expect(await refusal(fixture.open({ port: closed }))).toContain(
    `cannot connect to 127.0.0.1 port ${closed}: nothing listens there`,
  );
  expect(await refusal(fixture.open({ host: "no-such-host.invalid" }))).toMatch(
    /the name(?: server|) (?:is not known|does not answer)/,
  );
  const other = await webServer();
  const port = (other.address() as { port: number }).port;
  expect(await refusal(fixture.open({ port }))).toContain("speaks no SSH");
  await new Promise((resolve) => other.close(resolve));
});

async function webServer(): Promise<Server> {
  const server = createServer((socket) => {
    socket.on("error", () => {}).resume();
    socket.end("HTTP/1.1 400 Bad Request\r\n\r\n");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

it("does not let a closed connection be used", async () => {
  const connection = await fixture.open();
  expect(execOf(await connection.send(oneBatch([read.exec(["true"])]))).code).toBe(0);
  await connection.close();
  expect(await refusal(connection.send(oneBatch([read.exec(["true"])])))).toContain("was closed");
});

it("sends a large content again over a new connection when it is cut, and leaves nothing of the first half", async () => {
  const connection = await fixture.open();
  const folder = join(fixture.home, "to");
  mkdirSync(folder);
  const piece = Buffer.alloc(1024 * 1024, "large ");
  const pieces = 16;
  const hash = createHash("sha256");
  for (let index = 0; index < pieces; index += 1) hash.update(piece);
  let opened = 0;
  const content: StreamedContent = {
    kind: "streamed",
    size: pieces * piece.length,
    sha256: hash.digest("hex"),
    async *open() {
      opened += 1;
      for (let index = 0; index < pieces; index += 1) {
        if (opened === 1 && index === pieces / 2) await killSessions();
        yield piece;
      }
    },
  };
  const reply = await connection.send(oneBatch([write.upload(join(folder, "big"), content)]));
  expect(reply.replies[0]?.[0]).toMatchObject({ kind: "done" });
  expect([opened, logIns()]).toEqual([2, 2]);
  await until(() => readdirSync(folder).length === 1, 10_000);
  expect(statSync(join(folder, "big")).size).toBe(content.size);
});

it("hangs up without waiting for the host to do so too, which then knows that nobody is there any more", async () => {
  const before = fixture.sshd.sessions();
  const connection = await fixture.open();
  await whoAmI(connection);
  const mine = fixture.sshd.sessions().filter((session) => !before.includes(session));
  for (const session of mine) signal(session, "SIGSTOP");
  // A host to which even that cannot be said is left after a second.
  const soon = setTimeout(900, "still waits");
  expect(await Promise.race([connection.close().then(() => "left"), soon])).toBe("left");
  for (const session of mine) signal(session, "SIGCONT");
  await until(() => !fixture.sshd.sessions().some((session) => mine.includes(session)), 20_000);
});
