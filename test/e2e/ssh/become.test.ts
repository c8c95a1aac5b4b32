import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { read, write } from "../../../engine/ops/build.ts";
import { Secret } from "../../../engine/value/secret.ts";
import { execOf, oneBatch, refusal, type SshFixture, sshFixture, whoAmI } from "../../support/ssh-fixture.ts";
import { makeUser, type TestUser } from "../../support/sshd-user.ts";

let fixture: SshFixture;
let user: TestUser;
let other: TestUser;
beforeAll(async () => {
  fixture = await sshFixture();
  user = makeUser();
  other = makeUser();
});
afterAll(async () => {
  await fixture?.stop();
  user?.remove();
  other?.remove();
});
const becomePassword = () => new Secret(user.password);

it("becomes root with the password that sudo asks for", async () => {
  user.maySudo("ALL=(ALL) ALL");
  const connection = await fixture.open({ user: user.name, becomePassword: becomePassword() });
  expect(await whoAmI(connection)).toBe(user.name);
  expect(await whoAmI(connection, "root")).toBe("root");
  expect(await whoAmI(connection, other.name)).toBe(other.name);
});

it("never lets the prompt or the password into an operation's own output or input", async () => {
  user.maySudo("ALL=(ALL) ALL");
  const connection = await fixture.open({ user: user.name, becomePassword: becomePassword() });
  const reply = await connection.send(oneBatch([read.exec(["sh", "-c", "cat; echo e >&2"])], "root"));
  expect(execOf(reply)).toMatchObject({ stdout: "", stderr: "e\n" });
});

it("needs no password where sudoers asks for none, and sends none", async () => {
  user.maySudo("ALL=(ALL) NOPASSWD: ALL");
  expect(await whoAmI(await fixture.open({ user: user.name }), "root")).toBe("root");
  // A password that sudo does not want must not become the first line of the script.
  const connection = await fixture.open({ user: user.name, becomePassword: becomePassword() });
  expect(await whoAmI(connection, "root")).toBe("root");
});

it("says at once when sudo wants a password and none is known", async () => {
  user.maySudo("ALL=(ALL) ALL");
  const started = performance.now();
  const text = await refusal(whoAmI(await fixture.open({ user: user.name }), "root"));
  expect(text).toContain("BecomeFailed: host: sudo asks for a password to become root, and none is known");
  expect(text).toMatch(/-K, LAB_BECOME_PASSWORD_FILE/);
  expect(performance.now() - started).toBeLessThan(5000);
});

it("says when the password is wrong, and sends it once only, however many batches wait", async () => {
  user.maySudo("ALL=(ALL) ALL");
  const connection = await fixture.open({ user: user.name, becomePassword: new Secret("wrong password") });
  const texts = await Promise.all([1, 2, 3].map(() => refusal(whoAmI(connection, "root"))));
  for (const text of texts) {
    expect(text).toContain(`BecomeFailed: host: sudo did not accept the password of ${user.name} to become root`);
    expect(text).not.toContain("wrong password");
  }
  // What needs no sudo goes on.
  expect(await whoAmI(connection)).toBe(user.name);
});

it("gives sudo's own words when the user may not", async () => {
  user.maySudo(null);
  const connection = await fixture.open({ user: user.name, becomePassword: becomePassword() });
  const text = await refusal(whoAmI(connection, "root"));
  expect(text).toContain(`${user.name} cannot become root:`);
  expect(text).toMatch(/not in the sudoers file|may not run sudo|not allowed/);
});

it("goes without sudo if we are that user already", async () => {
  user.maySudo(null);
  expect(await whoAmI(await fixture.open({ user: user.name }), user.name)).toBe(user.name);
  expect(await whoAmI(await fixture.open(), "root")).toBe("root");
});

it("steps down from root to any user", async () => {
  const connection = await fixture.open();
  const reply = await connection.send(oneBatch([read.exec(["sh", "-c", 'id -un; echo "$HOME"'])], user.name));
  expect(execOf(reply).stdout).toBe(`${user.name}\n/home/${user.name}\n`);
});

it("steps down from root on a host without sudo", async () => {
  // A PATH without sudo stands for a host that has none, as Proxmox VE is delivered.
  const folder = mkdtempSync(join(tmpdir(), "lab-no-sudo-"));
  const tools = [
    "sh",
    "id",
    "runuser",
    "env",
    "cat",
    "mkdir",
    "rm",
    "wc",
    "sleep",
    "setsid",
    "chmod",
    "stat",
    "sha256sum",
    "mv",
    "dd",
    "readlink",
    "rmdir",
  ];
  for (const tool of tools) {
    execFileSync("ln", ["-s", execFileSync("which", [tool], { encoding: "utf8" }).trim(), join(folder, tool)]);
  }
  execFileSync("chmod", ["755", folder]);
  const bare = await sshFixture({ config: [`SetEnv PATH=${folder}`] });
  try {
    const connection = await bare.open();
    const reply = await connection.send(oneBatch([read.exec(["sh", "-c", 'id -un; echo "$HOME"'])], user.name));
    expect(execOf(reply).stdout).toBe(`${user.name}\n/home/${user.name}\n`);
  } finally {
    await bare.stop();
    rmSync(folder, { recursive: true });
  }
});

it("carries large contents as the other user too", async () => {
  user.maySudo("ALL=(ALL) ALL");
  const big = randomBytes(300_000);
  const path = `/home/${other.name}/big`;
  const connection = await fixture.open({ user: user.name, becomePassword: becomePassword() });
  const reply = await connection.send(oneBatch([write.file(path, big, { mode: "0600" })], other.name));
  expect(reply.replies[0]?.[0]).toMatchObject({ kind: "done" });
  expect(reply.counters.roundTrips).toBe(2);
  expect(Buffer.compare(readFileSync(path), big)).toBe(0);
  expect(statSync(path).uid).toBe(Number(execFileSync("id", ["-u", other.name], { encoding: "utf8" })));
});

it("refuses a user name that could be read as something else", async () => {
  const connection = await fixture.open({ user: user.name });
  const file = join(fixture.home, "pwned");
  for (const name of [`x; touch ${file}`, "-i", "$(id)", "a'b"]) {
    expect(await refusal(whoAmI(connection, name))).toContain(`cannot become "${name}": that is no user name`);
  }
  expect(existsSync(file)).toBe(false);
});
