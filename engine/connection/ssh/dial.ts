import type { Duplex } from "node:stream";
import type { Target } from "../connection.ts";
import { Unreachable } from "../connection.ts";
import type { ConnectionEnvironment } from "../environment.ts";
import { connectHop, type Hop } from "./connect-hop.ts";
import type { SshSettings } from "./ssh-settings.ts";
import { parseJump, sshSettings } from "./ssh-settings.ts";

/** The whole way to a host: the hops, nearest first; the last is the host itself. */
export interface Route {
  readonly last: Hop;
  close(): Promise<void>;
}

// A jump host may itself be reached through one. More than this is a circle in the configuration.
const mostHops = 8;

export async function dial(target: Target, settings: SshSettings, environment: ConnectionEnvironment): Promise<Route> {
  const opened: Hop[] = [];
  const close = async (): Promise<void> => {
    // The last hop first: the others carry it.
    for (const hop of [...opened].reverse()) await hop.close();
  };
  try {
    const last = await reach(target, settings, environment, opened, 0);
    return { last, close };
  } catch (error) {
    for (const hop of opened.reverse()) hop.destroy();
    throw error;
  }
}

async function reach(
  target: Target,
  settings: SshSettings,
  environment: ConnectionEnvironment,
  opened: Hop[],
  depth: number,
): Promise<Hop> {
  if (depth > mostHops) {
    throw new Unreachable(`${target.name}: its jump hosts go in a circle`, "check ProxyJump in the ssh configuration.");
  }
  let before: Hop | null = null;
  for (const [index, text] of settings.jumps.entries()) {
    const jump: Target = { name: `${target.name} (through ${text})`, connection: "ssh", ...parseJump(text) };
    const own = await sshSettings(jump, environment);
    // Only the first of a list may have jump hosts of its own: the others are reached through the one before.
    if (before === null) before = await reach(jump, own, environment, opened, depth + 1 + index);
    else before = await connectThrough(jump, own, environment, before, opened);
  }
  return connectThrough(target, settings, environment, before, opened);
}

async function connectThrough(
  target: Target,
  settings: SshSettings,
  environment: ConnectionEnvironment,
  before: Hop | null,
  opened: Hop[],
): Promise<Hop> {
  const through = before === null ? null : await forward(target, settings, before);
  const hop = await connectHop(target, settings, environment, through);
  opened.push(hop);
  return hop;
}

function forward(target: Target, settings: SshSettings, before: Hop): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    before.client.forwardOut("127.0.0.1", 0, settings.hostName, settings.port, (error, stream) => {
      if (error === undefined) resolve(stream);
      else {
        reject(
          new Unreachable(
            `${target.name}: the jump host cannot connect to ${settings.hostName} port ${settings.port}: ${error.message}`,
            "is the host up and its name known there, and does the jump host's sshd allow it (AllowTcpForwarding)?",
          ),
        );
      }
    });
  });
}
