import { type Connection, type OpenConnection, type Target, Unreachable } from "../../connection/connection.ts";
import { assertReads } from "../../connection/reader-of.ts";
import { findUser } from "../host/accounts.ts";
import { newHost } from "../host/new-host.ts";
import { inOneTrip } from "../in-one-trip.ts";
import { interpret } from "../interpret/interpret.ts";
import { collectUploads } from "../interpret/uploads.ts";
import { type Host, type HostDescription, own, type World } from "../world.ts";
import { type Broken, breakLab } from "./break.ts";
import { holdHosts } from "./hold-host.ts";
import type { LockOptions } from "./lock-file.ts";
import { memoryStore } from "./memory-store.ts";
import { type LabView, showLab } from "./show.ts";
import { openStore, type Store } from "./store.ts";

export type DescribedHost = Omit<HostDescription, "kind" | "name"> & { readonly kind?: "debian" | "proxmox" };

export interface LabOptions extends LockOptions {
  /** What the inventory says of a host; its name is added. Without a kind it is a Debian. */
  describe?(target: Target): DescribedHost | undefined;
}
export interface Lab {
  readonly open: OpenConnection;
  /** For `lab sandbox show`. */
  show(): Promise<LabView>;
  /** Injects drift; the same seed breaks the same things. */
  break(seed: number): Promise<readonly Broken[]>;
  reset(): Promise<void>;
}

/** The embedded lab that keeps its state in a folder. Hosts come about when they are first connected to. */
export function openLab(folder: string, options: LabOptions): Lab {
  return labOver(openStore(folder, options), options, holdHosts(folder, options));
}

/** A lab that is forgotten when nobody holds it any more: for tests of roles. Nobody else is there to be locked out. */
export function openLabInMemory(options: Pick<LabOptions, "describe"> = {}): Lab {
  return labOver(memoryStore(), options, null);
}

function labOver(store: Store, options: Pick<LabOptions, "describe">, locks: ReturnType<typeof holdHosts> | null): Lab {
  const hostOf = (world: World, target: Target): Host => {
    const described = options.describe?.(target) ?? {};
    const users = [
      ...(described.users ?? []),
      ...(target.user === undefined || target.user === "root" ? [] : [target.user]),
    ];
    const description: HostDescription = {
      kind: "debian",
      ...described,
      name: target.name,
      users: [...new Set(users)],
    };
    const there = own(world.hosts, target.name);
    // What a host is made of counts when it is made; how units and images behave and what is answered, whenever it is asked.
    const { answers: _answers, units: _units, images: _images, ...made } = there?.description ?? description;
    const host: Host = {
      ...(there ?? newHost(description)),
      description: {
        ...made,
        ...(description.answers === undefined ? {} : { answers: description.answers }),
        ...(description.units === undefined ? {} : { units: description.units }),
        ...(description.images === undefined ? {} : { images: description.images }),
      },
    };
    world.hosts[target.name] = host;
    return host;
  };

  const open: OpenConnection = async (target) => {
    const user = target.user ?? "root";
    const host = hostOf(await store.world(), target);
    if (findUser(host, user) === undefined) {
      throw new Unreachable(
        `${target.name} of the embedded lab has no user "${user}"`,
        "the lab makes the user that a host is first connected to as; start afresh with: lab sandbox reset",
      );
    }
    const connection: Connection = {
      target,
      async look(batch) {
        assertReads(batch);
        const world = await store.world();
        return interpret(hostOf(world, target), user, batch, new Map(), world.internet, world.hosts).reply;
      },
      lookTogether: (batches) => batches.map(async (batch, index) => inOneTrip(await connection.look(batch), index)),
      async send(batch) {
        const uploads = await collectUploads(batch);
        return store.update((world) => {
          world.internet ??= {};
          const { reply, changed, neighbours } = interpret(
            hostOf(world, target),
            user,
            batch,
            uploads,
            world.internet,
            world.hosts,
          );
          return { value: reply, changed: changed ? [target.name, ...neighbours] : [] };
        });
      },
      async pause(milliseconds) {
        hostOf(await store.world(), target).clockMs += milliseconds;
      },
      ...(locks && { hold: (claim) => locks.hold(target.name, claim) }),
      close: async () => locks?.release(target.name),
    };
    return connection;
  };

  return {
    open,
    show: async () => showLab(await store.world()),
    break: (seed) =>
      store.update((world) => {
        const value = breakLab(world, seed);
        return { value, changed: value.length > 0 ? Object.keys(world.hosts) : [] };
      }),
    reset: () => store.reset(),
  };
}
