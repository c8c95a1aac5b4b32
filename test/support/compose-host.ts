import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { inject } from "vitest";
import type { ResultEvent } from "../../engine/run/events.ts";
import { recapOf, resultsOf } from "./e2e-events.ts";
import { openRig } from "./e2e-rig.ts";

/** A host with an engine, real or embedded, and hands to play with it. */
export interface ComposeHost {
  readonly kind: "real" | "embedded";
  /** A folder of its own for the projects. */
  readonly dir: string;
  /** Plays one task of `compose` and tells what became of it. `tasks`: other tasks before it. */
  play(params: object, options?: { readonly check?: boolean; readonly tasks?: readonly object[] }): Promise<Played>;
  /** Somebody types `docker …`. */
  docker(...args: readonly string[]): Promise<string>;
  write(path: string, text: string): Promise<void>;
  remove(path: string): Promise<void>;
  /** Null: not there. */
  read(path: string): Promise<string | null>;
  /** All that docker has, and the files of `dir`: what a check must leave as it is. */
  state(): Promise<string>;
  stop(): Promise<void>;
}
export interface Played {
  readonly result: ResultEvent | null;
  readonly text: string;
  readonly code: number | null;
}

/** A real engine behind a real sshd. */
export async function openRealHost(): Promise<ComposeHost> {
  const engine = inject("docker");
  if (engine.kind === "missing") throw new Error(engine.why);
  const rig = await openRig();
  const environment = { DOCKER_HOST: engine.host, DOCKER_CONFIG: engine.config };
  const run = (...args: readonly string[]): string =>
    execFileSync("docker", args, { encoding: "utf8", env: { ...process.env, ...environment }, stdio: "pipe" });
  const listing = (): string =>
    [
      run("ps", "-a", "--no-trunc", "--format", "{{.ID}} {{.Names}} {{.State}} {{.Image}}"),
      run("images", "--no-trunc", "--format", "{{.ID}} {{.Repository}}:{{.Tag}}"),
      run("volume", "ls", "--format", "{{.Name}}"),
      run("network", "ls", "--no-trunc", "--format", "{{.ID}} {{.Name}}"),
      spawnSync("sh", ["-c", `find "${rig.target}" -type f -exec ls -l --full-time {} + -exec sha256sum {} + | sort`], {
        encoding: "utf8",
      }).stdout,
    ].join("\n---\n");
  return {
    kind: "real",
    dir: rig.target,
    async play(params, { check = false, tasks = [] } = {}) {
      const play = { name: "Play", hosts: "all", environment, tasks: [...tasks, { name: "it", compose: params }] };
      rig.write("play.yml", JSON.stringify([play]));
      const done = await rig.play("play.yml", ...(check ? ["--check"] : []), "--diff");
      const result = resultsOf(done).findLast(({ module }) => module === "compose") ?? null;
      if (result !== null) recapOf(done);
      return { result, text: `${done.stdout}\n${done.stderr}`, code: done.code };
    },
    docker: async (...args) => run(...args),
    async write(path, text) {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
    },
    remove: async (path) => rmSync(path, { recursive: true, force: true }),
    async read(path) {
      try {
        return readFileSync(path, "utf8");
      } catch {
        return null;
      }
    },
    state: async () => listing(),
    stop: () => rig.stop(),
  };
}

export const inside = (host: ComposeHost, project: string): string => join(host.dir, project);
