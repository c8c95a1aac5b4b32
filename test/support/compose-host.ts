import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { inject } from "vitest";
import type { ResultEvent } from "../../engine/run/events.ts";
import { recapOf, resultsOf } from "./e2e-events.ts";
import { openRig } from "./e2e-rig.ts";
import { runSite } from "./run-site.ts";
import { createWorld } from "./world.ts";

/** A host with an engine, real or embedded, and hands to play with it. */
export interface ComposeHost {
  readonly kind: "real" | "embedded";
  /** A folder of its own for the projects. */
  readonly dir: string;
  /** Plays one task of `compose` and tells what became of it. `tasks`: other tasks before it. */
  play(params: object, options?: PlayOptions): Promise<Played>;
  /** Removes containers, networks and volumes of these projects, and their folders, without any lab. */
  clear(...projects: readonly string[]): Promise<void>;
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
export interface PlayOptions {
  readonly check?: boolean;
  readonly tasks?: readonly object[];
  /** Plays it a second time, in the same run: a command less to start. */
  readonly again?: boolean;
  /** Of the play, beside what finds the engine. */
  readonly environment?: Readonly<Record<string, string>>;
}
export interface Played {
  readonly result: ResultEvent | null;
  /** Of the second time, where it was played again. */
  readonly again: ResultEvent | null;
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
  // Of equal age docker lists things in any order.
  const sorted = (text: string): string => text.split("\n").sort().join("\n");
  const listing = (): string =>
    [
      run("ps", "-a", "--no-trunc", "--format", "{{.ID}} {{.Names}} {{.State}} {{.Image}}"),
      run("images", "--no-trunc", "--format", "{{.ID}} {{.Repository}}:{{.Tag}}"),
      run("volume", "ls", "--format", "{{.Name}}"),
      run("network", "ls", "--no-trunc", "--format", "{{.ID}} {{.Name}}"),
      spawnSync("sh", ["-c", `find "${rig.target}" -type f -exec ls -l --full-time {} + -exec sha256sum {} + | sort`], {
        encoding: "utf8",
      }).stdout,
    ]
      .map(sorted)
      .join("\n---\n");
  return {
    kind: "real",
    dir: rig.target,
    async play(params, { check = false, again = false, tasks = [], environment: more = {} } = {}) {
      const play = {
        name: "Play",
        hosts: "all",
        environment: { ...more, ...environment },
        tasks: [...tasks, { name: "it", compose: params }],
      };
      rig.write("play.yml", JSON.stringify(again ? [play, { ...play, name: "Again" }] : [play]));
      const done = await rig.play("play.yml", ...(check ? ["--check"] : []), "--diff");
      const [result = null, second = null] = resultsOf(done).filter(({ module }) => module === "compose");
      if (result !== null) recapOf(done);
      return { result, again: second, text: `${done.stdout}\n${done.stderr}`, code: done.code };
    },
    async clear(...projects) {
      for (const project of projects) {
        const label = `label=com.docker.compose.project=${project}`;
        for (const [list, remove] of [
          [
            ["ps", "-aq"],
            ["rm", "-f", "-v"],
          ],
          [
            ["network", "ls", "-q"],
            ["network", "rm"],
          ],
          [
            ["volume", "ls", "-q"],
            ["volume", "rm"],
          ],
        ] as const) {
          const ids = run(...list, "--filter", label)
            .split("\n")
            .filter((id) => id !== "");
          if (ids.length > 0) run(...remove, ...ids);
        }
        rmSync(`${rig.target}/${project}`, { recursive: true, force: true });
      }
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

/** An embedded host with Docker installed. Its images behave as those of the real one. */
export async function openEmbeddedHost(): Promise<ComposeHost> {
  const world = createWorld({ h1: { images: embeddedImages } });
  const site = (tasks: readonly object[]) => ({ "site.yml": JSON.stringify([{ name: "Play", hosts: "all", tasks }]) });
  const act = async (task: object): Promise<ResultEvent> => {
    const { results, diagnostics } = await runSite({ files: site([{ name: "hand", ...task }]), world });
    const last = results.at(-1);
    if (last === undefined || last.status === "failed")
      throw new Error(`${JSON.stringify(task)}: ${last?.reason ?? JSON.stringify(diagnostics)}`);
    return last;
  };
  // As apt-get update leaves it once Docker's own archive is among the sources.
  await act({ copy: { dest: `${lists}_InRelease`, content: "Suite: bookworm\n", parents: true } });
  await act({ package: { name: ["docker-ce", "docker-compose-plugin"] } });
  return {
    kind: "embedded",
    dir: "/srv",
    async play(params, { check = false, again = false, tasks = [] } = {}) {
      const once = async () => {
        const run = await runSite({ files: site([...tasks, { name: "it", compose: params }]), world, check });
        return { ...run, result: run.results.findLast(({ module }) => module === "compose") ?? null };
      };
      const run = await once();
      const second = again && run.exitCode === 0 ? (await once()).result : null;
      const text = run.diagnostics.map(({ message }) => message).join("\n");
      return { result: run.result, again: second, text, code: run.exitCode };
    },
    async clear(...projects) {
      for (const project of projects) await act({ compose: { project, state: "absent", volumes: "remove" } });
    },
    async docker(...args) {
      const { result } = await act({ command: { argv: ["docker", ...args] } });
      const said = typeof result === "object" && result !== null && "stdout" in result ? result.stdout : "";
      return String(said);
    },
    write: async (path, text) => void (await act({ copy: { dest: path, content: text, parents: true } })),
    remove: async (path) => void (await act({ file: { path, state: "absent", recursive: true } })),
    async read(path) {
      const node = world.host("h1").files[path];
      return node?.type === "file" && typeof node.content === "string" ? node.content : null;
    },
    state: async () => world.state(),
    stop: async () => {},
  };
}

const lists = "/var/lib/apt/lists/download.docker.com_linux_debian_dists_bookworm";
const runs = { system: "busybox", entrypoint: [], cmd: ["sleep", "1000000"] } as const;
const embeddedImages = {
  "qmcgaw/gluetun:v3.41.1": { ...runs, healthyAfterMs: 1_000 },
  "qmcgaw/gluetun:v3.41.2": { ...runs, healthyAfterMs: 1_000 },
  "lscr.io/linuxserver/qbittorrent:5.0.4": runs,
  "lscr.io/linuxserver/sonarr:4.0.15": runs,
};
