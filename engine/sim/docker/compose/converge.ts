import { sha256 } from "../../files/node.ts";
import { stableJson } from "../../sandbox/stable-json.ts";
import type { Session } from "../../session.ts";
import type { Frozen } from "../../world.ts";
import { removeContainer, startContainer, stopContainer } from "../container-life.ts";
import { containerNow } from "../container-now.ts";
import { createContainer, type NewContainer } from "../create-container.ts";
import { changeDocker, DockerError, dockerOf } from "../engine.ts";
import { findImage } from "../images.ts";
import type { DockerContainer } from "../state.ts";
import { ComposeError, LABEL, type Project, type Service, VERSION } from "./project.ts";

export type Say = (line: string) => void;

/** Of a service of a project, by their numbers. Without a service: all of the project. */
export function containersOf(session: Session, project: string, service?: string): readonly Frozen<DockerContainer>[] {
  return Object.values(dockerOf(session.host).containers)
    .filter(({ config: { labels } }) => labels[`${LABEL}.project`] === project && labels[`${LABEL}.oneoff`] !== "True")
    .filter(({ config: { labels } }) => service === undefined || labels[`${LABEL}.service`] === service)
    .toSorted((a, b) => numberOf(a) - numberOf(b));
}
export function numberOf({ config }: Frozen<DockerContainer>): number {
  return Number(config.labels[`${LABEL}.container-number`] ?? 1);
}
export const serviceOf = ({ config }: Frozen<DockerContainer>): string => config.labels[`${LABEL}.service`] ?? "";

/** Of a definition, with the network mode as it is resolved: that of a dependent changes with each container it joins. */
export function configHash({ definition, image }: Service, networkMode: string | null): string {
  return sha256(stableJson({ ...definition, image, ...(networkMode === null ? {} : { network_mode: networkMode }) }));
}

/** `service:x` → `container:<id of x>`, as it is at this moment. */
export function resolvedMode(session: Session, project: Project, { networkMode, name }: Service): string | null {
  const joined = networkMode?.startsWith("service:") ? networkMode.slice("service:".length) : null;
  if (joined === null) return networkMode;
  const [first] = containersOf(session, project.name, joined);
  if (first === undefined)
    throw new ComposeError(`cannot share namespace with service ${joined} of ${name}: container missing`);
  return `container:${first.id}`;
}

export interface Convergence {
  readonly recreate: "diverged" | "force" | "never";
  /** Only these are made anew by force; what they depend on only where it has changed. */
  readonly selected: ReadonlySet<string>;
}

/** Brings the containers of a service to their number and definition; none is started. */
export function convergeService(
  session: Session,
  project: Project,
  service: Service,
  how: Convergence,
  say: Say,
): void {
  const there = containersOf(session, project.name, service.name);
  const networkMode = resolvedMode(session, project, service);
  const image = findImage(dockerOf(session.host), service.image);
  const hash = configHash(service, networkMode);
  for (const surplus of there.slice(service.replicas)) {
    say(` Container ${surplus.name}  Stopping`);
    stopContainer(session, surplus.id, service.stopMs);
    say(` Container ${surplus.name}  Stopped`);
    say(` Container ${surplus.name}  Removing`);
    removeContainer(session, surplus.id, false);
    say(` Container ${surplus.name}  Removed`);
  }
  for (const container of there.slice(0, service.replicas)) {
    const { labels } = container.config;
    const forced = how.recreate === "force" && how.selected.has(service.name);
    const diverged =
      labels[`${LABEL}.config-hash`] !== hash || (image !== undefined && labels[`${LABEL}.image`] !== image.id);
    if (how.recreate !== "never" && (forced || diverged)) {
      say(` Container ${container.name}  Recreate`);
      recreate(session, project, service, container, networkMode, hash);
      say(` Container ${container.name}  Recreated`);
      continue;
    }
    const { status } = containerNow(session.host, container);
    if (status === "running" || status === "paused") say(` Container ${container.name}  Running`);
    else if (status === "exited") say(` Container ${container.name}  Created`);
  }
  const taken = new Set(there.map(numberOf));
  for (let number = 1, count = Math.min(there.length, service.replicas); count < service.replicas; number += 1) {
    if (taken.has(number)) continue;
    count += 1;
    const name = containerName(project, service, number);
    say(` Container ${name}  Creating`);
    create(session, project, service, { number, name, networkMode, hash });
    say(` Container ${name}  Created`);
  }
}

export function containerName(project: Project, { name, containerName: own }: Service, number: number): string {
  return own ?? `${project.name}-${name}-${number}`;
}

interface Making {
  readonly number: number;
  readonly name: string;
  readonly networkMode: string | null;
  readonly hash: string;
  /** Unnamed volumes go over to the next container, by where they are mounted. */
  readonly inherited?: readonly DockerContainer["mounts"][number][];
}

function create(session: Session, project: Project, service: Service, making: Making): string {
  const image = findImage(dockerOf(session.host), service.image);
  if (image === undefined) throw new DockerError(`no such image: ${service.image}: No such image: ${service.image}`);
  const networks = Object.fromEntries(
    Object.entries(service.networks).map(([key, aliases]) => [
      project.networks.get(key)?.name ?? key,
      [making.name, service.name, ...aliases],
    ]),
  );
  const [first] = Object.keys(networks);
  const inherited = (making.inherited ?? []).map(({ source, target }) => `${source}:${target}`);
  const wanted: NewContainer = {
    name: making.name,
    image: service.image,
    ...(service.command !== null && { cmd: service.command }),
    ...(service.entrypoint !== null && { entrypoint: service.entrypoint }),
    env: Object.entries(service.environment).flatMap(([key, value]) => (value === null ? [] : [`${key}=${value}`])),
    labels: { ...service.labels, ...ownLabels(project, service, making, image.id) },
    ...(service.user !== null && { user: service.user }),
    ...(service.workdir !== null && { workdir: service.workdir }),
    ...(service.hostname !== null && { hostname: service.hostname }),
    ...(service.healthcheck !== null && { healthcheck: mergedCheck(service.healthcheck, image.config.healthcheck) }),
    exposed: service.expose,
    networkMode: making.networkMode ?? first ?? "none",
    ...(making.networkMode === null && { networks }),
    binds: [...service.binds, ...inherited],
    hostMounts: service.mounts.map((mount) =>
      mount.kind === "volume" && mount.source !== ""
        ? { ...mount, source: project.volumes.get(mount.source)?.name ?? mount.source }
        : mount,
    ),
    ports: service.ports,
    restart: service.restart,
    attach: true,
    hostConfig: service.hostConfig,
  };
  return createContainer(session, wanted);
}

/** What a file does not say of a health check stays as the image has it. */
function mergedCheck(
  said: Exclude<Service["healthcheck"], null>,
  image: Frozen<DockerContainer>["config"]["healthcheck"],
) {
  if (said === "none" || image === null || said.test.length > 0) return said;
  return {
    test: image.test,
    intervalMs: said.intervalMs || image.intervalMs,
    timeoutMs: said.timeoutMs || image.timeoutMs,
    startPeriodMs: said.startPeriodMs || image.startPeriodMs,
    retries: said.retries || image.retries,
  };
}

function ownLabels(
  project: Project,
  service: Service,
  { number, hash }: Making,
  image: string,
): Readonly<Record<string, string>> {
  const depends = Object.entries(service.dependsOn).map(
    ([name, { condition, restart }]) => `${name}:${condition}:${restart}`,
  );
  return {
    [`${LABEL}.config-hash`]: hash,
    [`${LABEL}.container-number`]: String(number),
    [`${LABEL}.depends_on`]: depends.join(","),
    [`${LABEL}.image`]: image,
    [`${LABEL}.oneoff`]: "False",
    [`${LABEL}.project`]: project.name,
    [`${LABEL}.project.config_files`]: project.files.join(","),
    [`${LABEL}.project.working_dir`]: project.dir,
    [`${LABEL}.service`]: service.name,
    [`${LABEL}.version`]: VERSION,
  };
}

/** Made beside the old one under a name of its own, so that a failure leaves that as it was. */
function recreate(
  session: Session,
  project: Project,
  service: Service,
  old: Frozen<DockerContainer>,
  networkMode: string | null,
  hash: string,
): void {
  const number = numberOf(old);
  const aside = `${old.id.slice(0, 12)}_${old.name}`;
  const inherited = old.mounts.filter(({ kind, source }) => kind === "volume" && /^[0-9a-f]{64}$/.test(source));
  const id = create(session, project, service, { number, name: aside, networkMode, hash, inherited });
  stopContainer(session, old.id, service.stopMs);
  removeContainer(session, old.id, false);
  const made = changeDocker(session).containers[id];
  if (made === undefined) return;
  made.name = containerName(project, service, number);
  made.networks = Object.fromEntries(
    Object.entries(made.networks).map(([name, attachment]) => [
      name,
      { ...attachment, aliases: attachment.aliases.map((alias) => (alias === aside ? made.name : alias)) },
    ]),
  );
}

export function startAll(session: Session, project: Project, service: Service, say: Say): void {
  for (const container of containersOf(session, project.name, service.name)) {
    if (containerNow(session.host, container).running) continue;
    say(` Container ${container.name}  Starting`);
    startContainer(session, container.id);
    say(` Container ${container.name}  Started`);
  }
}
