import { spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { inject } from "vitest";
import type { RunEvent } from "../../engine/run/events.ts";

const repository = resolve(import.meta.dirname, "../..");

export interface CliRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}
export interface CliSite {
  readonly folder: string;
  lab(...args: readonly string[]): Promise<CliRun>;
  /** `lab play … --format jsonl`, its lines parsed. */
  play(...args: readonly string[]): Promise<CliRun & { readonly events: readonly RunEvent[] }>;
  remove(): void;
}

/**
 * A copy of the repository as a user has it: the example site, and the command that was built for all of these tests
 * from the sources as they are now.
 */
export function createCliSite(): CliSite {
  const folder = mkdtempSync(join(tmpdir(), "lab-site-"));
  const installed = inject("lab");
  for (const name of ["bin", "dist", "roles", "playbooks", "package.json"]) {
    // Compiled code belongs to files of the same time.
    cpSync(join(installed, name), join(folder, name), { recursive: true, preserveTimestamps: true });
  }
  for (const name of ["inventory", "lab.yml"]) {
    cpSync(join(repository, name), join(folder, name), { recursive: true });
  }
  symlinkSync(join(repository, "node_modules"), join(folder, "node_modules"));
  // Of this site alone: many of them work on this machine at once.
  mkdirSync(join(folder, ".lock"));
  const lab = (...args: readonly string[]) => run(folder, args);
  return {
    folder,
    lab,
    async play(...args) {
      const done = await lab("play", ...args, "--format", "jsonl");
      const lines = done.stdout.split("\n").filter((line) => line !== "");
      return { ...done, events: lines.map((line): RunEvent => JSON.parse(line)) };
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function run(cwd: string, args: readonly string[]): Promise<CliRun> {
  return runCommand("bin/lab.js", cwd, args, { LAB_LOCK_FOLDER: join(cwd, ".lock") });
}

/** The command in any folder. */
export function runCommand(
  bin: string,
  cwd: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<CliRun> {
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, [bin, ...args], {
      cwd,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
    child.on("error", fail);
    child.on("close", (code) =>
      done({ code, stdout: Buffer.concat(stdout).toString("utf8"), stderr: Buffer.concat(stderr).toString("utf8") }),
    );
  });
}
