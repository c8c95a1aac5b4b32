import type { ClientChannel } from "ssh2";
import type { Channel, Exit } from "../channel.ts";
import { Dropped, Refused } from "../channel.ts";
import type { OpenConnection, Target } from "../connection.ts";
import { connectionOver } from "../connection-over.ts";
import type { ConnectionEnvironment } from "../environment.ts";
import { openDial } from "./dial.ts";
import type { Route } from "./share-routes.ts";
import { sshSettings } from "./ssh-settings.ts";

/** A host over SSH: one connection, one channel per batch. */
export function openSsh(environment: ConnectionEnvironment): OpenConnection {
  const dial = openDial(environment);
  return async (target) => {
    const settings = await sshSettings(target, environment);
    let route: Promise<Route> = dial(target, settings);
    await route;

    const left: Promise<Route>[] = [];

    /** The connection, reopened if it is gone. Batches that find it gone together wait for the same new one. */
    const standing = async (): Promise<Route> => {
      const before = route;
      const current = await before.catch(() => null);
      if (current !== null && current.last.down() === null) return current;
      if (route === before) {
        // The hops before the one that dropped may still stand.
        void current?.close();
        route = dial(target, settings);
        // Whoever asks gets the error; nobody may be asking any more when it comes.
        route.catch(() => {});
      }
      return route;
    };

    return connectionOver({
      target,
      environment,
      loginUser: settings.user,
      openChannel: async (command) => openSession(target, await standing(), command),
      reset: () => {
        // Kept to the end: the channel that keeps the machine's lock lives on it, and so does what is under way.
        left.push(route);
        route = Promise.reject(new Error("left for a new one"));
        route.catch(() => {});
      },
      close: async () => {
        for (const each of [...left, route]) await (await each.catch(() => null))?.close();
      },
    });
  };
}

async function openSession(target: Target, route: Route, command: string): Promise<Channel> {
  const opening = await tryExec(route, command);
  if (opening.kind === "open") return opening.channel;
  const down = route.last.down();
  if (opening.kind === "refused" && down === null) throw new Refused(opening.why);
  throw new Dropped(`the connection to ${target.name} dropped (${down ?? "no reason given"})`);
}

type Opening =
  | { readonly kind: "open"; readonly channel: Channel }
  | { readonly kind: "refused"; readonly why: string }
  | { readonly kind: "dropped" };

function tryExec(route: Route, command: string): Promise<Opening> {
  return new Promise((resolve) => {
    try {
      route.last.client.exec(command, (error, stream) => {
        if (error === undefined) resolve({ kind: "open", channel: channelOf(stream, route) });
        else resolve({ kind: "refused", why: error.message });
      });
    } catch {
      // The library throws if the socket is already known to be closed.
      resolve({ kind: "dropped" });
    }
  });
}

function channelOf(stream: ClientChannel, route: Route): Channel {
  let exit: Exit = { code: null, signal: null };
  stream.on("exit", (code: number | null, signal?: string) => {
    exit = { code, signal: signal ?? null };
  });
  // Both outputs end before their listeners have had the last chunk only if nobody reads them.
  const outputs = [stream, stream.stderr].map(
    (output) => new Promise<void>((resolve) => void output.once("end", resolve)),
  );
  const closed = new Promise<void>((resolve) => void stream.once("close", () => resolve()));
  stream.on("error", () => {});
  return {
    stdin: stream,
    stdout: stream,
    stderr: stream.stderr,
    exit: Promise.all([closed, ...outputs]).then(() => {
      const reason = route.last.down();
      return exit.code === null && exit.signal === null && reason !== null ? { ...exit, reason } : exit;
    }),
    cut: () => {
      // Nobody may be listening any more, and an output that is not read never ends.
      stream.resume();
      stream.stderr.resume();
      stream.signal("HUP");
      stream.close();
    },
  };
}
