import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { makeKey, startSshd } from "../support/sshd.ts";

/**
 * A host of its own as far as the plays can see: a real sshd on loopback whose root has a home, a /srv and crontabs that
 * nobody else sees, by a mount namespace. So the same paths are named on all hosts, by all contenders.
 */
export interface BenchHost {
  readonly name: string;
  readonly port: number;
  readonly hostKey: string;
  /** How many sessions sshd has opened so far: commands, shells and file transfers. */
  sessions(): number;
  /** As it was when it was new. */
  reset(): void;
  /** What lies below `folder`, and the jobs of root's crontab: one line each, sorted. */
  tree(folder: string): readonly string[];
  stop(): Promise<void>;
}

export interface Ground {
  /** For the sites and configurations of the contenders. */
  readonly folder: string;
  readonly key: string;
  readonly hosts: readonly BenchHost[];
  stop(): Promise<void>;
}

/** Where the workload goes. On every host it is there already, and empty. */
export const workFolder = "/srv/bench";

const bound = { home: "/root", srv: "/srv", crontabs: "/var/spool/cron/crontabs" } as const;

export async function openGround(count: number): Promise<Ground> {
  // On a disk: a temporary folder in memory would make writing cheaper than it is.
  const base = mkdtempSync("/var/tmp/lab-bench-");
  chmodSync(base, 0o755);
  const folder = join(base, "controller");
  mkdirSync(folder);
  const key = join(folder, "key");
  const hosts: BenchHost[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(hosts.map((host) => host.stop()));
    rmSync(base, { recursive: true, force: true });
  };
  try {
    const publicKey = makeKey(key);
    for (let index = 0; index < count; index += 1) {
      hosts.push(await startHost(`bench${String(index + 1).padStart(2, "0")}`, base, publicKey));
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return { folder, key, hosts, stop };
}

async function startHost(name: string, base: string, publicKey: string): Promise<BenchHost> {
  const own = join(base, name);
  const reset = (): void => {
    for (const each of [...Object.keys(bound), "lock", "state"]) {
      mkdirSync(join(own, each), { recursive: true });
      for (const entry of readdirSync(join(own, each))) rmSync(join(own, each, entry), { recursive: true });
    }
    mkdirSync(join(own, "srv/bench"));
  };
  reset();
  const mounts = Object.entries(bound).map(([each, path]) => `mount --bind ${join(own, each)} ${path}`);
  const sshd = await startSshd({
    behind: ["unshare", "--mount", "--propagation", "private", "sh", "-c", `${mounts.join(" && ")} && exec "$@"`, "sh"],
    config: [`SetEnv LAB_LOCK_FOLDER=${join(own, "lock")} LAB_STATE_FOLDER=${join(own, "state")}`],
  });
  sshd.authorize([publicKey]);
  return {
    name,
    port: sshd.port,
    hostKey: sshd.hostKey("ed25519"),
    sessions: () => sshd.log().split("Starting session:").length - 1,
    reset,
    tree: (folder) => {
      const path = join(own, "srv", folder.slice("/srv".length));
      return [...treeLines(path, ""), ...jobLines(join(own, "crontabs/root"))].sort();
    },
    stop: () => sshd.stop(),
  };
}

/** One line for what is at a path below a folder: its type, mode, and what it holds. */
export function treeLine(path: string, type: "directory" | "file", mode: string, content = ""): string {
  const digest = type === "file" ? ` ${createHash("sha256").update(content).digest("hex")}` : "";
  return `${type} ${path} ${mode}${digest}`;
}

export function jobLine(schedule: string, job: string): string {
  return `job ${schedule} ${job}`;
}

function treeLines(folder: string, under: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const [path, shown] = [join(folder, entry.name), `${under}/${entry.name}`];
    const mode = (statSync(path, { throwIfNoEntry: false })?.mode ?? 0) & 0o7777;
    const octal = mode.toString(8).padStart(4, "0");
    if (entry.isSymbolicLink()) return [`link ${shown} ${readlinkSync(path)}`];
    if (!entry.isDirectory()) return [treeLine(shown, "file", octal, readFileSync(path, "utf8"))];
    return [treeLine(shown, "directory", octal), ...treeLines(path, shown)];
  });
}

/** Comments are left out: by them each contender finds its jobs again, each in its own way. */
function jobLines(file: string): readonly string[] {
  const text = statSync(file, { throwIfNoEntry: false }) === undefined ? "" : readFileSync(file, "utf8");
  const lines = text.split("\n").filter((line) => line.trim() !== "" && !line.startsWith("#"));
  return lines.map((line) => {
    const words = line.trim().split(/\s+/);
    return jobLine(words.slice(0, 5).join(" "), words.slice(5).join(" "));
  });
}

/** OpenSSH's configuration for these hosts, at these ports; and known_hosts beside it. */
export function writeSshConfig(
  folder: string,
  {
    key,
    hosts,
    ports,
  }: { readonly key: string; readonly hosts: readonly BenchHost[]; readonly ports: readonly number[] },
): string {
  const ssh = join(folder, ".ssh");
  mkdirSync(ssh, { recursive: true, mode: 0o700 });
  const portOf = (index: number): number => ports[index] ?? 0;
  writeFileSync(
    join(ssh, "known_hosts"),
    hosts.map(({ hostKey }, index) => `[127.0.0.1]:${portOf(index)} ${hostKey}\n`).join(""),
  );
  const file = join(ssh, "config");
  const lines = hosts.flatMap(({ name }, index) => [
    `Host ${name}`,
    "  HostName 127.0.0.1",
    `  Port ${portOf(index)}`,
    "  User root",
    `  IdentityFile ${key}`,
    "  IdentitiesOnly yes",
    `  UserKnownHostsFile ${join(ssh, "known_hosts")}`,
    "  StrictHostKeyChecking yes",
  ]);
  writeFileSync(file, `${lines.join("\n")}\n`, { mode: 0o600 });
  return file;
}

/** Why there can be no hosts here; null: there can. */
export function noGround(): string | null {
  try {
    execFileSync("unshare", ["--mount", "--propagation", "private", "true"], { stdio: "pipe" });
  } catch {
    return "hosts need root and mount namespaces (unshare)";
  }
  for (const tool of ["/usr/sbin/sshd", "ssh", "ssh-keygen", "crontab"]) {
    try {
      execFileSync("sh", ["-c", `command -v ${tool}`], { stdio: "pipe" });
    } catch {
      return `${tool} is missing`;
    }
  }
  return null;
}
