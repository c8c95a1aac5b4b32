import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Target } from "../../../../engine/connection/connection.ts";
import { parseJump, type SshSettings, sshSettings } from "../../../../engine/connection/ssh/ssh-settings.ts";
import { type TestEnvironment, testEnvironment } from "../../../support/connection-environment.ts";

let test: TestEnvironment;
beforeEach(() => {
  test = testEnvironment({ userName: "me", env: { SSH_AUTH_SOCK: "/agent", KEYS: "/keys" } });
});
afterEach(() => test.remove());

function settings(config: string, target: Partial<Target> = {}): Promise<SshSettings> {
  writeFileSync(join(test.home, ".ssh/config"), config);
  return sshSettings({ name: "nas", connection: "ssh", ...target }, test.environment);
}

it("has defaults for all that nobody says", async () => {
  const ssh = join(test.home, ".ssh");
  expect(await settings("")).toEqual({
    hostName: "nas",
    port: 22,
    user: "me",
    identityFiles: ["id_ed25519", "id_ecdsa", "id_rsa"].map((name) => ({ path: join(ssh, name), named: false })),
    identitiesOnly: false,
    agentSocket: "/agent",
    jumps: [],
    userKnownHosts: [join(ssh, "known_hosts"), join(ssh, "known_hosts2")],
    globalKnownHosts: ["/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"],
    acceptNew: false,
    hashKnownHosts: false,
    hostKeyAlias: null,
    connectMs: 10_000,
    keepAliveMs: 15_000,
    keepAliveCount: 3,
  } satisfies SshSettings);
  expect(test.warnings).toEqual([]);
});

it("takes what the configuration says of the host, the first value winning", async () => {
  const config = `
    host nas
      hostname %h.lab.example
      Port 2222
      USER admin
    Host other
      Port 1
    Host *
      Port 3
      ServerAliveInterval 1m
      ServerAliveCountMax 5
      ConnectTimeout 3
      HostKeyAlias alias
      HashKnownHosts yes
      UserKnownHostsFile ~/.ssh/a "/etc/b c"
      GlobalKnownHostsFile none
  `;
  expect(await settings(config)).toMatchObject({
    hostName: "nas.lab.example",
    port: 2222,
    user: "admin",
    keepAliveMs: 60_000,
    keepAliveCount: 5,
    connectMs: 3000,
    hostKeyAlias: "alias",
    hashKnownHosts: true,
    userKnownHosts: [join(test.home, ".ssh/a"), "/etc/b c"],
    globalKnownHosts: [],
  });
});

it("lets the inventory win over the configuration", async () => {
  const config = "Host 10.0.0.5\n  HostName 10.0.0.6\n  Port 22\n  User a\n  IdentityFile ~/theirs\n";
  const found = await settings(config, { host: "10.0.0.5", port: 99, user: "b", privateKey: "~/mine" });
  expect(found).toMatchObject({ hostName: "10.0.0.6", port: 99, user: "b" });
  expect(found.identityFiles).toEqual([
    { path: join(test.home, "mine"), named: true },
    { path: join(test.home, "theirs"), named: true },
  ]);
});

it("replaces tokens and variables, each once", async () => {
  const config =
    "HostName real\nUser %u\nIdentityFile %d/.ssh/%r@%h\nIdentityFile ${KEYS}/%n-%p-%%h\nIdentityFile ~/x\nIdentityFile %d/.ssh/%r@%h\n";
  const found = await settings(config.replace("User %u", "User remote"));
  expect(found.identityFiles.map(({ path }) => path)).toEqual([
    `${test.home}/.ssh/remote@real`,
    "/keys/nas-22-%h",
    `${test.home}/x`,
  ]);
});

describe("the agent", () => {
  const cases: readonly [string, string | null][] = [
    ["", "/agent"],
    ["IdentityAgent none", null],
    ["IdentityAgent SSH_AUTH_SOCK", "/agent"],
    ["IdentityAgent $KEYS", "/keys"],
    ["IdentityAgent $UNSET", null],
    ["IdentityAgent ~/sock", "HOME/sock"],
  ];
  it.each(cases)("%s → %s", async (config, socket) => {
    expect((await settings(config)).agentSocket).toBe(socket?.replace("HOME", test.home) ?? null);
  });
});

describe("host keys", () => {
  it.each([
    ["yes", false],
    ["ask", false],
    ["accept-new", true],
  ])("StrictHostKeyChecking %s", async (value, accepts) => {
    expect((await settings(`StrictHostKeyChecking ${value}`)).acceptNew).toBe(accepts);
    expect(test.warnings).toEqual([]);
  });
  it.each(["no", "off"])("StrictHostKeyChecking %s is not obeyed", async (value) => {
    expect((await settings(`StrictHostKeyChecking ${value}`)).acceptNew).toBe(true);
    expect(test.warnings.join()).toContain("taken as accept-new");
  });
});

describe("Include", () => {
  beforeEach(() => {
    mkdirSync(join(test.home, ".ssh/conf.d"));
    writeFileSync(join(test.home, ".ssh/conf.d/20-b.conf"), "Host nas\n  Port 20\n");
    writeFileSync(join(test.home, ".ssh/conf.d/10-a.conf"), "Host nas\n  Port 10\nHost elsewhere\n  User wrong\n");
    writeFileSync(join(test.home, ".ssh/conf.d/.hidden.conf"), "Port 1\n");
    writeFileSync(join(test.home, ".ssh/user"), "User included\n");
  });

  it("reads the files in order, and goes on where it stood", async () => {
    expect(await settings("Include conf.d/*.conf\nUser after\n")).toMatchObject({ port: 10, user: "after" });
    expect(await settings("Include ~/.ssh/user nowhere\n")).toMatchObject({ user: "included" });
    expect(test.warnings).toEqual([]);
  });
  it("belongs to the block that it stands in", async () => {
    expect(await settings("Host other\n  Include user\n")).toMatchObject({ user: "me" });
    expect(await settings("Host nas\n  Include user\n  Port 7\n")).toMatchObject({ user: "included", port: 7 });
  });
  it("ends a circle with a warning", async () => {
    writeFileSync(join(test.home, ".ssh/loop"), "Include loop\nPort 5\n");
    expect(await settings("Include loop\n")).toMatchObject({ port: 5 });
    expect(test.warnings.join()).toContain("nested more than 16 deep");
  });
});

it("refuses what it cannot do instead of going another way", async () => {
  await expect(settings("ProxyCommand nc %h %p")).rejects.toThrow(/ProxyCommand, which is not supported/);
  expect((await settings("ProxyCommand none")).jumps).toEqual([]);
  await expect(settings("Port many")).rejects.toThrow(/names the port "many"/);
});

it("does not run the command of a Match exec, and says so", async () => {
  const mark = join(test.home, "ran");
  expect(await settings(`Match exec "touch ${mark}"\n  Port 7\n`)).toMatchObject({ port: 22 });
  expect(test.warnings.join()).toContain("`Match exec` is not run");
  await expect(import("node:fs/promises").then((fs) => fs.stat(mark))).rejects.toThrow(/ENOENT/);
});

it("ignores a file that it cannot parse, with a warning", async () => {
  expect(await settings('Host "unclosed\n')).toMatchObject({ port: 22 });
  expect(test.warnings.join()).toContain("cannot be parsed");
});

it("reads the system's configuration after the user's", async () => {
  const system = join(test.home, "system");
  writeFileSync(system, "Port 1\nUser system\nIdentityFile /s\n");
  writeFileSync(join(test.home, ".ssh/config"), "Port 2\nIdentityFile /u\n");
  const found = await sshSettings(
    { name: "nas", connection: "ssh" },
    test.with({ sshConfigFiles: [join(test.home, ".ssh/config"), system] }),
  );
  expect(found).toMatchObject({ port: 2, user: "system" });
  expect(found.identityFiles.map(({ path }) => path)).toEqual(["/u", "/s"]);
});

describe("jump hosts", () => {
  it("reads lists", async () => {
    expect((await settings("ProxyJump a, root@b:2200")).jumps).toEqual(["a", "root@b:2200"]);
    expect((await settings("ProxyJump none")).jumps).toEqual([]);
  });
  it.each([
    ["host", { host: "host" }],
    ["me@host", { host: "host", user: "me" }],
    ["me@host:2200", { host: "host", user: "me", port: 2200 }],
    ["ssh://me@host:2200", { host: "host", user: "me", port: 2200 }],
    ["[fe80::1]:22", { host: "fe80::1", port: 22 }],
    ["a@b@host", { host: "host", user: "a@b" }],
  ])("parses %s", (text, parsed) => {
    expect(parseJump(text)).toEqual(parsed);
  });
  it.each(["", "a:b:c", "host:port", "user@"])("refuses %j", (text) => {
    expect(() => parseJump(text)).toThrow(/is no jump host/);
  });
});
