import type { Connection, OpenConnection } from "./connection.ts";
import { gatherLooks } from "./gather-looks.ts";

interface Held {
  readonly opened: Promise<Connection>;
  users: number;
}

/**
 * One connection per host, however many ask for it: a node and its containers, or all hosts that need the controller. It
 * looks for all of them at once, and is closed when the last of them closes theirs. One that could not be opened is not
 * kept: the next may have more luck.
 */
export function shareConnections(open: OpenConnection): OpenConnection {
  const held = new Map<string, Held>();
  return async (target) => {
    const key = `${target.connection} ${target.name}`;
    const shared: Held = held.get(key) ?? {
      opened: open(target).then((connection) => gatherLooks(connection, () => shared.users > 1)),
      users: 0,
    };
    held.set(key, shared);
    shared.users += 1;
    const leave = (): boolean => {
      shared.users -= 1;
      if (shared.users === 0 && held.get(key) === shared) held.delete(key);
      return shared.users === 0;
    };
    let connection: Connection;
    try {
      connection = await shared.opened;
    } catch (error) {
      if (held.get(key) === shared) held.delete(key);
      throw error;
    }
    let closed = false;
    return {
      target,
      look: (batch) => connection.look(batch),
      send: (batch) => connection.send(batch),
      pause: (milliseconds) => connection.pause(milliseconds),
      // A machine's, so it is that of all who share its connection, and held until the last of them goes.
      ...(connection.hold && { hold: connection.hold }),
      ...(connection.reset && { reset: connection.reset }),
      async close() {
        if (closed) return;
        closed = true;
        if (leave()) await connection.close();
      },
    };
  };
}
