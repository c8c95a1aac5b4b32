import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { ResultEvent } from "../../engine/run/events.ts";
import type { Played, Player } from "./scenario-run.ts";

const lab = resolve(import.meta.dirname, "../../bin/lab.js");

/** Plays with the built command, on the hosts of any inventory. The folder is the site; the embedded lab lives in it. */
export function commandPlayer(inventory: string): Player & { close(): void } {
  const folder = mkdtempSync(join(tmpdir(), "lab-scenarios-"));
  writeFileSync(join(folder, "lab.yml"), "{}\n");
  return {
    close: () => rmSync(folder, { recursive: true, force: true }),
    async play(playbook, { check = false, vars }) {
      writeFileSync(join(folder, "site.yml"), playbook);
      const extra = ["-e", JSON.stringify(vars)];
      const words = ["play", "site.yml", "-i", inventory, "--format", "jsonl", ...extra, ...(check ? ["--check"] : [])];
      return collect(folder, words);
    },
  };
}

function collect(folder: string, words: readonly string[]): Promise<Played> {
  return new Promise((done, broken) => {
    const child = spawn(process.execPath, [lab, ...words], { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (chunk) => {
      stdout += chunk;
    });
    child.stderr.on("data", (chunk) => {
      stderr += chunk;
    });
    child.on("error", broken);
    child.on("close", (code) => {
      const events = stdout
        .split("\n")
        .filter((line) => line.startsWith("{"))
        .map((line): { readonly type?: string } => JSON.parse(line));
      const isResult = (event: { readonly type?: string }): event is ResultEvent => event.type === "result";
      // 2: a task has failed, which may be what is expected; 4: no answer.
      const trouble = code === 0 || code === 2 ? null : `lab ended with ${code}: ${stderr}`;
      done({ results: events.filter(isResult), trouble });
    });
  });
}
