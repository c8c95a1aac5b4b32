import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Connection } from "../../../engine/connection/connection.ts";
import { openSsh } from "../../../engine/connection/ssh/open-ssh.ts";
import { liveBytes } from "../../support/live-bytes.ts";
import { refusal, type SshFixture, sshFixture, whoAmI } from "../../support/ssh-fixture.ts";
import { type Sshd, startSshd } from "../../support/sshd.ts";

// Stricter than sshd comes: of more than ten that have not logged in yet it turns away each one, not some at random.
let fixture: SshFixture;
let jump: Sshd;
beforeAll(async () => {
  fixture = await sshFixture({ config: ["MaxStartups 10:100:10"] });
  jump = await startSshd({ config: ["MaxStartups 10:100:10"] });
});
afterAll(async () => {
  await fixture?.stop();
  await jump?.stop();
});

const accepted = (sshd: Sshd) => sshd.log().match(/Accepted publickey/g)?.length ?? 0;
const turnedAway = (sshd: Sshd) => sshd.log().match(/MaxStartups throttling|drop connection/g)?.length ?? 0;

/** The most that were connected and had not logged in yet, by what sshd has written in this order. */
function mostWaiting(log: string): number {
  const waiting = new Set<string>();
  let most = 0;
  for (const [, what, port] of log.matchAll(/(Connection|Accepted publickey for \S+) from \S+ port (\d+)/g)) {
    if (what === "Connection") waiting.add(port ?? "");
    else waiting.delete(port ?? "");
    most = Math.max(most, waiting.size);
  }
  return most;
}

/** Opens them all at once and asks each who we are; answers the bytes that it took to keep them open. */
async function openAll(count: number, host: string): Promise<number> {
  const open = openSsh(fixture.test.with({}));
  const opened: Connection[] = [];
  const before = liveBytes();
  const names = Array.from({ length: count }, (_, index) => `h${index}`);
  const answers = await Promise.all(
    names.map(async (name) => {
      const connection = await open(fixture.target({ name, host }));
      opened.push(connection);
      return whoAmI(connection);
    }),
  );
  expect(answers).toEqual(names.map(() => "root"));
  const held = liveBytes() - before;
  await Promise.all(opened.map((connection) => connection.close()));
  return held;
}

it("logs in to a hundred hosts behind one address at once, each with one connection, and none is turned away", async () => {
  const before = accepted(fixture.sshd);
  const logged = fixture.sshd.log().length;
  const bytes = await openAll(100, "127.0.0.1");
  expect(bytes / 100).toBeLessThan(1_000_000);
  expect(accepted(fixture.sshd) - before).toBe(100);
  expect(turnedAway(fixture.sshd)).toBe(0);
  // Side by side, but two places are always left to others.
  const most = mostWaiting(fixture.sshd.log().slice(logged));
  expect(most).toBeGreaterThan(1);
  expect(most).toBeLessThanOrEqual(8);
  // A key that is at hand is offered at once: nobody asks first what the server takes.
  expect(fixture.sshd.log()).not.toContain("Failed none");
});

it("logs in to a jump host once for all hosts behind it", async () => {
  jump.authorize([readFileSync(join(fixture.home, ".ssh/id_ed25519.pub"), "utf8")]);
  const line = (sshd: Sshd) => `[127.0.0.1]:${sshd.port} ${sshd.hostKey("ed25519")}\n`;
  writeFileSync(join(fixture.home, ".ssh/known_hosts"), line(fixture.sshd) + line(jump));
  writeFileSync(
    join(fixture.home, ".ssh/config"),
    `Host inner\n  HostName 127.0.0.1\n  ProxyJump root@127.0.0.1:${jump.port}\n`,
  );
  const before = accepted(fixture.sshd);
  await openAll(12, "inner");
  expect(accepted(jump)).toBe(1);
  expect(accepted(fixture.sshd) - before).toBe(12);
});

it("knocks again where it was turned away before anybody answered, and says so in the end", async () => {
  let knocks = 0;
  const door = createServer((socket) => {
    knocks += 1;
    socket.end("Exceeded MaxStartups\r\n");
  });
  await new Promise<void>((resolve) => door.listen(0, "127.0.0.1", resolve));
  const address = door.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const text = await refusal(fixture.open({ port }));
  door.close();
  expect(knocks).toBe(5);
  expect(text).toContain("MaxStartups");
});
