import type { Duplex } from "node:stream";
import type { Target } from "../connection.ts";
import { Unreachable } from "../connection.ts";
import type { ConnectionEnvironment } from "../environment.ts";
import { connectHop } from "./connect-hop.ts";
import { keyRing } from "./key-ring.ts";
import { type Route, shareRoutes } from "./share-routes.ts";
import type { SshSettings } from "./ssh-settings.ts";
import { parseJump, sshSettings } from "./ssh-settings.ts";
import { startGate } from "./start-gate.ts";

export type Dial = (target: Target, settings: SshSettings) => Promise<Route>;

/** Connects to hosts, through their jump hosts where they have such. Hosts behind the same jump host share the way to it. */
export function openDial(environment: ConnectionEnvironment): Dial {
  const together = { gate: startGate(), keys: keyRing(environment.askPassphrase) };
  const shared = shareRoutes();

  /** The way to the last of these jump hosts; `ring` is where it leads to. */
  const jumpTo = async (jumps: readonly string[], ring: readonly string[]): Promise<Route> => {
    const text = jumps.at(-1) ?? "";
    const jump: Target = { name: `(through ${text})`, connection: "ssh", ...parseJump(text) };
    const earlier = jumps.slice(0, -1);
    const way = jumps.join();
    if (ring.includes(way)) {
      throw new Unreachable("its jump hosts go in a circle", "check ProxyJump in the ssh configuration.");
    }
    return shared(way, async () => {
      const own = await sshSettings(jump, environment);
      // Only the first of a list may have jump hosts of its own: the others are reached through the one before.
      const before = earlier.length > 0 ? earlier : own.jumps;
      return reach(jump, own, before, [...ring, way]);
    });
  };

  const reach = async (
    target: Target,
    settings: SshSettings,
    jumps: readonly string[],
    ring: readonly string[],
  ): Promise<Route> => {
    if (jumps.length === 0) {
      const last = await connectHop(target, settings, environment, together, null);
      return { last, close: () => last.close() };
    }
    const before = await jumpTo(jumps, ring);
    try {
      const last = await connectHop(target, settings, environment, together, () => forward(target, settings, before));
      return {
        last,
        // The last hop first: the others carry it.
        close: async () => {
          await last.close();
          await before.close();
        },
      };
    } catch (error) {
      await before.close();
      throw error;
    }
  };

  return async (target, settings) => {
    try {
      return await reach(target, settings, settings.jumps, []);
    } catch (error) {
      if (!(error instanceof Unreachable) || error.message.startsWith(`${target.name}: `)) throw error;
      // What failed on the way is told of each host that lies behind it.
      const { message, hint } = error;
      throw new Unreachable(`${target.name}${message.startsWith("(") ? " " : ": "}${message}`, hint);
    }
  };
}

function forward(target: Target, settings: SshSettings, before: Route): Promise<Duplex> {
  const { hostName, port } = settings;
  return new Promise((resolve, reject) => {
    const refuse = (why: string): void =>
      reject(
        new Unreachable(
          `${target.name}: the jump host cannot connect to ${hostName} port ${port}: ${why}`,
          "is the host up and its name known there, and does the jump host's sshd allow it (AllowTcpForwarding)?",
        ),
      );
    try {
      before.last.client.forwardOut("127.0.0.1", 0, hostName, port, (error, stream) => {
        if (error === undefined) resolve(stream);
        else refuse(error.message);
      });
    } catch (error) {
      // The library throws if the socket is already known to be closed: others share it, and it may drop at any time.
      refuse(before.last.down() ?? (error instanceof Error ? error.message : String(error)));
    }
  });
}
