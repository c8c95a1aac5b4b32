import { setImmediate as turn } from "node:timers/promises";
import type { TestWorld } from "./world.ts";

/** Every batch and every answer is on its way for some turns of the loop, as the seed says: hosts overtake one another, each time in the same order. */
export function unevenPace(world: TestWorld, seed: number): void {
  let state = seed >>> 0;
  /** A generator of the kind x = ax + c, of which the upper bits are good. */
  const turns = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * 6);
  };
  const wait = async (): Promise<void> => {
    for (let left = turns(); left > 0; left -= 1) await turn();
  };
  world.delay = wait;
  world.answerDelay = wait;
}
