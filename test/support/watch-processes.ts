import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What was seen while something ran: every argument list and environment, and files that others could read. */
export interface Watch {
  /** Ends it; what it saw that no process and no file may show. */
  stop(): Promise<readonly string[]>;
  readonly rounds: () => number;
}

/**
 * Looks at all processes and at folders for temporary files, again and again, as somebody would who waits for a secret to
 * come by. A process of its own, so that it never waits for what it watches.
 */
export async function watchProcesses(secrets: readonly string[], folders: readonly string[]): Promise<Watch> {
  const base = mkdtempSync(join(tmpdir(), "lab-watch-"));
  const state = join(base, "state.json");
  writeFileSync(join(base, "watch.cjs"), program);
  writeFileSync(join(base, "wanted.json"), JSON.stringify({ secrets, folders, state }), { mode: 0o600 });
  // The list of secrets is read from a file: in its arguments it would find itself.
  const child = spawn(process.execPath, [join(base, "watch.cjs"), join(base, "wanted.json")], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  await new Promise((started) => child.stdout.once("data", started));
  const closed = new Promise((done) => child.on("close", done));
  let rounds = 0;
  return {
    rounds: () => rounds,
    async stop() {
      child.stdin.end();
      await closed;
      const seen: { rounds: number; found: string[] } = JSON.parse(readFileSync(state, "utf8"));
      rounds = seen.rounds;
      rmSync(base, { recursive: true, force: true });
      return seen.found;
    },
  };
}

const program = `
const fs = require("node:fs");
const { join } = require("node:path");
const { secrets, folders, state } = JSON.parse(fs.readFileSync(process.argv[2], "utf8"));
const pieces = secrets.flatMap((secret) => secret.split("\\n").filter((line) => line.length >= 8));
const forms = pieces.flatMap((piece) => [piece, Buffer.from(piece).toString("base64").replace(/.{4}=*$/, ""), encodeURIComponent(piece)]);
const found = new Set();
let rounds = 0;
let going = true;
process.stdin.on("end", () => { going = false; });
process.stdin.resume();
function attempt(work) { try { return work(); } catch { return undefined; } }
function has(text) { return text !== undefined && forms.some((form) => text.includes(form)); }
function processes() {
  for (const pid of fs.readdirSync("/proc")) {
    if (!/^\\d+$/.test(pid)) continue;
    for (const what of ["cmdline", "environ"]) {
      const text = attempt(() => fs.readFileSync("/proc/" + pid + "/" + what, "utf8"));
      if (has(text)) found.add(what + ": " + text.slice(-200).replaceAll("\\0", " "));
    }
  }
}
function files(folder, above) {
  for (const entry of attempt(() => fs.readdirSync(folder, { withFileTypes: true })) ?? []) {
    const path = join(folder, entry.name);
    const stat = attempt(() => fs.lstatSync(path));
    if (!stat) continue;
    // Below a folder that is closed nobody gets at a file, whatever its own mode says.
    const open = above && (stat.mode & 0o077) !== 0;
    if (stat.isDirectory()) files(path, open);
    else if (stat.isFile() && stat.size < 1e6 && open && has(attempt(() => fs.readFileSync(path, "utf8")))) {
      found.add("file " + path + " with mode " + (stat.mode & 0o777).toString(8));
    }
  }
}
function round() {
  processes();
  for (const folder of folders) files(folder, true);
  rounds += 1;
  if (rounds === 1) process.stdout.write("watching\\n");
  if (going) return setTimeout(round, 5);
  fs.writeFileSync(state, JSON.stringify({ rounds, found: [...found] }));
}
round();
`;
