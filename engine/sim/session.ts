import type { User } from "./host/accounts.ts";
import { type FileNode, type Frozen, type FrozenHost, type Host, type Internet, own } from "./world.ts";

/**
 * One operation's view of a host. The host is read-only by type; the only way to a changeable one is `change()`, which
 * refuses while the operation is a look. So neither a tool nor a file operation can change anything in check mode.
 */
export interface Session {
  readonly host: FrozenHost;
  readonly user: User;
  /** Notes that the host changes and hands it out. Throws LookWouldWrite in a look. */
  change(): Host;
  /** What the lab's hosts reach outside of them. */
  readonly internet: Frozen<Internet>;
  /** The same to be changed, refused as `change()` is. */
  changeInternet(): Internet;
  /** The lab's hosts by their name: whom a command reaches over the network. */
  readonly network: Frozen<Readonly<Record<string, Host>>>;
  /** One of them to be changed, refused as `change()` is. */
  changeNeighbour(name: string): Host | undefined;
  /** Runs `work` with a file that exists meanwhile only: a secret's. That is no change, so a look may do it. */
  withScratch<T>(path: string, node: FileNode, work: () => T): T;
  /** Lets simulated time pass. It is not a change. */
  spend(ms: number): void;
  /** A session on a host within this one, for the same effect: a container. Undefined if `open` finds none. */
  enter(open: (host: Host) => Host | undefined, as: (inside: FrozenHost) => User): Session | undefined;
  /** In a container, entered from its node: ends or restarts it. */
  power?(what: "off" | "reboot"): void;
}

/** A look that turned out to be a change. */
export class LookWouldWrite extends Error {
  constructor() {
    super("this look changes the host");
    this.name = "LookWouldWrite";
  }
}

export function openSession(
  host: Host,
  user: User,
  effect: "read" | "write",
  changed: (neighbour?: string) => void,
  internet: Internet = {},
  network: Readonly<Record<string, Host>> = {},
): Session {
  const changing = <T>(what: T, neighbour?: string): T => {
    if (effect === "read") throw new LookWouldWrite();
    changed(neighbour);
    return what;
  };
  return {
    host,
    user,
    change: () => changing(host),
    internet,
    changeInternet: () => changing(internet),
    network,
    changeNeighbour: (name) => changing(own(network, name), name),
    withScratch: (path, node, work) => {
      host.files[path] = node;
      try {
        return work();
      } finally {
        delete host.files[path];
      }
    },
    spend: (ms) => {
      host.clockMs += ms;
    },
    enter: (open, as) => {
      const inside = open(host);
      return inside === undefined ? undefined : openSession(inside, as(inside), effect, changed, internet, network);
    },
  };
}
