import type { World } from "../world.ts";
import type { Store } from "./store.ts";

/** A lab's state in this process alone. */
export function memoryStore(): Store {
  let world: World = { format: 1, hosts: {} };
  return {
    world: async () => world,
    update: async (work) => work(world).value,
    reset: async () => {
      world = { format: 1, hosts: {} };
    },
  };
}
