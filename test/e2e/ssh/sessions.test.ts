import { afterEach, expect, it } from "vitest";
import { read } from "../../../engine/ops/build.ts";
import { execOf, oneBatch, refusal, type SshFixture, sshFixture, whoAmI } from "../../support/ssh-fixture.ts";

let fixture: SshFixture;
afterEach(() => fixture.stop());

async function twelveAtOnce(): Promise<readonly string[]> {
  const connection = await fixture.open();
  return Promise.all(
    Array.from({ length: 12 }, async (_, index) =>
      execOf(await connection.send(oneBatch([read.exec(["sh", "-c", `sleep 0.1; echo ${index}`])]))).stdout.trim(),
    ),
  );
}
const expected = Array.from({ length: 12 }, (_, index) => String(index));

it("stays within a server's MaxSessions, learning it as it goes", async () => {
  fixture = await sshFixture({ config: ["MaxSessions 2"] });
  expect(await twelveAtOnce()).toEqual(expected);
});

it("does with a single session", async () => {
  fixture = await sshFixture({ config: ["MaxSessions 1"] });
  expect(await twelveAtOnce()).toEqual(expected);
});

it("is never refused by sshd's default of ten", async () => {
  fixture = await sshFixture();
  expect(await twelveAtOnce()).toEqual(expected);
  expect(fixture.sshd.log()).not.toContain("no more sessions");
});

it("says so if the server allows none", async () => {
  fixture = await sshFixture({ config: ["MaxSessions 0"] });
  expect(await refusal(whoAmI(await fixture.open()))).toContain("the server opens no session");
});

it("says what a login shell printed that runs no commands", async () => {
  fixture = await sshFixture({ config: ["ForceCommand echo only tunnels here; exit 3"] });
  const text = await refusal(whoAmI(await fixture.open()));
  expect(text).toContain("runs no commands (exit code 3): only tunnels here");
});

it("is not disturbed by what a profile prints before the command", async () => {
  fixture = await sshFixture({
    config: [`ForceCommand echo welcome; echo motd >&2; eval "$SSH_ORIGINAL_COMMAND"`],
  });
  expect(await whoAmI(await fixture.open())).toBe("root");
});
