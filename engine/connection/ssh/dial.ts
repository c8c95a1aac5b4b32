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

/** One jump host of a way, and what the way up to it is called. */
interface Leg {
  readonly way: string;
  readonly jump: Target;
  readonly settings: SshSettings;
}

/** Connects to hosts, through their jump hosts where they have such. Hosts behind the same jump host share the way to it. */
export function openDial(environment: ConnectionEnvironment): Dial {
  const together = { gate: startGate(), keys: keyRing(environment.askPassphrase) };
  const shared = shareRoutes();

  /**
   * The jump hosts to go through, the last one first. All of them are known before one is connected to: where they go in a
   * circle, two who enter it at different ends would wait for each other's way.
   */
  const legsOf = async (jumps: readonly string[]): Promise<readonly Leg[]> => {
    const legs: Leg[] = [];
    for (let left = jumps; left.length > 0; ) {
      const way = left.join();
      if (legs.some((leg) => leg.way === way)) {
        throw new Unreachable("its jump hosts go in a circle", "check ProxyJump in the ssh configuration.");
      }
      const text = left.at(-1) ?? "";
      const jump: Target = { name: `(through ${text})`, connection: "ssh", ...parseJump(text) };
      const settings = await sshSettings(jump, environment);
      legs.push({ way, jump, settings });
      // Only the first of a list may have jump hosts of its own: the others are reached through the one before.
      left = left.length > 1 ? left.slice(0, -1) : settings.jumps;
    }
    return legs;
  };

  const reach = async (target: Target, settings: SshSettings, [leg, ...others]: readonly Leg[]): Promise<Route> => {
    if (leg === undefined) {
      const last = await connectHop(target, settings, environment, together, null);
      return { last, close: () => last.close() };
    }
    const before = await shared(leg.way, () => reach(leg.jump, leg.settings, others));
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
      return await reach(target, settings, await legsOf(settings.jumps));
    } catch (error) {
      if (!(error instanceof Unreachable) || error.message.startsWith(`${target.name}: `)) throw error;
      // What failed on the way is told of each host that lies behind it.
      const { message, hint } = error;
      throw new Unreachable(`${target.name}${message.startsWith("(") ? " " : ": "}${message}`, hint);
    }
  };
}

/** The jump host has as long to get there as we would have: one that is up and says nothing would be waited for without end. */
function forward(target: Target, settings: SshSettings, before: Route): Promise<Duplex> {
  const { hostName, port, connectMs } = settings;
  return new Promise((resolve, reject) => {
    const refuse = (why: string): void => {
      clearTimeout(late);
      reject(
        new Unreachable(
          `${target.name}: the jump host cannot connect to ${hostName} port ${port}: ${why}`,
          "is the host up and its name known there, and does the jump host's sshd allow it (AllowTcpForwarding)?",
        ),
      );
    };
    let gaveUp = false;
    const late = setTimeout(() => {
      gaveUp = true;
      refuse(`nothing came within ${connectMs / 1000} s`);
    }, connectMs);
    try {
      before.last.client.forwardOut("127.0.0.1", 0, hostName, port, (error, stream) => {
        if (error !== undefined) return refuse(error.message);
        clearTimeout(late);
        // Too late: nobody takes it any more.
        if (gaveUp) stream.destroy();
        else resolve(stream);
      });
    } catch (error) {
      // The library throws if the socket is already known to be closed: others share it, and it may drop at any time.
      refuse(before.last.down() ?? (error instanceof Error ? error.message : String(error)));
    }
  });
}
