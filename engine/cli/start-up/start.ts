import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { openCodeCache } from "./code-cache.ts";
import { codePlace } from "./code-place.ts";
import { openChunks } from "./open-chunks.ts";

// What bin/lab.js and the package's library begin with: one file, which finds the chunks that the rest was built into.

const folder = join(dirname(fileURLToPath(import.meta.url)), "chunks");
const place = process.env.LAB_CACHE === "off" ? null : codePlace(join(folder, "main.cjs"));
const cache = place && openCodeCache(folder, place);
const chunks = openChunks(folder, cache);

/** What the rest of lab exports where it is entered. A command and the modules of its site share it: there is one of each class. */
export function load(entry: "main" | "module"): unknown {
  return chunks.load(`${entry}.cjs`);
}

export async function start(): Promise<void> {
  const main = load("main") as typeof import("../main.ts");
  await main.start();
  const [, , command = ""] = process.argv;
  if (process.exitCode === 0) cache?.keep(/^\w+$/.test(command) ? command : "help", chunks.compiled);
}
