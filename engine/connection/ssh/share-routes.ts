import type { Hop } from "./connect-hop.ts";

/** The whole way to a host: the last of its hops is the host itself. */
export interface Route {
  readonly last: Hop;
  close(): Promise<void>;
}

interface Held {
  readonly route: Promise<Route>;
  users: number;
  /** Null as long as it is being opened. */
  last: Hop | null;
}

/**
 * One route for all who go the same way: a jump host is logged in to once, however many hosts lie behind it. It is
 * closed with its last user. One that is down, or never stood, is left to those who hold it; who comes next gets a new one.
 */
export function shareRoutes(): (way: string, open: () => Promise<Route>) => Promise<Route> {
  const held = new Map<string, Held>();
  return async (way, open) => {
    const known = held.get(way);
    const down = known?.last?.down() ?? null;
    const mine: Held = known !== undefined && down === null ? known : { route: open(), users: 0, last: null };
    held.set(way, mine);
    mine.users += 1;
    const leave = (): boolean => {
      mine.users -= 1;
      if (mine.users > 0) return false;
      if (held.get(way) === mine) held.delete(way);
      return true;
    };
    try {
      const { last, close } = await mine.route;
      mine.last = last;
      let left = false;
      return {
        last,
        close: async () => {
          if (left) return;
          left = true;
          if (leave()) await close();
        },
      };
    } catch (error) {
      if (held.get(way) === mine) held.delete(way);
      throw error;
    }
  };
}
