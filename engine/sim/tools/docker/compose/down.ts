import { containersOf, type Say, serviceOf } from "../../../docker/compose/converge.ts";
import { inOrder, type Project } from "../../../docker/compose/project.ts";
import { removeContainer, stopContainer } from "../../../docker/container-life.ts";
import { dockerOf } from "../../../docker/engine.ts";
import { attachedTo, findNetwork, removeNetwork } from "../../../docker/networks.ts";
import { removeVolume } from "../../../docker/volumes.ts";
import type { Session } from "../../../session.ts";
import { parseOptions, says } from "../../../tool.ts";
import { own } from "../../../world.ts";
import type { Subcommand } from "./call.ts";

export const down: Subcommand = ({ context: { session }, args, say, project: load }) => {
  const { flags, values } = parseOptions("docker compose down", args, {
    flags: { "-v": "volumes", "--volumes": "volumes", "--remove-orphans": "orphans" },
    values: { "-t": "time", "--timeout": "time" },
  });
  const project = load([], true);
  const time = values.get("time")?.at(-1);
  const patience = time === undefined ? null : Number(time) * 1000;
  for (const service of inOrder(project, [...project.services.keys()]).toReversed())
    for (const { id, name } of containersOf(session, project.name, service.name))
      takeAway(session, id, name, patience ?? service.stopMs, say);
  if (flags.has("orphans")) {
    for (const container of containersOf(session, project.name))
      if (!project.services.has(serviceOf(container)))
        takeAway(session, container.id, container.name, patience ?? 10_000, say);
  }
  if (flags.has("volumes")) removeVolumes(session, project, say);
  for (const { name, external } of project.networks.values()) {
    const network = findNetwork(dockerOf(session.host), name);
    if (external || network === undefined) continue;
    say(` Network ${name}  Removing`);
    if (attachedTo(session.host, name).length > 0) say(` Network ${name}  Resource is still in use`);
    else {
      removeNetwork(session, network);
      say(` Network ${name}  Removed`);
    }
  }
  return says("");
};

function takeAway(session: Session, id: string, name: string, patienceMs: number, say: Say): void {
  say(` Container ${name}  Stopping`);
  stopContainer(session, id, patienceMs);
  say(` Container ${name}  Stopped`);
  say(` Container ${name}  Removing`);
  // Volumes without a name go with `-v` of another command alone.
  removeContainer(session, id, false);
  say(` Container ${name}  Removed`);
}

function removeVolumes(session: Session, project: Project, say: Say): void {
  for (const { name, external } of project.volumes.values()) {
    if (external || own(dockerOf(session.host).volumes, name) === undefined) continue;
    say(` Volume ${name}  Removing`);
    removeVolume(session, name);
    say(` Volume ${name}  Removed`);
  }
}
