import type { ComposeService } from "../../engine/formats/compose-model.ts";
import type { Change, Plan, Refusal, Step, Value, Verb } from "../../engine/module/index.ts";
import { change, contentFilePlan, refuse, waiting, write } from "../../engine/module/index.ts";
import { absentPlan } from "./absent-plan.ts";
import { compose, docker, type Project } from "./commands.ts";
import { type Container, readContainers, readImages } from "./containers.ts";
import { type Desired, desiredOf, envPaths } from "./desired.ts";
import { fixedTrouble } from "./fixed-things.ts";
import { groundTrouble, missingTrouble } from "./ground.ts";
import { parseJsonLines, textAt } from "./json.ts";
import { tailOf } from "./logs.ts";
import { contentParams, observedOf, type Seen, selectedOf, variablesOf } from "./look.ts";
import { overrideText, type Parts, partsOf } from "./marks.ts";
import type { Params } from "./params.ts";
import { OVERRIDE } from "./project-files.ts";
import { outdatedImages } from "./registry.ts";
import { type Surroundings, stepsFor } from "./steps.ts";
import { type Facts, judgeServices, mayComplete, stateOf, type Verdict } from "./verdicts.ts";

/** What is to be done, from what was seen: files, then services, then what is left over of earlier definitions. */
export function planFor(given: Params, seen: Seen): Plan {
  if (given.state === "absent") return absentPlan(given, seen);
  const desired = desiredOf(given, variablesOf(given, seen));
  const [first, ...more] = desired.errors;
  if (first !== undefined) {
    const others = more.length === 0 ? "" : ` (and ${more.length} more)`;
    return refuse(
      `${given.project}: ${[...first.path, first.message].join(" ").replace(/^(template|src|env_files) /, "")}${others}`,
    );
  }
  const ground = groundTrouble(seen);
  if (ground !== null) {
    // An earlier task may bring the engine: then all of this is still to be done.
    const fresh = presentPlan(given, desired, { ...seen, override: null }, true);
    return refuse(
      ground.why,
      ground.hint,
      fresh.kind === "change" && fresh.steps.length > 0 ? { otherwise: fresh } : {},
    );
  }
  return presentPlan(given, desired, seen, false);
}

/** All services, restarted in the order of their dependencies. */
export function restartVerb(given: Params, seen: Seen): Verb | null {
  if (given.state !== "restarted") return null;
  const desired = desiredOf(given, variablesOf(given, seen));
  const services = (selectedOf(given, desired.model) ?? []).filter(({ scale }) => scale > 0);
  const { project, doing } = surroundings(given, desired, seen);
  return {
    name: "restart",
    steps: [
      compose.restart(
        project,
        services.map(({ name }) => name),
        doing,
      ),
    ],
  };
}

function presentPlan(given: Params, desired: Desired, seen: Seen, fresh: boolean): Plan {
  const selected = selectedOf(given, desired.model) ?? [];
  const missing = fresh ? null : missingTrouble(given, desired, selected, seen);
  if (missing !== null) return missing;
  const files = filesPart(desired, seen);
  if (files.kind === "refuse") return files;
  const facts = factsOf(given, desired, seen);
  const fixed = given.state === "stopped" ? null : fixedTrouble(selected, facts);
  if (fixed !== null) return fixed;
  const verdicts = given.state === "stopped" ? [] : judgeServices(selected, facts);
  const around = surroundings(given, desired, seen);
  const before: Record<string, Value> = { ...files.before };
  const after: Record<string, Value> = { ...files.after };
  const steps: Step[] = [...files.steps];
  const did: string[] = [];

  for (const verdict of verdicts) {
    before[verdict.service.name] = verdict.before;
    after[verdict.service.name] = verdict.after;
  }
  const acts = verdicts.filter(({ act }) => act !== "none");
  if (acts.length > 0) {
    const override = overrideText(desired.model, facts.parts);
    if (override !== seen.override)
      steps.push(write.text(`${given.dir ?? ""}/${OVERRIDE}`, override, { mode: "0600" }));
    const pulled = acts
      .filter(({ service, act }) => needsImage(service, act, facts))
      .map(({ service }) => service.name);
    if (pulled.length > 0) steps.push(compose.pull(around.project, pulled, around.doing));
    const restarts = given.state === "restarted";
    if (restarts) did.push("restart");
    const todo = restarts ? verdicts.map(restarted) : verdicts;
    steps.push(...stepsFor(todo, around));
  }
  if (given.state === "stopped") stopInto({ given, facts, selected }, before, after, steps);
  const { warnings, remove } = orphansOf(given, desired, facts);
  for (const each of remove) {
    before[`orphan ${each.name}`] = each.state;
    after[`orphan ${each.name}`] = null;
  }
  const running = remove.filter(({ state }) => state === "running" || state === "restarting" || state === "paused");
  if (running.length > 0)
    steps.push(
      docker.stop(
        given.project,
        running.map(({ id }) => id),
      ),
    );
  if (remove.length > 0)
    steps.push(
      docker.remove(
        given.project,
        remove.map(({ id }) => id),
      ),
    );

  const told = [...desired.warnings, ...warnings, ...outdatedImages(given, selected, seen).warnings];
  const waits = verdicts.filter((verdict) => verdict.waits !== null);
  if (steps.length === 0 && waits.length > 0) return waiting(whyOf(waits, seen), { warnings: told, awaited: true });
  return change(before, after, steps, { did, warnings: told });
}

/** Those that nothing is to be done with are restarted along with the others. */
function restarted(verdict: Verdict): Verdict {
  return verdict.act === "none" && verdict.containers.length > 0 ? { ...verdict, act: "restart" } : verdict;
}

function needsImage({ image }: ComposeService, act: Verdict["act"], { images, outdated }: Facts): boolean {
  return (act === "create" || act === "recreate" || act === "start") && (!images.has(image) || outdated.has(image));
}

function factsOf(given: Params, desired: Desired, seen: Seen): Facts {
  const known = new Map<string, Parts>();
  const digestAt = (path: string): string | null => {
    const stat = seen[`bind ${path}`];
    return stat?.type === "file" ? (stat.sha256 ?? null) : null;
  };
  const names = [...desired.model.services.values()].map(({ image }) => image);
  return {
    model: desired.model,
    containers: readContainers(given.project, [seen.inspected, seen.others]),
    images: readImages(names, seen.images),
    outdated: outdatedImages(given, [...desired.model.services.values()], seen).names,
    parts(service) {
      const parts = known.get(service.name) ?? partsOf(service, desired.files, digestAt);
      known.set(service.name, parts);
      return parts;
    },
    netns: (pid) => seen[`netns ${pid}`]?.target ?? null,
    wait: given.wait,
    project: given.project,
    networkIds:
      seen.allNetworks?.code === 0
        ? new Set(parseJsonLines(seen.allNetworks.stdout).map((each) => textAt(each, "ID")))
        : null,
  };
}

function surroundings(given: Params, desired: Desired, seen: Seen): Surroundings {
  const dir = given.dir ?? "/";
  const dotEnv = given.env !== undefined || (seen.dotEnv ?? null) !== null;
  const project: Project = {
    name: given.project,
    dir,
    files: [...desired.compose.map(({ path }) => path), `${dir}/${OVERRIDE}`],
    envFiles: [...(dotEnv ? [`${dir}/.env`] : []), ...envPaths(given)],
    profiles: given.profiles,
  };
  const written = [...desired.model.services.values()].flatMap(({ mounts }) =>
    mounts.flatMap(({ kind, source, readOnly }) => (kind === "bind" && !readOnly ? [source] : [])),
  );
  return {
    project,
    doing: {
      touches: [...new Set(written)].sort(),
      unset: [...new Set([...desired.variables, ...FOREIGN])].sort(),
      limitMs: 1_800_000,
    },
    waitMs: given.wait_timeout * 1000,
    wait: given.wait,
    mayEnd: (service) => mayComplete(desired.model, service),
  };
}

/** Variables of the user that would choose other files or services than the task says. */
const FOREIGN = ["COMPOSE_FILE", "COMPOSE_PROFILES", "COMPOSE_ENV_FILES", "COMPOSE_PROJECT_NAME"];

interface FilesPart extends Pick<Change, "before" | "after" | "steps"> {
  readonly kind: "change";
}

function filesPart(desired: Desired, seen: Seen): FilesPart | Refusal {
  const before: Record<string, Value> = {};
  const after: Record<string, Value> = {};
  const steps: Step[] = [];
  const made = new Set<string>();
  for (const file of desired.files) {
    const plan = contentFilePlan(contentParams(file), file.content, observedOf(file, seen));
    if (plan.kind === "refuse") return plan;
    if (plan.kind !== "change") continue;
    for (const [field, value] of Object.entries(plan.before)) before[fieldOf(file.path, field)] = value;
    for (const [field, value] of Object.entries(plan.after)) after[fieldOf(file.path, field)] = value;
    for (const step of plan.steps) {
      if (step.kind === "mkdir") {
        if (made.has(step.path)) continue;
        made.add(step.path);
      }
      steps.push(step);
    }
  }
  return { kind: "change", before, after, steps };
}

function fieldOf(path: string, field: string): string {
  return field === "content" ? path : `${path} ${field}`;
}

interface Stopping {
  readonly given: Params;
  readonly facts: Facts;
  readonly selected: readonly ComposeService[];
}

/** Dependents first. Without a selection of its own the task means all; with one, only those that it names. */
function stopInto(
  { given, facts, selected }: Stopping,
  before: Record<string, Value>,
  after: Record<string, Value>,
  steps: Step[],
): void {
  const ids: string[] = [];
  for (const service of [...selected].reverse()) {
    const { name } = service;
    if (given.services !== undefined && !given.services.includes(name)) continue;
    const containers = facts.containers.filter((each) => each.service === name);
    const up = containers.filter(({ state }) => ["running", "restarting", "paused"].includes(state));
    const [one] = up;
    before[name] = one === undefined ? "stopped" : stateOf(one, mayComplete(facts.model, service));
    after[name] = "stopped";
    ids.push(...up.map(({ id }) => id));
  }
  if (ids.length > 0) steps.push(docker.stop(given.project, ids));
}

function orphansOf(given: Params, { model }: Desired, { containers }: Facts) {
  const orphans = containers.filter(({ service }) => !model.services.has(service));
  const warnings =
    orphans.length > 0 && !given.remove_orphans
      ? [
          `${orphans.map(({ name }) => name).join(", ")}: of the project, and of no service in its files; remove_orphans: true removes what is left over`,
        ]
      : [];
  return { warnings, remove: given.remove_orphans ? orphans : ([] as readonly Container[]) };
}

function whyOf(waits: readonly Verdict[], seen: Seen): string {
  return waits
    .map(({ waits: why, failing, service }) => {
      const [one] = failing;
      const log = one === undefined ? undefined : seen[`log ${one.id}`];
      return log === undefined ? (why ?? "") : tailOf(service.name, (why ?? "").slice(service.name.length + 1), log);
    })
    .join("\n");
}
