import { type Frozen, type FrozenHost, own } from "../world.ts";
import { engineSince } from "./engine.ts";
import { behaviourOf } from "./images.ts";
import { alwaysFails, type Program, programOf } from "./program.ts";
import type { DockerContainer, DockerState } from "./state.ts";

export interface Health {
  readonly status: "starting" | "healthy" | "unhealthy";
  readonly failingStreak: number;
  /** How many probes there were. */
  readonly probes: number;
  readonly failing: boolean;
}
/** What a container is at this moment of the host's clock. */
export interface ContainerNow {
  readonly status: "created" | "running" | "paused" | "restarting" | "exited";
  readonly running: boolean;
  readonly pid: number;
  readonly netns: number;
  readonly exitCode: number;
  readonly error: string;
  /** Milliseconds since the epoch; null: never. */
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  readonly restarts: number;
  readonly health: Health | null;
}

/** The words that its process was started with. */
export function wordsOf({ config }: Frozen<DockerContainer>): readonly string[] {
  return [...(config.entrypoint ?? []), ...(config.cmd ?? [])];
}

export function programIn(host: FrozenHost, state: Frozen<DockerState>, container: Frozen<DockerContainer>): Program {
  const origin = state.images[container.image]?.origin ?? container.imageName;
  const { logs, exitCode, exitsAfterMs, ...rest } = behaviourOf(host, origin);
  // Another program than the image's own does what that one does.
  const own = {
    ...rest,
    ...(logs && { logs }),
    ...(exitCode !== undefined && { exitCode }),
    ...(exitsAfterMs !== undefined && { exitsAfterMs }),
  };
  return programOf(wordsOf(container), isOwnProgram(state, container) ? own : rest);
}
function isOwnProgram(state: Frozen<DockerState>, { image, config }: Frozen<DockerContainer>): boolean {
  const of = state.images[image]?.config;
  return JSON.stringify([of?.entrypoint ?? null, of?.cmd ?? null]) === JSON.stringify([config.entrypoint, config.cmd]);
}

const keepsAlive = (name: string, exitCode: number): boolean =>
  name === "always" || name === "unless-stopped" || (name === "on-failure" && exitCode !== 0);

/** Nothing runs in between: it is reckoned from when it was started, what its program does, and its restart policy. */
export function containerNow(host: FrozenHost, container: Frozen<DockerContainer>): ContainerNow {
  const { life } = container;
  const state = host.docker;
  const none = { pid: 0, netns: 0, restarts: 0, running: false, startedAt: null, finishedAt: null, health: null };
  if (life.kind === "created" || state === undefined)
    return {
      ...none,
      status: "created",
      exitCode: life.kind === "created" ? life.exitCode : 0,
      error: life.kind === "created" ? life.error : "",
    };
  if (life.kind === "stopped") {
    const health = healthAt(host, state, container, life.startedAt, life.at);
    const { exitCode, error, startedAt } = life;
    return { ...none, status: "exited", exitCode, error, startedAt, finishedAt: life.at, health };
  }
  const program = programIn(host, state, container);
  const { name, retries } = container.restart;
  // An engine that was started anew has stopped everything, and started again what shall always run.
  const since = engineSince(host);
  if (since !== null && since > life.at) {
    if (name !== "always" && name !== "unless-stopped")
      return {
        ...none,
        status: "exited",
        exitCode: program.termCode ?? 137,
        error: "",
        startedAt: life.at,
        finishedAt: since,
      };
    return running(host, container, program, { ...life, at: since, ...anew(life, since) }, retries);
  }
  return running(host, container, program, life, retries);
}

/** Another process and, unless it lives in somebody else's, another network namespace. */
function anew({ pid, netns }: { readonly pid: number; readonly netns: number }, round: number) {
  return { pid: pid + 1 + (round % 97), netns: netns + 1 + (round % 97) };
}

function running(
  host: FrozenHost,
  container: Frozen<DockerContainer>,
  program: Program,
  life: { readonly at: number; readonly pid: number; readonly netns: number; readonly pausedAt?: number },
  retries: number,
): ContainerNow {
  const state = host.docker;
  const up = (at: number, restarts: number, more: { readonly pid: number; readonly netns: number }): ContainerNow => ({
    status: life.pausedAt === undefined ? "running" : "paused",
    running: true,
    ...more,
    exitCode: 0,
    error: "",
    startedAt: at,
    finishedAt: null,
    restarts,
    health: state === undefined ? null : healthAt(host, state, container, at, host.clockMs),
  });
  const { lifetimeMs, exitCode } = program;
  const joined = container.networkMode.startsWith("container:");
  let at = life.at;
  let numbers = { pid: life.pid, netns: life.netns };
  for (let restarts = 0; ; restarts += 1) {
    if (lifetimeMs === null || host.clockMs < at + lifetimeMs) return up(at, restarts, numbers);
    const ended = at + lifetimeMs;
    const again = keepsAlive(container.restart.name, exitCode) && (retries === 0 || restarts < retries);
    const gone = {
      pid: 0,
      netns: 0,
      running: false,
      exitCode,
      error: "",
      startedAt: at,
      finishedAt: ended,
      restarts,
      health: null,
    };
    if (!again) return { ...gone, status: "exited" };
    // It waits twice as long each time, from a tenth of a second to a minute.
    const pause = Math.min(60_000, 100 * 2 ** Math.min(restarts, 10));
    if (host.clockMs < ended + pause) return { ...gone, status: "restarting" };
    at = ended + pause;
    const next = anew(numbers, restarts);
    numbers = joined ? { ...next, netns: numbers.netns } : next;
    // Once the pauses are at their longest every round is like the one before.
    if (restarts > 2_000) return { ...gone, status: "restarting" };
  }
}

function healthAt(
  host: FrozenHost,
  state: Frozen<DockerState>,
  container: Frozen<DockerContainer>,
  startedAt: number,
  now: number,
): Health | null {
  const check = container.config.healthcheck;
  if (check === null || check.test.length === 0 || check.test[0] === "NONE") return null;
  const behaviour = behaviourOf(host, own(state.images, container.image)?.origin ?? container.imageName);
  const interval = check.intervalMs || 30_000;
  const retries = check.retries || 3;
  const never = behaviour.health === "unhealthy" || alwaysFails(check.test);
  const goodFrom = never ? Number.POSITIVE_INFINITY : (behaviour.healthyAfterMs ?? 0);
  const probes = Math.floor((now - startedAt) / interval);
  const good = Math.ceil(Math.max(goodFrom, 1) / interval);
  const stopped = container.life.kind === "stopped";
  if (probes >= good) return { status: stopped ? "unhealthy" : "healthy", failingStreak: 0, probes, failing: false };
  const counted = Math.max(0, probes - Math.floor(check.startPeriodMs / interval));
  return {
    status: stopped || counted >= retries ? "unhealthy" : "starting",
    failingStreak: counted,
    probes,
    failing: probes > 0,
  };
}
