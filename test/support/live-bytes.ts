import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** What this process really holds, on the heap and beside it, once all that nobody reads any more is gone. */
export function liveBytes(): number {
  setFlagsFromString("--expose-gc");
  const collect: unknown = runInNewContext("gc");
  if (typeof collect !== "function") throw new Error("this Node has no collector to call");
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
