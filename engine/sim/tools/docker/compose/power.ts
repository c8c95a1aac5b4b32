import { containersOf, startAll } from "../../../docker/compose/converge.ts";
import { ComposeError, inOrder, type Project } from "../../../docker/compose/project.ts";
import { waitForDependencies } from "../../../docker/compose/wait-for-services.ts";
import { removeContainer, startContainer, stopContainer } from "../../../docker/container-life.ts";
import { containerNow } from "../../../docker/container-now.ts";
import { parseOptions, refuseArgument, says } from "../../../tool.ts";
import type { Subcommand } from "./call.ts";
import { selection } from "./selection.ts";

const TIME = { values: { "-t": "time", "--timeout": "time" } };
const patience = (values: ReadonlyMap<string, readonly string[]>): number | null => {
  const time = values.get("time")?.at(-1);
  return time === undefined ? null : Number(time) * 1000;
};

export const stop: Subcommand = ({ context: { session }, args, say, project: load }) => {
  const { values, words } = parseOptions("docker compose stop", args, TIME);
  const project = load(words, true);
  for (const service of inOrder(project, selection(project, words)).toReversed()) {
    for (const { id, name } of containersOf(session, project.name, service.name)) {
      say(` Container ${name}  Stopping`);
      stopContainer(session, id, patience(values) ?? service.stopMs);
      say(` Container ${name}  Stopped`);
    }
  }
  return says("");
};

/** What they depend on is started, too. */
export const start: Subcommand = ({ context: { session }, args, say, project: load }) => {
  const { words } = parseOptions("docker compose start", args, {});
  const project = load(words, true);
  const wanted = dependencies(project, selection(project, words));
  for (const service of inOrder(project, wanted)) {
    const containers = containersOf(session, project.name, service.name);
    if (containers.length === 0) throw new ComposeError(`service "${service.name}" has no container to start`);
    waitForDependencies(session, project, service, say);
    startAll(session, project, service, say);
  }
  return says("");
};

function dependencies(project: Project, names: readonly string[]): readonly string[] {
  const found = new Set(names);
  for (const name of found)
    for (const next of Object.keys(project.services.get(name)?.dependsOn ?? {})) found.add(next);
  return [...found];
}

/** And what depends on them and says `restart: true`, unless `--no-deps`. */
export const restart: Subcommand = ({ context: { session }, args, say, project: load }) => {
  const { flags, values, words } = parseOptions("docker compose restart", args, {
    ...TIME,
    flags: { "--no-deps": "alone" },
  });
  const project = load(words, true);
  const wanted = new Set(selection(project, words));
  if (!flags.has("alone")) {
    for (const service of inOrder(project, [...project.services.keys()]))
      if (Object.entries(service.dependsOn).some(([name, { restart: along }]) => along && wanted.has(name)))
        wanted.add(service.name);
  }
  for (const service of inOrder(project, [...wanted])) {
    for (const { id, name } of containersOf(session, project.name, service.name)) {
      say(` Container ${name}  Restarting`);
      stopContainer(session, id, patience(values) ?? service.stopMs);
      startContainer(session, id);
      say(` Container ${name}  Started`);
    }
  }
  return says("");
};

export const remove: Subcommand = ({ context: { session }, args, say, project: load }) => {
  const { flags, words } = parseOptions("docker compose rm", args, {
    flags: {
      "-f": "force",
      "--force": "force",
      "-s": "stop",
      "--stop": "stop",
      "-v": "volumes",
      "--volumes": "volumes",
    },
  });
  if (!flags.has("force")) refuseArgument("docker compose rm", "to ask back");
  const project = load(words, true);
  const found = selection(project, words).flatMap((service) => containersOf(session, project.name, service));
  if (flags.has("stop")) {
    for (const { id, name } of found) {
      say(` Container ${name}  Stopping`);
      stopContainer(session, id, 10_000);
      say(` Container ${name}  Stopped`);
    }
  }
  const gone = found.filter(({ id }) => {
    const container = session.host.docker?.containers[id];
    return container !== undefined && !containerNow(session.host, container).running;
  });
  if (gone.length === 0) {
    say("No stopped containers");
    return says("");
  }
  for (const { id, name } of gone) {
    say(` Container ${name}  Removing`);
    removeContainer(session, id, flags.has("volumes"));
    say(` Container ${name}  Removed`);
  }
  return says(`Going to remove ${gone.map(({ name }) => name).join(", ")}\n`);
};
