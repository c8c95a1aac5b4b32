import type { Connection, OpenConnection } from "./connection.ts";
import { type Activity, enterContainer } from "./enter-container.ts";
import { machineOf } from "./machine-of.ts";
import { shareConnections } from "./share-connections.ts";

/**
 * Opens a host, or what is entered through one, link by link: each is the connection of the one before with one more
 * word in front of its batches. All that is entered through a machine shares that machine's one connection.
 */
export function openThrough(open: OpenConnection): OpenConnection {
  const shared = shareConnections(open);
  const activities = new Map<string, Activity>();

  const reach: OpenConnection = async (target) => {
    const { name } = machineOf(target);
    const activity = activities.get(name) ?? { writes: 0 };
    activities.set(name, activity);
    if (target.door === undefined) return counting(await shared(target), activity);
    return enterContainer(target, target.door, await reach(target.door.node), activity);
  };
  return reach;
}

/** Counts a write at its start and at its end: what was known of the machine's containers before no longer holds. */
function counting(connection: Connection, activity: Activity): Connection {
  return {
    ...connection,
    async send(batch) {
      activity.writes += 1;
      try {
        return await connection.send(batch);
      } finally {
        activity.writes += 1;
      }
    },
  };
}
