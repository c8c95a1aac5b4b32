import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";

/** A real sshd on a loopback port, with host keys and configuration of its own. Needs root; fails where sshd is missing. */
export interface Sshd {
  readonly port: number;
  readonly folder: string;
  readonly pid: number;
  /** Writes the keys that may log in, as any user. */
  authorize(publicKeys: readonly string[]): void;
  /** `type base64` of a host key. */
  hostKey(type: HostKeyType): string;
  /** The processes that serve the connections of now. */
  sessions(): readonly number[];
  log(): string;
  stop(): Promise<void>;
}
export type HostKeyType = "ed25519" | "ecdsa" | "rsa";

export interface SshdOptions {
  readonly hostKeys?: readonly HostKeyType[];
  /** Lines of sshd_config; for a keyword that stands twice sshd takes the first, so these win. */
  readonly config?: readonly string[];
  /** What starts it, with sshd's own words behind: a command that ends in becoming it (`exec`). */
  readonly behind?: readonly string[];
}

export async function startSshd({ hostKeys = ["ed25519"], config = [], behind = [] }: SshdOptions = {}): Promise<Sshd> {
  // sshd refuses to start without its folder for privilege separation, which only its service unit makes.
  mkdirSync("/run/sshd", { recursive: true, mode: 0o755 });
  const folder = mkdtempSync(join(tmpdir(), "lab-sshd-"));
  // Readable for every user: sshd reads authorized_keys as the user who logs in.
  chmodSync(folder, 0o755);
  for (const type of hostKeys) makeKey(hostKeyFile(folder, type), { type });
  const port = await freePort();
  const authorizedKeys = join(folder, "authorized_keys");
  writeFileSync(authorizedKeys, "", { mode: 0o644 });
  const lines = [
    ...config,
    `Port ${port}`,
    "ListenAddress 127.0.0.1",
    ...hostKeys.map((type) => `HostKey ${hostKeyFile(folder, type)}`),
    `AuthorizedKeysFile ${authorizedKeys}`,
    `PidFile ${join(folder, "sshd.pid")}`,
    "UsePAM no",
    "StrictModes no",
    "PermitRootLogin yes",
    "PasswordAuthentication no",
    "KbdInteractiveAuthentication no",
    "LogLevel VERBOSE",
    // Tests open many at once, which sshd would otherwise turn away at random.
    "MaxStartups 100",
    "Subsystem sftp internal-sftp",
  ];
  writeFileSync(join(folder, "sshd_config"), `${lines.join("\n")}\n`);
  const logFile = join(folder, "log");
  const words = [...behind, "/usr/sbin/sshd", "-D", "-f", join(folder, "sshd_config"), "-E", logFile] as const;
  const child = spawn("env", words, { stdio: "pipe" });
  // From the start: whoever interrupts a terminal ends it too, before it is stopped.
  const closed = new Promise<void>((resolve) => void child.once("close", () => resolve()));
  const pid = await listening(child, logFile);

  return {
    port,
    folder,
    pid,
    authorize: (publicKeys) => writeFileSync(authorizedKeys, publicKeys.map((key) => `${key.trim()}\n`).join("")),
    hostKey: (type) =>
      readFileSync(`${hostKeyFile(folder, type)}.pub`, "utf8")
        .split(" ")
        .slice(0, 2)
        .join(" "),
    sessions: () => childrenOf(pid),
    log: () => readFileSync(logFile, "utf8"),
    stop: async () => {
      for (const session of childrenOf(pid)) signal(session, "SIGKILL");
      // A stopped process does not die of SIGTERM until it goes on.
      signal(pid, "SIGKILL");
      await closed;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function listening(child: ChildProcess, logFile: string): Promise<number> {
  let failure: string | undefined;
  child.once("error", (error) => {
    failure = error.message;
  });
  child.once("exit", (code) => {
    failure ??= `it ended with ${code}`;
  });
  for (let waited = 0; waited < 10_000; waited += 20) {
    const log = logOf(logFile);
    if (log.includes("Server listening")) break;
    if (failure !== undefined) throw new Error(`sshd does not start: ${failure}\n${log}`);
    await setTimeout(20);
  }
  if (child.pid === undefined) throw new Error(`sshd does not start: ${failure}`);
  return child.pid;
}

function logOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

function hostKeyFile(folder: string, type: HostKeyType): string {
  return join(folder, `host_${type}`);
}

export function makeKey(
  path: string,
  { type = "ed25519", passphrase = "" }: { readonly type?: HostKeyType; readonly passphrase?: string } = {},
): string {
  execFileSync("ssh-keygen", ["-q", "-t", type, "-N", passphrase, "-C", "test", "-f", path]);
  return readFileSync(`${path}.pub`, "utf8");
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => void server.close(() => resolve()));
  return port;
}

export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has gone by itself.
  }
}

function childrenOf(pid: number): readonly number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((each) => parentOf(each) === pid);
}

function parentOf(pid: number): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The second field is a name in parentheses that may hold anything.
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    return null;
  }
}
