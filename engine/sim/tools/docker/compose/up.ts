import { containersOf, convergeService, type Say, serviceOf, startAll } from "../../../docker/compose/converge.ts";
import { logLine } from "../../../docker/compose/load-project.ts";
import { ComposeError, inOrder, LABEL, type Project, type Service, VERSION } from "../../../docker/compose/project.ts";
import { waitForAll, waitForDependencies } from "../../../docker/compose/wait-for-services.ts";
import { removeContainer, stopContainer } from "../../../docker/container-life.ts";
import { dockerOf } from "../../../docker/engine.ts";
import { createNetwork } from "../../../docker/networks.ts";
import { ensureVolume } from "../../../docker/volumes.ts";
import type { Session } from "../../../session.ts";
import { parseOptions, refuseArgument, says } from "../../../tool.ts";
import { own } from "../../../world.ts";
import type { Subcommand } from "./call.ts";
import { pullServices } from "./pull-services.ts";
import { selection } from "./selection.ts";

const UP = {
  flags: {
    "-d": "detach",
    "--detach": "detach",
    "--no-build": "no-build",
    "--quiet-pull": "quiet",
    "--remove-orphans": "orphans",
    "--wait": "wait",
    "--force-recreate": "force",
    "--no-recreate": "never",
    "--no-deps": "alone",
    "--no-start": "no-start",
  },
  values: { "--pull": "pull", "--wait-timeout": "timeout", "-t": "time", "--timeout": "time", "--scale": "scale" },
};

export const up: Subcommand = ({ context: { session, env }, args, say, project: load }) => {
  const { flags, values, words } = parseOptions("docker compose up", args, UP);
  if (!flags.has("detach") && !flags.has("wait")) refuseArgument("docker compose up", "to stay in the foreground");
  const whole = scaled(load(words), values.get("scale") ?? []);
  if (whole.services.size === 0) throw new ComposeError("no service selected");
  const named = selection(whole, words);
  const project = flags.has("alone") ? withoutDependencies(whole) : whole;
  const names = withDependencies(project, named);
  const services = inOrder(project, names);
  pullServices(session, services, values.get("pull")?.at(-1) ?? "policy", say);
  removeOrphans(
    session,
    whole,
    flags.has("orphans") || env.COMPOSE_REMOVE_ORPHANS === "true",
    env.COMPOSE_IGNORE_ORPHANS === "true",
    say,
  );
  ensureShared(session, project, say);
  const recreate = flags.has("force") ? "force" : flags.has("never") ? "never" : "diverged";
  for (const service of services)
    convergeService(session, project, service, { recreate, selected: new Set(named) }, say);
  if (flags.has("no-start")) return says("");
  for (const service of services) {
    waitForDependencies(session, project, service, say);
    startAll(session, project, service, say);
  }
  if (flags.has("wait")) {
    const timeout = values.get("timeout")?.at(-1);
    waitForAll(session, project, services, timeout === undefined ? null : Number(timeout) * 1000, say);
  }
  return says("");
};

function scaled(project: Project, scales: readonly string[]): Project {
  const services = new Map(project.services);
  for (const scale of scales) {
    const [name = "", count = ""] = scale.split("=");
    const service = services.get(name);
    if (service === undefined) throw new ComposeError(`no such service: ${name}`);
    services.set(name, { ...service, replicas: Number(count) });
  }
  return { ...project, services };
}

function withoutDependencies(project: Project): Project {
  const services = new Map(
    [...project.services].map(([name, service]): [string, Service] => [name, { ...service, dependsOn: {} }]),
  );
  return { ...project, services };
}

function withDependencies(project: Project, names: readonly string[]): readonly string[] {
  const found = new Set<string>();
  const add = (name: string): void => {
    if (found.has(name)) return;
    found.add(name);
    for (const next of Object.keys(project.services.get(name)?.dependsOn ?? {})) add(next);
  };
  for (const name of names) add(name);
  return [...found];
}

function removeOrphans(session: Session, project: Project, remove: boolean, silent: boolean, say: Say): void {
  const known = (service: string): boolean => project.services.has(service) || project.disabled.has(service);
  const orphans = containersOf(session, project.name).filter((container) => !known(serviceOf(container)));
  if (orphans.length === 0) return;
  if (!remove) {
    const names = orphans.map(({ name }) => name).join(" ");
    if (!silent)
      say(
        logLine(
          session,
          `Found orphan containers ([${names}]) for this project. If you removed or renamed this service in your compose file, you can run this command with the --remove-orphans flag to clean it up.`,
        ),
      );
    return;
  }
  for (const { id, name } of orphans) {
    say(` Container ${name}  Stopping`);
    stopContainer(session, id, 10_000);
    say(` Container ${name}  Stopped`);
    say(` Container ${name}  Removing`);
    removeContainer(session, id, false);
    say(` Container ${name}  Removed`);
  }
}

/** Networks and volumes that the services use; what is others' must be there. */
function ensureShared(session: Session, project: Project, say: Say): void {
  const used = new Set([...project.services.values()].flatMap(({ networks }) => Object.keys(networks)));
  for (const key of [...used].sort()) {
    const network = project.networks.get(key);
    if (network === undefined) continue;
    const there = Object.values(dockerOf(session.host).networks).some(({ name }) => name === network.name);
    if (there) continue;
    if (network.external) throw new ComposeError(`Error response from daemon: network ${network.name} not found`);
    say(` Network ${network.name}  Creating`);
    const labels = {
      ...network.labels,
      [`${LABEL}.network`]: key,
      [`${LABEL}.project`]: project.name,
      [`${LABEL}.version`]: VERSION,
    };
    createNetwork(session, network.name, { labels, internal: network.internal, byCompose: true });
    say(` Network ${network.name}  Created`);
  }
  const mounted = new Set(
    [...project.services.values()].flatMap(({ mounts }) =>
      mounts.flatMap(({ kind, source }) => (kind === "volume" && source !== "" ? [source] : [])),
    ),
  );
  for (const key of [...mounted].sort()) {
    const volume = project.volumes.get(key);
    if (volume === undefined || own(dockerOf(session.host).volumes, volume.name) !== undefined) continue;
    if (volume.external) throw new ComposeError(`external volume "${volume.name}" not found`);
    say(` Volume "${volume.name}"  Creating`);
    ensureVolume(session, volume.name, {
      ...volume.labels,
      [`${LABEL}.project`]: project.name,
      [`${LABEL}.version`]: VERSION,
      [`${LABEL}.volume`]: key,
    });
    say(` Volume "${volume.name}"  Created`);
  }
}
