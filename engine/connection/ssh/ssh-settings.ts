import { join } from "node:path";
import type { Target } from "../connection.ts";
import { Unreachable } from "../connection.ts";
import type { ConnectionEnvironment } from "../environment.ts";
import { limitsOf } from "../environment.ts";
import type { SshConfig } from "./read-ssh-config.ts";
import { readSshConfig } from "./read-ssh-config.ts";

interface IdentityFile {
  readonly path: string;
  /** Named by the user: that it cannot be used is worth a word. */
  readonly named: boolean;
}

/** All that decides how one host is reached, after inventory, ssh configuration and defaults have had their say. */
export interface SshSettings {
  readonly hostName: string;
  readonly port: number;
  readonly user: string;
  readonly identityFiles: readonly IdentityFile[];
  /** Offer only those keys of the agent that a file names. */
  readonly identitiesOnly: boolean;
  /** The agent's socket; null: there is none. */
  readonly agentSocket: string | null;
  /** Hosts to go through, nearest first: `[user@]host[:port]`. */
  readonly jumps: readonly string[];
  readonly userKnownHosts: readonly string[];
  readonly globalKnownHosts: readonly string[];
  readonly acceptNew: boolean;
  readonly hashKnownHosts: boolean;
  readonly hostKeyAlias: string | null;
  readonly connectMs: number;
  readonly keepAliveMs: number;
  readonly keepAliveCount: number;
}

export async function sshSettings(target: Target, environment: ConnectionEnvironment): Promise<SshSettings> {
  const alias = target.host ?? target.name;
  const config = await readSshConfig(environment, alias, target.user);
  const limits = limitsOf(environment);
  const first = (keyword: string): string | undefined => config.get(keyword)?.[0];

  const user = target.user ?? first("user") ?? environment.userName;
  const hostName = expand(first("hostname") ?? "%h", { "%h": alias }, environment);
  const port = target.port ?? portOf(first("port"), target);
  const tokens = { "%h": hostName, "%n": alias, "%p": String(port), "%r": user };
  const path = (text: string) => expandPath(text, tokens, environment);

  const proxyCommand = words(config, "proxycommand").join(" ");
  const proxyJump = first("proxyjump");
  if (proxyCommand !== "" && proxyCommand.toLowerCase() !== "none" && proxyJump === undefined) {
    throw new Unreachable(
      `${target.name}: the ssh configuration reaches ${alias} through a ProxyCommand, which is not supported`,
      "use ProxyJump, or a tunnel of your own and lab_host, lab_port.",
    );
  }
  const agent = first("identityagent");
  return {
    hostName,
    port,
    user,
    identityFiles: identityFiles(target, config, environment, path),
    identitiesOnly: first("identitiesonly")?.toLowerCase() === "yes",
    agentSocket: agentSocket(agent, environment, path),
    jumps: jumpsOf(proxyJump),
    userKnownHosts: knownHostsFiles(config, "userknownhostsfile", ["~/.ssh/known_hosts", "~/.ssh/known_hosts2"]).map(
      path,
    ),
    globalKnownHosts: knownHostsFiles(config, "globalknownhostsfile", [
      "/etc/ssh/ssh_known_hosts",
      "/etc/ssh/ssh_known_hosts2",
    ]).map(path),
    acceptNew: environment.acceptNewHostKeys || acceptsNew(first("stricthostkeychecking"), alias, environment),
    hashKnownHosts: first("hashknownhosts")?.toLowerCase() === "yes",
    hostKeyAlias: first("hostkeyalias") ?? null,
    connectMs: milliseconds(first("connecttimeout")) ?? limits.connectMs,
    keepAliveMs: milliseconds(first("serveraliveinterval")) ?? limits.keepAliveMs,
    keepAliveCount: Number(first("serveralivecountmax") ?? limits.keepAliveCount),
  };
}

/** A jump host as it is written: `[user@]host[:port]`, also as an `ssh://` address, IPv6 in brackets. */
export function parseJump(text: string): { readonly host: string; readonly user?: string; readonly port?: number } {
  const found = /^(?:ssh:\/\/)?(?:(.+)@)?(?:\[([^\]]+)\]|([^:/@]+))(?::(\d+))?\/?$/.exec(text);
  const host = found?.[2] ?? found?.[3];
  if (found === null || host === undefined) {
    throw new Unreachable(`"${text}" is no jump host`, "ProxyJump takes [user@]host[:port], separated by commas.");
  }
  return {
    host,
    ...(found[1] === undefined ? {} : { user: found[1] }),
    ...(found[4] === undefined ? {} : { port: Number(found[4]) }),
  };
}

function jumpsOf(text: string | undefined): readonly string[] {
  if (text === undefined || text.toLowerCase() === "none") return [];
  return text
    .split(",")
    .map((each) => each.trim())
    .filter((each) => each !== "");
}

const defaultKeys = ["id_ed25519", "id_ecdsa", "id_rsa"];

function identityFiles(
  target: Target,
  config: SshConfig,
  environment: ConnectionEnvironment,
  path: (text: string) => string,
): readonly IdentityFile[] {
  const named = [
    ...(target.privateKey === undefined ? [] : [target.privateKey]),
    ...(config.get("identityfile") ?? []),
  ];
  if (named.length === 0) {
    return defaultKeys.map((name) => ({ path: join(environment.home, ".ssh", name), named: false }));
  }
  // The same file is often named by several Host blocks; each offer counts against the server's MaxAuthTries.
  const paths = new Set(named.filter((each) => each.toLowerCase() !== "none").map(path));
  return [...paths].map((each) => ({ path: each, named: true }));
}

function agentSocket(
  text: string | undefined,
  environment: ConnectionEnvironment,
  path: (text: string) => string,
): string | null {
  if (text?.toLowerCase() === "none") return null;
  if (text === undefined || text === "SSH_AUTH_SOCK") return environment.env.SSH_AUTH_SOCK || null;
  if (text.startsWith("$") && !text.startsWith("${")) return environment.env[text.slice(1)] || null;
  return path(text);
}

function acceptsNew(text: string | undefined, alias: string, environment: ConnectionEnvironment): boolean {
  const value = text?.toLowerCase();
  if (value === "no" || value === "off") {
    environment.warn({
      code: "ssh-strict-host-key-checking",
      message: `StrictHostKeyChecking ${value} (for ${alias}) is taken as accept-new: a new host key is recorded, a changed one is refused.`,
      severity: "warning",
    });
    return true;
  }
  return value === "accept-new";
}

function knownHostsFiles(config: SshConfig, keyword: string, unsaid: readonly string[]): readonly string[] {
  const found = words(config, keyword);
  if (found.length === 0) return unsaid;
  return found.filter((each) => each.toLowerCase() !== "none");
}

function words(config: SshConfig, keyword: string): readonly string[] {
  return config.get(keyword) ?? [];
}

function portOf(text: string | undefined, target: Target): number {
  if (text === undefined) return 22;
  const port = Number(text);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw new Unreachable(`${target.name}: the ssh configuration names the port "${text}"`, "a port is 1 to 65535.");
}

type Tokens = Readonly<Record<string, string>>;

/** `~`, `${VARIABLE}` and tokens. Tokens are replaced in one pass: what a value brings in is not read again. */
function expandPath(text: string, tokens: Tokens, environment: ConnectionEnvironment): string {
  const home = text === "~" || text.startsWith("~/") ? environment.home + text.slice(1) : text;
  return expand(home, tokens, environment);
}

function expand(text: string, tokens: Tokens, environment: ConnectionEnvironment): string {
  return text.replace(/%[a-zA-Z%]|\$\{(\w+)\}/g, (found, variable: string | undefined) => {
    if (variable !== undefined) return environment.env[variable] ?? found;
    if (found === "%%") return "%";
    if (found === "%d") return environment.home;
    if (found === "%u") return environment.userName;
    return tokens[found] ?? found;
  });
}

/** OpenSSH's time format: `90`, `1m30s`. */
function milliseconds(text: string | undefined): number | undefined {
  if (text === undefined || !/^(\d+[smhdw]?)+$/i.test(text)) return undefined;
  const units: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };
  let seconds = 0;
  for (const part of text.toLowerCase().matchAll(/(\d+)([smhdw]?)/g))
    seconds += Number(part[1]) * (units[part[2] ?? ""] ?? 1);
  return seconds * 1000;
}
