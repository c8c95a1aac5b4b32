import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { Secret } from "../../../engine/value/secret.ts";
import { refusal, type SshFixture, sshFixture, whoAmI } from "../../support/ssh-fixture.ts";
import { makeKey } from "../../support/sshd.ts";
import { makeUser, type TestUser } from "../../support/sshd-user.ts";

let keys: SshFixture;
let passwords: SshFixture;
let interactive: SshFixture;
let user: TestUser;
let ssh: string;
let agentPid: number | undefined;

beforeAll(async () => {
  keys = await sshFixture();
  passwords = await sshFixture({ config: ["PasswordAuthentication yes", "PubkeyAuthentication no"] });
  interactive = await sshFixture({
    config: ["UsePAM yes", "KbdInteractiveAuthentication yes", "PubkeyAuthentication no"],
  });
  user = makeUser();
  ssh = join(keys.home, ".ssh");
});
afterAll(async () => {
  await Promise.all([keys, passwords, interactive].map((fixture) => fixture?.stop()));
  user?.remove();
});
beforeEach(() => writeFileSync(join(ssh, "config"), ""));
afterEach(() => {
  if (agentPid !== undefined) process.kill(agentPid);
  agentPid = undefined;
});

function startAgent(files: readonly string[]): string {
  const socket = join(keys.home, `agent-${Date.now()}`);
  const said = execFileSync("ssh-agent", ["-s", "-a", socket], { encoding: "utf8" });
  agentPid = Number(/SSH_AGENT_PID=(\d+)/.exec(said)?.[1]);
  for (const file of files) {
    execFileSync("ssh-add", ["-q", file], { env: { ...process.env, SSH_AUTH_SOCK: socket }, stdio: "pipe" });
  }
  return socket;
}

it("logs in with a key of the agent", async () => {
  const only = join(keys.home, "in-agent");
  keys.sshd.authorize([makeKey(only), readFileSync(join(ssh, "id_ed25519.pub"), "utf8")]);
  const socket = startAgent([only]);
  rmSync(only);
  const env = { SSH_AUTH_SOCK: socket };
  expect(await whoAmI(await keys.open({ privateKey: only }, { env }))).toBe("root");
  // The same through IdentityAgent; and not at all if the agent is ruled out.
  writeFileSync(join(ssh, "config"), `IdentityAgent ${socket}\nIdentityFile ${only}\n`);
  expect(await whoAmI(await keys.open())).toBe("root");
  writeFileSync(join(ssh, "config"), `IdentityAgent none\nIdentityFile ${only}\n`);
  const text = await refusal(keys.open({}, { env }));
  expect(text).toContain(`key ${only}: there is no such file`);
});

it("offers the agent's right key first, and none but that with IdentitiesOnly", async () => {
  const right = join(keys.home, "right");
  const wrong = Array.from({ length: 7 }, (_, index) => join(keys.home, `wrong-${index}`));
  for (const file of wrong) makeKey(file);
  const publicKey = makeKey(right);
  keys.sshd.authorize([publicKey, readFileSync(join(ssh, "id_ed25519.pub"), "utf8")]);
  const env = { SSH_AUTH_SOCK: startAgent([...wrong, right]) };
  // Seven wrong ones are one more than MaxAuthTries: that it works shows that the named one went first.
  expect(await whoAmI(await keys.open({ privateKey: right }, { env }))).toBe("root");
  keys.sshd.authorize([]);
  const many = await refusal(keys.open({ privateKey: right }, { env }));
  expect(many).toMatch(/too many authentication failures/i);
  expect(many).toContain("IdentitiesOnly");
  writeFileSync(join(ssh, "config"), "IdentitiesOnly yes\n");
  const only = await refusal(keys.open({ privateKey: right }, { env }));
  expect(only.match(/refused by the server/g)).toHaveLength(1);
  keys.sshd.authorize([readFileSync(join(ssh, "id_ed25519.pub"), "utf8")]);
});

it("unlocks a key with a passphrase that is known or asked for", async () => {
  const locked = join(keys.home, "locked");
  keys.sshd.authorize([
    makeKey(locked, { passphrase: "open sesame" }),
    readFileSync(join(ssh, "id_ed25519.pub"), "utf8"),
  ]);
  const passphrase = new Secret("open sesame");
  expect(await whoAmI(await keys.open({ privateKey: locked, passphrase }))).toBe("root");

  const questions: string[] = [];
  const answers = ["wrong", "open sesame"];
  const askPassphrase = async (question: string) => {
    questions.push(question);
    return new Secret(answers.shift() ?? "");
  };
  expect(await whoAmI(await keys.open({ privateKey: locked }, { askPassphrase }))).toBe("root");
  expect(questions).toEqual([`Passphrase for ${locked}: `, `Passphrase for ${locked}: `]);

  expect(await refusal(keys.open({ privateKey: locked }))).toContain(
    `key ${locked}: it needs a passphrase and none is known`,
  );
  const wrong = await refusal(keys.open({ privateKey: locked, passphrase: new Secret("no") }));
  expect(wrong).toContain(`key ${locked}: the passphrase is wrong`);
  expect(wrong).toContain("the server takes: publickey");
});

it("says of each key why it did not do", async () => {
  const files = {
    open: join(keys.home, "too-open"),
    stranger: join(keys.home, "stranger"),
    text: join(keys.home, "text"),
  };
  makeKey(files.stranger);
  copyFileSync(files.stranger, files.open);
  chmodSync(files.open, 0o644);
  writeFileSync(files.text, "not a key", { mode: 0o600 });
  writeFileSync(
    join(ssh, "config"),
    `IdentityFile ${files.open}\nIdentityFile ${files.text}\nIdentityFile %d/none\nIdentityFile ~/stranger\n`,
  );
  const text = await refusal(keys.open());
  expect(text).toContain(`key ${files.open}: others may read it (mode 644): chmod 600 ${files.open}`);
  expect(text).toContain(`key ${files.text}: it is no private key that we can read`);
  expect(text).toContain(`key ${keys.home}/none: there is no such file`);
  expect(text).toContain(`key ${files.stranger}: refused by the server`);
});

it("logs in with ecdsa and rsa keys", async () => {
  for (const type of ["ecdsa", "rsa"] as const) {
    const file = join(keys.home, `key-${type}`);
    keys.sshd.authorize([makeKey(file, { type }), readFileSync(join(ssh, "id_ed25519.pub"), "utf8")]);
    expect(await whoAmI(await keys.open({ privateKey: file }))).toBe("root");
  }
});

it("logs in with a password, and says when it is wrong or missing", async () => {
  const password = new Secret(user.password);
  expect(await whoAmI(await passwords.open({ user: user.name, password }))).toBe(user.name);
  const wrong = await refusal(passwords.open({ user: user.name, password: new Secret("wrong") }));
  expect(wrong).toContain("password: refused by the server");
  expect(wrong).not.toContain("wrong)");
  const none = await refusal(passwords.open({ user: user.name }));
  expect(none).toContain("password: none is known (-k, lab_password)");
  expect(none).toContain("the server takes: password");
});

it("logs in keyboard-interactively", async () => {
  const password = new Secret(user.password);
  expect(await whoAmI(await interactive.open({ user: user.name, password }))).toBe(user.name);
  const wrong = await refusal(interactive.open({ user: user.name, password: new Secret("wrong") }));
  expect(wrong).toContain("keyboard-interactive: refused by the server");
});

it("gives both where the server wants both", async () => {
  const both = await sshFixture({
    config: ["PasswordAuthentication yes", "AuthenticationMethods publickey,password"],
  });
  const password = new Secret(user.password);
  expect(await whoAmI(await both.open({ user: user.name, password }))).toBe(user.name);
  expect(await refusal(both.open({ user: user.name }))).toContain("accepted, but the server wants more");
  await both.stop();
});
