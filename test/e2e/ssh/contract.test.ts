import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { openSsh } from "../../../engine/connection/ssh/open-ssh.ts";
import { connectionSuite } from "../../contract/connection/connection-suite.ts";
import { testEnvironment } from "../../support/connection-environment.ts";
import { makeKey, type Sshd, startSshd } from "../../support/sshd.ts";

let sshd: Sshd | undefined;
afterAll(() => sshd?.stop());

connectionSuite("ssh", { disk: true, shell: true }, async () => {
  sshd = await startSshd();
  const { environment, home } = testEnvironment();
  sshd.authorize([makeKey(join(home, ".ssh/id_ed25519"))]);
  const { port } = sshd;
  writeFileSync(join(home, ".ssh/known_hosts"), `[127.0.0.1]:${port} ${sshd.hostKey("ed25519")}\n`);
  return {
    open: () => openSsh(environment)({ name: "host", connection: "ssh", host: "127.0.0.1", port, user: "root" }),
    folder: mkdtempSync(join(tmpdir(), "lab-ssh-")),
  };
});
