import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import ssh2 from "ssh2";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openSsh } from "../../../engine/connection/ssh/open-ssh.ts";
import { refusal, type SshFixture, sshFixture, whoAmI } from "../../support/ssh-fixture.ts";
import { freePort, makeKey, type Sshd, startSshd } from "../../support/sshd.ts";

let fixture: SshFixture;
let jumps: Sshd[] = [];

beforeAll(async () => {
  fixture = await sshFixture();
  jumps = [await startSshd(), await startSshd()];
  const key = makeKey(join(fixture.home, "jump-key"));
  for (const jump of jumps) jump.authorize([key]);
  // Each hop has its own key, port and host key; the target's key opens none of the jump hosts.
  const known = [fixture.sshd, ...jumps].map((sshd) => `[127.0.0.1]:${sshd.port} ${sshd.hostKey("ed25519")}\n`);
  writeFileSync(join(fixture.home, ".ssh/known_hosts"), known.join(""));
});
afterAll(async () => {
  await fixture?.stop();
  for (const jump of jumps) await jump.stop();
});

function configure(proxyJump: string, first = ""): void {
  const host = (name: string, port: number | undefined, more: string) =>
    `Host ${name}\n  HostName 127.0.0.1\n  Port ${port}\n  User root\n  ${more}\n`;
  const key = "IdentityFile ~/jump-key";
  writeFileSync(
    join(fixture.home, ".ssh/config"),
    host("inner", fixture.sshd.port, `ProxyJump ${proxyJump}`) +
      host("one", jumps[0]?.port, `${key}\n  ${first}`) +
      host("two", jumps[1]?.port, key),
  );
}
const inner = { name: "inner", connection: "ssh" };
const openInner = () => fixture.open({ ...inner, host: "inner", user: "root" });
const connectionsTo = (sshd: Sshd | undefined) => sshd?.log().match(/Accepted publickey/g)?.length ?? 0;

it("reaches a host through one jump host, and really through it", async () => {
  configure("one");
  const before = connectionsTo(jumps[0]);
  expect(await whoAmI(await openInner())).toBe("root");
  expect(connectionsTo(jumps[0])).toBe(before + 1);
});

it("reaches a host through two, in either way of saying so", async () => {
  configure("one,root@two");
  expect(await whoAmI(await openInner())).toBe("root");
  const before = connectionsTo(jumps[1]);
  configure("one", "ProxyJump two");
  expect(await whoAmI(await openInner())).toBe("root");
  expect(connectionsTo(jumps[1])).toBe(before + 1);
});

it("says which hop it is that does not let us through", async () => {
  configure("no-such-user@one");
  expect(await refusal(openInner())).toContain(
    "host (through no-such-user@one): cannot log in".replace("host", "inner"),
  );
  const closed = await freePort();
  configure("one");
  const text = await refusal(fixture.open({ ...inner, host: "inner", port: closed }));
  expect(text).toContain(`the jump host cannot connect to 127.0.0.1 port ${closed}`);
});

it("notices a circle", async () => {
  configure("one", "ProxyJump one");
  expect(await refusal(openInner())).toContain("its jump hosts go in a circle");
});

it("notices a circle that two hosts go into from both ends", async () => {
  const host = (name: string, jump: string) => `Host ${name}\n  HostName 127.0.0.1\n  User root\n  ProxyJump ${jump}\n`;
  writeFileSync(
    join(fixture.home, ".ssh/config"),
    host("a", "one") + host("b", "two") + host("one", "two") + host("two", "one"),
  );
  const open = openSsh(fixture.test.environment);
  const both = ["a", "b"].map((name) => refusal(open({ name, connection: "ssh", host: name, user: "root" })));
  for (const text of await Promise.all(both)) expect(text).toContain("its jump hosts go in a circle");
});

it("does not wait for ever where a jump host says nothing about the way behind it", async () => {
  const mute = new ssh2.Server({ hostKeys: [readFileSync(join(fixture.home, "jump-key"))] }, (client) => {
    client.on("authentication", (context) => context.accept());
    client.on("error", () => {});
    // Asked for a way onwards it neither opens nor refuses one.
    client.on("tcpip", () => {});
  });
  const port = await freePort();
  await new Promise<void>((resolve) => mute.listen(port, "127.0.0.1", resolve));
  writeFileSync(
    join(fixture.home, ".ssh/config"),
    `Host mute\n  HostName 127.0.0.1\n  Port ${port}\n  User root\nHost inner\n  ProxyJump mute\n  ConnectTimeout 1\n`,
  );
  const known = `[127.0.0.1]:${port} ${readFileSync(join(fixture.home, "jump-key.pub"), "utf8")}`;
  writeFileSync(join(fixture.home, ".ssh/known_hosts"), known);
  expect(await refusal(openInner())).toContain("nothing came within 1 s");
  mute.close();
});
