import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import type { ConnectionEnvironment } from "../../engine/connection/environment.ts";

export interface TestEnvironment {
  readonly environment: ConnectionEnvironment;
  readonly home: string;
  /** What was warned of. */
  readonly warnings: string[];
  with(changes: Partial<ConnectionEnvironment>): ConnectionEnvironment;
  remove(): void;
}

/** An environment with an empty home folder: nothing of the machine's own ssh configuration, keys or agent is seen. */
export function testEnvironment(changes: Partial<ConnectionEnvironment> = {}): TestEnvironment {
  const home = mkdtempSync(join(tmpdir(), "lab-home-"));
  mkdirSync(join(home, ".ssh"), { mode: 0o700 });
  const warnings: string[] = [];
  const environment: ConnectionEnvironment = {
    env: { PATH: process.env.PATH },
    home,
    userName: userInfo().username,
    acceptNewHostKeys: false,
    warn: (diagnostic) => warnings.push(diagnostic.message),
    sshConfigFiles: [join(home, ".ssh/config")],
    ...changes,
  };
  return {
    environment,
    home,
    warnings,
    with: (more) => ({ ...environment, ...more }),
    remove: () => rmSync(home, { recursive: true, force: true }),
  };
}
