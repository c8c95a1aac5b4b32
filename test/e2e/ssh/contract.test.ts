import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { connectionSuite } from "../../contract/connection/connection-suite.ts";
import { type SshFixture, sshFixture } from "../../support/ssh-fixture.ts";

let fixture: SshFixture | undefined;
afterAll(() => fixture?.stop());

connectionSuite("ssh", { disk: true, shell: true }, async () => {
  const running = await sshFixture();
  fixture = running;
  const folder = mkdtempSync(join(tmpdir(), "lab-ssh-"));
  return { open: () => running.open(), folder, remove: () => rmSync(folder, { recursive: true }) };
});
