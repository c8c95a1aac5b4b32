import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { refusal, type SshFixture, sshFixture, trust, whoAmI } from "../../support/ssh-fixture.ts";
import { makeKey } from "../../support/sshd.ts";

let fixture: SshFixture;
let knownHosts: string;
let otherKey: string;

beforeAll(async () => {
  fixture = await sshFixture({ hostKeys: ["rsa", "ecdsa", "ed25519"] });
  knownHosts = join(fixture.home, ".ssh/known_hosts");
  otherKey = makeKey(join(fixture.home, "other")).split(" ").slice(0, 2).join(" ");
});
afterAll(() => fixture?.stop());
beforeEach(() => {
  trust(fixture.home, fixture.sshd);
  writeFileSync(join(fixture.home, ".ssh/config"), "");
});

const name = () => `[127.0.0.1]:${fixture.sshd.port}`;
const fingerprintOf = (file: string) => execFileSync("ssh-keygen", ["-lf", file], { encoding: "utf8" }).split(" ")[1];

it("lets in where the key is known, also hashed as OpenSSH does it", async () => {
  expect(await whoAmI(await fixture.open())).toBe("root");
  execFileSync("ssh-keygen", ["-H", "-f", knownHosts], { stdio: "ignore" });
  expect(readFileSync(knownHosts, "utf8")).toMatch(/^\|1\|/);
  expect(await whoAmI(await fixture.open())).toBe("root");
});

it("asks for the type of key that is known, not the one the server likes best", async () => {
  for (const type of ["ecdsa", "rsa"] as const) {
    writeFileSync(knownHosts, `${name()} ${fixture.sshd.hostKey(type)}\n`);
    expect(await whoAmI(await fixture.open())).toBe("root");
  }
});

it("shows the fingerprint of an unknown key as ssh-keygen does, and records nothing", async () => {
  writeFileSync(knownHosts, "");
  const text = await refusal(fixture.open());
  expect(text).toContain(`the host key of ${name()} is not known: ssh-ed25519`);
  expect(text).toContain(fingerprintOf(join(fixture.sshd.folder, "host_ed25519.pub")));
  expect(text).toContain("--accept-new-host-keys");
  expect(readFileSync(knownHosts, "utf8")).toBe("");
});

it("records an unknown key when told to, once and so that ssh-keygen finds it", async () => {
  writeFileSync(knownHosts, "# no newline at the end");
  chmodSync(knownHosts, 0o600);
  await fixture.open({}, { acceptNewHostKeys: true });
  expect(readFileSync(knownHosts, "utf8")).toBe(
    `# no newline at the end\n${name()} ${fixture.sshd.hostKey("ed25519")}\n`,
  );
  await fixture.open({}, { acceptNewHostKeys: true });
  await fixture.open();
  expect(readFileSync(knownHosts, "utf8").trim().split("\n")).toHaveLength(2);

  // A file of its own, made with the right mode, hashed if the configuration wants that.
  const file = join(fixture.home, "new/known");
  writeFileSync(
    join(fixture.home, ".ssh/config"),
    `Host *\n  UserKnownHostsFile ~/new/known\n  HashKnownHosts yes\n  StrictHostKeyChecking accept-new\n`,
  );
  expect(existsSync(file)).toBe(false);
  await fixture.open();
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readFileSync(file, "utf8")).toMatch(/^\|1\|/);
  expect(execFileSync("ssh-keygen", ["-F", name(), "-f", file], { encoding: "utf8" })).toContain("found");
  expect(await whoAmI(await fixture.open())).toBe("root");
});

it("refuses a changed key and names the line that knows the old one, even when told to accept new ones", async () => {
  writeFileSync(knownHosts, `# first line\n${name()} ${otherKey}\n`);
  writeFileSync(join(fixture.home, ".ssh/config"), "StrictHostKeyChecking no\n");
  for (const acceptNewHostKeys of [false, true]) {
    const text = await refusal(fixture.open({}, { acceptNewHostKeys }));
    expect(text).toContain("HAS CHANGED");
    expect(text).toContain(`${knownHosts}:2`);
    expect(text).toContain(fingerprintOf(join(fixture.home, "other.pub")));
    expect(text).toContain(fingerprintOf(join(fixture.sshd.folder, "host_ed25519.pub")));
  }
  expect(readFileSync(knownHosts, "utf8")).toBe(`# first line\n${name()} ${otherKey}\n`);
});

it("takes StrictHostKeyChecking no as accept-new, and says so", async () => {
  writeFileSync(knownHosts, "");
  writeFileSync(join(fixture.home, ".ssh/config"), "StrictHostKeyChecking no\n");
  await fixture.open();
  expect(fixture.test.warnings.join()).toContain("StrictHostKeyChecking no");
  expect(readFileSync(knownHosts, "utf8")).toContain(fixture.sshd.hostKey("ed25519"));
});

it("refuses a revoked key, even one that another line trusts", async () => {
  const key = fixture.sshd.hostKey("ed25519");
  writeFileSync(knownHosts, `${name()} ${key}\n@revoked * ${key}\n`);
  expect(await refusal(fixture.open({}, { acceptNewHostKeys: true }))).toContain(`is revoked at ${knownHosts}:2`);
});

it("refuses a host that only a certificate authority vouches for, and says why", async () => {
  writeFileSync(knownHosts, `@cert-authority * ${otherKey}\n`);
  const text = await refusal(fixture.open({}, { acceptNewHostKeys: true }));
  expect(text).toContain("host certificates are not supported");
  expect(text).toContain(`${knownHosts}:1`);
});

it("looks a host up under its HostKeyAlias", async () => {
  writeFileSync(knownHosts, `nas.lab ${fixture.sshd.hostKey("ed25519")}\n`);
  expect(await refusal(fixture.open())).toContain("is not known");
  writeFileSync(join(fixture.home, ".ssh/config"), "HostKeyAlias nas.lab\n");
  expect(await whoAmI(await fixture.open())).toBe("root");
});
