// `npm run bench`: compiles this folder, as Node 20 runs no TypeScript, and starts it.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const repository = resolve(import.meta.dirname, "../..");
const built = mkdtempSync(join(tmpdir(), "lab-bench-"));
process.on("exit", () => rmSync(built, { recursive: true, force: true }));
execFileSync(
  process.execPath,
  [join(repository, "node_modules/typescript/bin/tsc"), "-p", import.meta.dirname, "--outDir", built],
  { stdio: "inherit" },
);
const { main } = await import(pathToFileURL(join(built, "test/bench/main.js")).href);
process.exitCode = await main(process.argv.slice(2), repository);
