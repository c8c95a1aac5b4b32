import { homedir, hostname, userInfo } from "node:os";
import { resolve } from "node:path";
import type { Connection, OpenConnection } from "../connection/connection.ts";
import { openConnections, openWith } from "../connection/open-connections.ts";
import type { Diagnostic } from "../errors/diagnostic.ts";
import { createRedactor, type Redactor } from "../report/redact.ts";
import type { Claimant } from "../run/session/machine-lock.ts";
import { findRoot } from "../site/files.ts";
import type { Secret } from "../value/secret.ts";
import { askNodes } from "./ask-nodes.ts";
import { askSecret, passwordFor } from "./ask-secret.ts";
import { diskFiles } from "./disk-files.ts";
import type { Call, CallRequest } from "./load-call.ts";
import type { RunCallOptions } from "./open-run.ts";
import { newRunId } from "./run-id.ts";

export interface OutsideOptions extends Pick<RunCallOptions, "user" | "privateKey"> {
  readonly askPass?: boolean;
  readonly askBecomePass?: boolean;
  readonly acceptNewHostKeys?: boolean;
}
interface Passwords {
  readonly becomePassword: Secret | undefined;
  readonly connectionPassword: Secret | undefined;
}

/** What loading and running share of the world outside: who asks nodes for their guests logs in as the run does. */
export interface Outside {
  readonly runId: string;
  now(): Date;
  readonly redactor: Redactor;
  /** Who we are, for the locks of machines. */
  readonly claimant: Omit<Claimant, "waitMs">;
  /** Asked for once, and not before somebody needs them. */
  passwords(): Promise<Passwords>;
  /** The run's connections: what was opened to ask for guests is used again. */
  connections(sandbox: Call["sandbox"], warn: (diagnostic: Diagnostic) => void): OpenConnection;
  readonly ask: NonNullable<CallRequest["ask"]>;
  /** What opens the site's secrets: all that was opened is known to the redactor. */
  readonly keys: NonNullable<CallRequest["keys"]>;
  /** What connecting has warned of while nodes were asked. */
  readonly warnings: readonly Diagnostic[];
  close(): Promise<void>;
}

export function openOutside(folder: string, options: OutsideOptions): Outside {
  const now = (): Date => new Date();
  const runId = newRunId(now());
  const redactor = createRedactor();
  const warnings: Diagnostic[] = [];
  let asked: Promise<Passwords> | null = null;
  const passwords = (): Promise<Passwords> => (asked ??= askPasswords(options, redactor));
  let describe: Call["sandbox"]["describe"] = () => undefined;
  let warn = (diagnostic: Diagnostic): void => void warnings.push({ severity: "warning", ...diagnostic });
  const environment = {
    env: process.env,
    home: homedir(),
    userName: userInfo().username,
    acceptNewHostKeys: options.acceptNewHostKeys ?? false,
    warn: (diagnostic: Diagnostic) => warn(diagnostic),
    askPassphrase: askSecret,
  };
  // One opener for both: a key's passphrase is asked for once, and an open connection is shared.
  const openInLab = openWith(async () => {
    const { openSiteLab } = await import("./open-lab.ts");
    return openSiteLab(findRoot(diskFiles, folder), { describe: (target) => describe(target) }).open;
  });
  const open = openConnections(environment, openInLab);
  const held: Connection[] = [];
  return {
    runId,
    now,
    redactor,
    claimant: { who: `${userInfo().username}@${hostname()}`, pid: process.pid },
    passwords,
    warnings,
    keys: {
      hide: (secret) => redactor.add(secret),
      askPassphrase: () => askSecret("passphrase of the secrets"),
    },
    connections(sandbox, tell) {
      describe = sandbox.describe;
      warn = tell;
      return open;
    },
    close: async () => {
      for (const connection of held) await connection.close();
    },
    async ask({ sandbox, ...request }) {
      const { becomePassword, connectionPassword } = await passwords();
      const logIn = {
        ...(becomePassword && { becomePassword }),
        ...(connectionPassword && { connectionPassword }),
        ...(options.user !== undefined && { remoteUser: options.user }),
        ...(options.privateKey !== undefined && { privateKey: resolve(folder, options.privateKey) }),
      };
      describe = sandbox.describe;
      // Held until the end, so that the run does not log in once more.
      const openAndHold: OpenConnection = async (target) => {
        held.push(await open(target));
        return open(target);
      };
      return askNodes(request, { open: openAndHold, logIn, runId, hide: (secret) => redactor.add(secret) });
    },
  };
}

async function askPasswords(options: OutsideOptions, redactor: Redactor): Promise<Passwords> {
  const becomePassword = await passwordFor(options.askBecomePass ?? false, "sudo password", "LAB_BECOME_PASSWORD_FILE");
  const connectionPassword = await passwordFor(options.askPass ?? false, "SSH password", "LAB_PASSWORD_FILE");
  for (const password of [becomePassword, connectionPassword]) if (password) redactor.add(password);
  return { becomePassword, connectionPassword };
}
