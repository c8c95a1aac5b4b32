import { type ComposeService, needsOf } from "../../engine/formats/compose-model.ts";
import type { ExecAnswer, Step } from "../../engine/module/index.ts";
import { write } from "../../engine/module/index.ts";
import { compose, type Doing, docker, look, type Project } from "./commands.ts";
import { type Listed, readListed } from "./containers.ts";
import { logLines, tailOf } from "./logs.ts";
import type { Verdict } from "./verdicts.ts";

export interface Surroundings {
  readonly project: Project;
  readonly doing: Doing;
  readonly waitMs: number;
  /** False: nothing is waited for but what others depend on. */
  readonly wait: boolean;
  readonly mayEnd: (service: ComposeService) => boolean;
}

/**
 * The commands that bring about what was decided, in an order in which each service finds what it needs: neighbours that
 * need the same command share it, and where one waits for another's health, so do we. Compose's own waiting could not
 * tell why it was in vain.
 */
export function stepsFor(verdicts: readonly Verdict[], around: Surroundings): readonly Step[] {
  const { project, doing, wait } = around;
  const left = new Map(verdicts.filter(({ act }) => act !== "none").map((verdict) => [verdict.service.name, verdict]));
  const acted = [...left.values()];
  const byName = new Map(verdicts.map((verdict) => [verdict.service.name, verdict]));
  const waited = new Set<string>();
  const steps: Step[] = [];
  while (left.size > 0) {
    const batch = nextBatch([...left.values()], left);
    for (const { service } of batch) {
      for (const [name, { condition }] of service.dependsOn) {
        const other = byName.get(name);
        if (condition === "service_started" || other === undefined || waited.has(name)) continue;
        if (other.act === "none" && other.waits === null) continue;
        waited.add(name);
        steps.push(waitFor([other], around, condition === "service_healthy" ? "healthy" : "done"));
      }
    }
    const names = batch.map(({ service }) => service.name);
    const ids = batch
      .flatMap(({ containers }) => containers)
      .filter(({ state }) => state === "paused")
      .map(({ id }) => id);
    const [first] = batch;
    switch (first?.act) {
      case "create":
      case "recreate":
        steps.push(compose.recreate(project, names, doing));
        break;
      case "start":
        steps.push(compose.start(project, names, doing));
        break;
      case "restart":
        steps.push(compose.restart(project, names, doing));
        break;
      case "unpause":
        steps.push(docker.unpause(project.name, ids));
        break;
    }
    for (const name of names) left.delete(name);
  }
  const last = acted.filter(({ service }) => !waited.has(service.name));
  if (wait && last.length > 0) {
    steps.push(waitFor(last, around, "running"));
  }
  return steps;
}

/** Those that can be dealt with now by one command: what they need is done, or is in the same batch and need only be started. */
function nextBatch(todo: readonly Verdict[], left: ReadonlyMap<string, Verdict>): readonly Verdict[] {
  const batch: Verdict[] = [];
  const inBatch = new Set<string>();
  for (const verdict of todo) {
    const { service } = verdict;
    const [first] = batch;
    if (first !== undefined && commandOf(first) !== commandOf(verdict)) continue;
    const free = needsOf(service).every((name) => {
      if (!left.has(name)) return true;
      return inBatch.has(name) && (service.dependsOn.get(name)?.condition ?? "service_started") === "service_started";
    });
    if (!free) continue;
    batch.push(verdict);
    inBatch.add(service.name);
  }
  return batch;
}

function commandOf({ act }: Verdict): string {
  return act === "create" ? "recreate" : act;
}

type Aim = "running" | "healthy" | "done";

function waitFor(verdicts: readonly Verdict[], around: Surroundings, aim: Aim): Step {
  const { project, waitMs, mayEnd } = around;
  const stateOf = (listed: readonly Listed[], { service }: Verdict): "there" | "not yet" | string => {
    const { name } = service;
    const own = listed.filter((each) => each.service === name);
    const done = (each: Listed): boolean => mayEnd(service) && each.state === "exited" && each.exitCode === 0;
    // What has no health must at least not die at once.
    const ready = (each: Listed): boolean =>
      (done(each) && aim !== "healthy") ||
      (aim !== "done" &&
        each.state === "running" &&
        (each.health === "healthy" || (each.health === null && !each.fresh)));
    const restarts = /^(always|unless-stopped)$/.test(service.restart ?? "");
    const ended = own.find((each) => (each.state === "exited" || each.state === "dead") && !done(each) && !restarts);
    if (ended !== undefined) return `${name} has ended with exit code ${ended.exitCode ?? "?"}`;
    if (aim === "healthy" && own.some(({ state, health }) => state === "running" && health === null)) {
      return `${name} has no health check, and another service waits for it to be healthy`;
    }
    return own.length >= service.scale && own.every(ready) ? "there" : "not yet";
  };
  const states = (answer: ExecAnswer): readonly string[] => {
    const listed = readListed(answer);
    return verdicts.map((verdict) => stateOf(listed, verdict));
  };
  const why = `${verdicts.map(({ service }) => service.name).join(", ")} to be ${aim}`;
  return write.waitUntil(
    look.containers(project.name),
    (answer) => states(answer).every((state) => state === "there"),
    {
      why,
      forMs: waitMs,
      hopeless: (answer) => states(answer).find((state) => state !== "there" && state !== "not yet") ?? null,
      explain(answer) {
        const index = states(answer).findIndex((state) => state !== "there");
        const failing = verdicts[index]?.service.name;
        const listed = readListed(answer).filter(({ service }) => service === failing);
        const worst = listed.find(({ state, health }) => state !== "running" || health !== "healthy") ?? listed[0];
        if (failing === undefined || worst === undefined) return null;
        return {
          probe: look.logs(project.name, worst.id, logLines),
          tell: (log) => tailOf(failing, worst.health === "unhealthy" ? "is unhealthy" : `is ${worst.state}`, log),
        };
      },
    },
  );
}
