import type { Diagnostic } from "../errors/diagnostic.ts";
import type { Secret } from "../value/secret.ts";

/** What connections know of the machine and the user that runs us. Made by the command line; nothing here reads `process`. */
export interface ConnectionEnvironment {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The home folder, absolute. */
  readonly home: string;
  readonly userName: string;
  /** `--accept-new-host-keys`: record the key of a host that is not known yet. A changed key is refused all the same. */
  readonly acceptNewHostKeys: boolean;
  /** Something the user should know though we go on. Each text is told once per run. */
  readonly warn: (diagnostic: Diagnostic) => void;
  /** Asks for the passphrase of a key; null when nobody is there to answer. Unsaid: nobody is. */
  readonly askPassphrase?: (question: string) => Promise<Secret | null>;
  /** In order of precedence. Unsaid: `~/.ssh/config`, `/etc/ssh/ssh_config`. */
  readonly sshConfigFiles?: readonly string[];
  readonly limits?: Partial<ConnectionLimits>;
}

export interface ConnectionLimits {
  /** Until the TCP connection stands. `ConnectTimeout` of the ssh configuration wins. */
  readonly connectMs: number;
  /** From there until the keys are exchanged. */
  readonly handshakeMs: number;
  /** How long the server may think about one attempt to log in. Ours to answer (a passphrase) is not counted. */
  readonly loginMs: number;
  /** Until the shell at the other end says that it is ready. */
  readonly readyMs: number;
  /** How long a large content may be stuck on its way. */
  readonly stallMs: number;
  /** Between two keep-alives; after `keepAliveCount` without an answer the connection counts as dropped. */
  readonly keepAliveMs: number;
  readonly keepAliveCount: number;
  /** What a batch may take beyond the time limits of its operations. */
  readonly batchSlackMs: number;
}

// 15 s × 3: a host that vanished is noticed within a minute, and a router's NAT entry (30 s at worst) stays alive.
const defaults: ConnectionLimits = {
  connectMs: 10_000,
  handshakeMs: 20_000,
  loginMs: 60_000,
  readyMs: 60_000,
  stallMs: 120_000,
  keepAliveMs: 15_000,
  keepAliveCount: 3,
  batchSlackMs: 60_000,
};

export function limitsOf(environment: ConnectionEnvironment): ConnectionLimits {
  return { ...defaults, ...environment.limits };
}
