import { nodeOf } from "../files/look-at-path.ts";
import { sha256 } from "../files/node.ts";
import type { Session } from "../session.ts";
import type { Frozen } from "../world.ts";
import { containerNow, programIn } from "./container-now.ts";
import { changeDocker, DockerError, dockerOf, newId } from "./engine.ts";
import { joins } from "./find-container.ts";
import { freeAddress } from "./networks.ts";
import type { DockerContainer, PortBinding } from "./state.ts";
import { removeVolume } from "./volumes.ts";

const START_MS = 300;
const EXIT_MS = 50;

function held(session: Session, id: string): DockerContainer {
  const container = changeDocker(session).containers[id];
  if (container === undefined) throw new DockerError(`No such container: ${id}`);
  return container;
}

/** Starts a container that is not running; throws DockerError where that fails, and it is then as the engine leaves it. */
export function startContainer(session: Session, id: string): void {
  const { host } = session;
  const container = held(session, id);
  if (containerNow(host, container).running) return;
  const before = containerNow(host, container);
  session.spend(START_MS);
  const refuse = (message: string, exitCode = 128): never => {
    const stopped = before.startedAt !== null && before.finishedAt !== null;
    container.life = stopped
      ? {
          kind: "stopped",
          startedAt: before.startedAt ?? 0,
          at: before.finishedAt ?? 0,
          exitCode: before.exitCode,
          error: message,
        }
      : { kind: "created", exitCode, error: message };
    throw new DockerError(message);
  };
  const joined = joins(container);
  const other = joined === null ? null : dockerOf(host).containers[joined];
  if (other === undefined) refuse(`No such container: ${joined}`);
  const theirs = other === null || other === undefined ? null : containerNow(host, other);
  if (theirs !== null && !theirs.running) refuse(`cannot join network of a non running container: ${joined}`);
  for (const device of devicesOf(container)) {
    if (nodeOf(session, device) === undefined)
      refuse(`error gathering device information while adding custom device "${device}": no such file or directory`);
  }
  const conflict = portConflict(session, container);
  if (conflict !== null) {
    const endpoint = newId(session, "endpoint");
    const { ip, port } = conflict;
    refuse(
      `driver failed programming external connectivity on endpoint ${container.name} (${endpoint}): Bind for ${ip || "0.0.0.0"}:${port} failed: port is already allocated`,
    );
  }
  const program = programIn(host, dockerOf(host), container);
  if (program.missing !== undefined) {
    refuse(
      `failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "${program.missing}": ${program.missing.includes("/") ? `stat ${program.missing}: no such file or directory` : "executable file not found in $PATH"}: unknown`,
      127,
    );
  }
  for (const [name, attachment] of Object.entries(container.networks))
    container.networks[name] = { ...attachment, ip: freeAddress(host, name) };
  const state = changeDocker(session);
  state.serial += 1;
  const number = Number.parseInt(sha256(`process ${id} ${state.serial} ${host.clockMs}`).slice(0, 7), 16);
  container.starts += 1;
  container.life = {
    kind: "started",
    at: host.clockMs,
    pid: 1_000 + (number % 4_000_000),
    netns: theirs?.netns ?? 4_026_532_000 + (number % 900_000),
  };
  // Until whoever asked hears of it, what ends at once has ended.
  session.spend(EXIT_MS * 2);
}

function devicesOf({ hostConfig }: Frozen<DockerContainer>): readonly string[] {
  const devices = hostConfig.Devices;
  if (!Array.isArray(devices)) return [];
  return devices.flatMap((each: unknown) =>
    typeof each === "object" && each !== null && "PathOnHost" in each && typeof each.PathOnHost === "string"
      ? [each.PathOnHost]
      : [],
  );
}

function portConflict(session: Session, container: Frozen<DockerContainer>): PortBinding | null {
  const key = ({ target, port }: PortBinding): string => `${port}/${target.split("/")[1]}`;
  const used = Object.values(dockerOf(session.host).containers)
    .filter((other) => other.id !== container.id && containerNow(session.host, other).running)
    .flatMap(({ ports }) => ports);
  const clash = (mine: PortBinding, other: PortBinding): boolean =>
    mine.port !== "" && key(mine) === key(other) && (mine.ip === other.ip || isAny(mine.ip) || isAny(other.ip));
  return container.ports.find((mine) => used.some((other) => clash(mine, other))) ?? null;
}
const isAny = (ip: string): boolean => ip === "" || ip === "0.0.0.0" || ip === "::";

/** Asks its process to end, and kills it when that takes too long. */
export function stopContainer(session: Session, id: string, patienceMs: number): void {
  const { host } = session;
  const container = held(session, id);
  const now = containerNow(host, container);
  if (!now.running && now.status !== "restarting") {
    settle(container, now);
    return;
  }
  const { termCode } = programIn(host, dockerOf(host), container);
  session.spend(termCode === null ? patienceMs : EXIT_MS);
  ended(session, container, now.startedAt ?? host.clockMs, now.running ? (termCode ?? 137) : now.exitCode);
}

export function killContainer(session: Session, id: string): void {
  const container = held(session, id);
  const now = containerNow(session.host, container);
  session.spend(EXIT_MS);
  ended(session, container, now.startedAt ?? session.host.clockMs, 137);
}

function ended(session: Session, container: DockerContainer, startedAt: number, exitCode: number): void {
  container.life = { kind: "stopped", startedAt, at: session.host.clockMs, exitCode, error: "" };
  for (const [name, attachment] of Object.entries(container.networks))
    container.networks[name] = { ...attachment, ip: "" };
  if (container.autoRemove) removeContainer(session, container.id, true);
}

/** What it has come to by itself is from now on what it is: a stop by hand ends its restarts, too. */
function settle(
  container: DockerContainer,
  { status, startedAt, finishedAt, exitCode, error }: ReturnType<typeof containerNow>,
): void {
  if (container.life.kind !== "started" || status !== "exited") return;
  container.life = { kind: "stopped", startedAt: startedAt ?? 0, at: finishedAt ?? 0, exitCode, error };
}

export function pauseContainer(session: Session, id: string, paused: boolean): void {
  const container = held(session, id);
  const { life } = container;
  if (life.kind !== "started") throw new DockerError(`Container ${id} is not running`);
  const { pausedAt, ...rest } = life;
  if (paused === (pausedAt !== undefined))
    throw new DockerError(paused ? `Container ${id} is already paused` : `Container ${id} is not paused`);
  container.life = paused ? { ...rest, pausedAt: session.host.clockMs } : rest;
}

export function removeContainer(session: Session, id: string, volumes: boolean): void {
  const state = changeDocker(session);
  const container = state.containers[id];
  if (container === undefined) return;
  delete state.containers[id];
  const host = session.change();
  if (host.dockerInsides !== undefined) delete host.dockerInsides[id];
  if (!volumes) return;
  const anonymous = container.mounts.filter(({ kind, source }) => kind === "volume" && /^[0-9a-f]{64}$/.test(source));
  for (const { source } of anonymous) if (state.volumes[source] !== undefined) removeVolume(session, source);
}
