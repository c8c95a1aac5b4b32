import { type ComposeModel, type ComposeService, needsOf } from "../../engine/formats/compose-model.ts";
import type { Container } from "./containers.ts";
import { differingParts, markOf, type Parts } from "./marks.ts";
import { misplaced } from "./misplaced.ts";

export type Act = "none" | "create" | "recreate" | "start" | "restart" | "unpause";
/** What is to be done with a service, and how that is told. */
export interface Verdict {
  readonly service: ComposeService;
  readonly containers: readonly Container[];
  readonly act: Act;
  /** As it is and as it shall be, in the user's words. */
  readonly before: string;
  readonly after: string;
  /** Nothing is to be done, and it is not there yet. */
  readonly waits: string | null;
  /** Containers whose last lines tell why. */
  readonly failing: readonly Container[];
}

/** All that is known of the host. */
export interface Facts {
  readonly model: ComposeModel;
  readonly containers: readonly Container[];
  /** Ids of images that are on the host, by the names that the files use. */
  readonly images: ReadonlyMap<string, string>;
  /** Names for which the registry has another image now. */
  readonly outdated: ReadonlySet<string>;
  readonly parts: (service: ComposeService) => Parts;
  /** The network namespace that a process lives in; null: not looked at. */
  readonly netns: (pid: number) => string | null;
  readonly wait: boolean;
  readonly project: string;
  /** Of all networks on the host; null: not looked at, as where all containers run. */
  readonly networkIds: ReadonlySet<string> | null;
}

/** Services in an order in which each comes after what it needs: what becomes of one decides what becomes of the next. */
export function judgeServices(order: readonly ComposeService[], facts: Facts): readonly Verdict[] {
  const verdicts = new Map<string, Verdict>();
  for (const service of order) verdicts.set(service.name, judge(service, facts, verdicts));
  return [...verdicts.values()];
}

/** It may come to an end by itself, and that is no crash. */
export function mayComplete({ services }: ComposeModel, { name, restart, definition }: ComposeService): boolean {
  const others = [...services.values()];
  if (others.some(({ dependsOn }) => dependsOn.get(name)?.condition === "service_completed_successfully")) return true;
  const policy = restart ?? deployPolicy(definition.deploy);
  if (policy !== null) return /^(no|none|false|on-failure(:\d+)?)$/.test(policy);
  // Nothing was said. What others talk to is meant to stay.
  const serves = definition.ports !== undefined || definition.healthcheck !== undefined;
  return !serves && !others.some((other) => needsOf(other).includes(name));
}

function deployPolicy(deploy: unknown): string | null {
  if (typeof deploy !== "object" || deploy === null || !("restart_policy" in deploy)) return null;
  const policy = deploy.restart_policy;
  if (typeof policy !== "object" || policy === null || !("condition" in policy)) return null;
  return String(policy.condition);
}

function judge(service: ComposeService, facts: Facts, earlier: ReadonlyMap<string, Verdict>): Verdict {
  const { name, scale } = service;
  const containers = facts.containers.filter((each) => each.service === name);
  const mayEnd = mayComplete(facts.model, service);
  const after = wanted(scale, mayEnd);
  const verdict = (act: Act, before: string, more: Partial<Verdict> = {}): Verdict => ({
    service,
    containers,
    act,
    before: act === "none" ? after : before,
    after,
    waits: null,
    failing: [],
    ...more,
  });
  const done = (each: Container): boolean => mayEnd && each.state === "exited" && each.exitCode === 0;
  const stateText = statesOf(containers, mayEnd);
  if (containers.length === 0) return verdict(scale === 0 ? "none" : "create", "missing");

  const outdated = reasonsToReplace(service, containers, facts, earlier);
  if (outdated.length > 0 && scale > 0)
    return verdict("recreate", `${stateText}, to be replaced: ${outdated.join("; ")}`);
  if (containers.length !== scale) {
    return verdict("start", `${containers.length} of ${scale}${scale < containers.length ? "" : " running"}`);
  }
  if (containers.some(({ state }) => state === "paused")) return verdict("unpause", "paused");
  const down = containers.filter((each) => !["running", "restarting", "removing"].includes(each.state) && !done(each));
  if (down.length > 0) return verdict("start", stateText, { failing: down.filter(({ exitCode }) => exitCode !== 0) });
  const stale = reasonsToRestart(service, containers, facts, earlier);
  if (stale.length > 0) return verdict("restart", `${stateText}, to be restarted: ${stale.join("; ")}`);
  if (!facts.wait) return verdict("none", after);
  const notYet = containers.filter(
    ({ state, health }) =>
      state === "restarting" || state === "removing" || health === "starting" || health === "unhealthy",
  );
  const [first] = notYet;
  if (first === undefined) return verdict("none", after);
  return verdict("none", after, { waits: `${name} ${stateOf(first, mayEnd)}`, failing: notYet });
}

/** What can be mended by a new container alone. */
function reasonsToReplace(
  service: ComposeService,
  containers: readonly Container[],
  facts: Facts,
  earlier: ReadonlyMap<string, Verdict>,
): readonly string[] {
  const reasons: string[] = [];
  const parts = facts.parts(service);
  const mark = markOf(parts);
  const other = containers.find((each) => each.mark !== mark);
  if (other !== undefined) {
    const changed = differingParts(parts, other.parts);
    if (other.mark === null) reasons.push("lab has not made it");
    else reasons.push(changed.length === 0 ? "definition changed" : `changed: ${changed.join(", ")}`);
  }
  // What has done its work is not done once more because its network went with the others'.
  const mayEnd = mayComplete(facts.model, service);
  const working = containers.filter(({ state, exitCode }) => !(mayEnd && state === "exited" && exitCode === 0));
  if (other === undefined) reasons.push(...working.flatMap((each) => misplaced(service, facts, each)));
  const imageId = facts.images.get(service.image);
  if (facts.outdated.has(service.image)) reasons.push(`the registry has another image ${service.image}`);
  else if (
    imageId !== undefined &&
    containers.some((each) => each.imageId !== imageId && each.image === service.image)
  ) {
    reasons.push(`${service.image} is another image now`);
  }
  for (const [key, host] of service.shares) {
    const its = key === "network_mode" ? "network" : key;
    const theirs = earlier.get(host);
    if (theirs?.act === "create" || theirs?.act === "recreate")
      reasons.push(`it lives in the ${its} of ${host}, which is made anew`);
    else if (theirs !== undefined && theirs.containers.length > 0) {
      const ids = theirs.containers.map(({ id }) => id);
      const gone = containers.some(({ shares }) => shares[key] === null || !ids.includes(shares[key]));
      if (gone) reasons.push(`it lives in the ${its} of a container of ${host} that is gone`);
    }
  }
  if (containers.some(({ state }) => state === "dead")) reasons.push("it is dead");
  return reasons;
}

function reasonsToRestart(
  service: ComposeService,
  containers: readonly Container[],
  { netns }: Facts,
  earlier: ReadonlyMap<string, Verdict>,
): readonly string[] {
  const running = containers.filter(({ state }) => state === "running");
  if (running.length === 0) return [];
  const reasons: string[] = [];
  for (const [key, host] of service.shares) {
    const its = key === "network_mode" ? "network" : key;
    const theirs = earlier.get(host);
    if (theirs === undefined) continue;
    if (theirs.act === "start" || theirs.act === "restart")
      reasons.push(`it lives in the ${its} of ${host}, which is started anew`);
    else if (running.some((each) => isStale(each, theirs.containers, key, netns))) {
      reasons.push(`${host} was restarted after it: it is left in a ${its} that is gone`);
    }
  }
  for (const [name, { restart }] of service.dependsOn) {
    const other = earlier.get(name);
    if (!restart || other === undefined || [...service.shares.values()].includes(name)) continue;
    if (other.act === "create" || other.act === "recreate") reasons.push(`${name} is made anew`);
    else if (other.containers.some(({ created }) => running.some(({ startedAt }) => later(created, startedAt)))) {
      reasons.push(`${name} was made anew after it was started`);
    }
  }
  return reasons;
}

/** Where both namespaces were looked at, they decide; else who was started first. */
function isStale(
  each: Container,
  theirs: readonly Container[],
  key: "network_mode" | "ipc" | "pid",
  netns: Facts["netns"],
): boolean {
  const host = theirs.find(({ id }) => id === each.shares[key]);
  if (host === undefined || host.state !== "running") return false;
  const [own, its] = [netns(each.pid), netns(host.pid)];
  if (key === "network_mode" && own !== null && its !== null) return own !== its;
  return later(host.startedAt, each.startedAt);
}

/** Docker writes up to nine digits of a second and leaves zeros out. */
function later(one: string, other: string): boolean {
  const [a, b] = [one, other].map((time) => {
    const [, seconds = "", fraction = ""] = /^([^.Z]*)(?:\.(\d+))?Z?$/.exec(time) ?? [];
    return `${seconds}.${fraction.padEnd(9, "0")}`;
  });
  return (a ?? "") > (b ?? "");
}

function wanted(scale: number, mayEnd: boolean): string {
  if (scale === 0) return "none";
  return `${scale === 1 ? "" : `${scale} `}running${mayEnd ? " or done" : ""}`;
}

function statesOf(containers: readonly Container[], mayEnd: boolean): string {
  const texts = [...new Set(containers.map((each) => stateOf(each, mayEnd)))];
  return texts.join(" and ");
}

export function stateOf({ state, exitCode, health }: Container, mayEnd: boolean): string {
  if (state === "exited") return mayEnd && exitCode === 0 ? "done" : `exited (${exitCode})`;
  if (state === "created") return "never started";
  if (state === "restarting") return `keeps restarting (exit ${exitCode})`;
  if (state === "running" && health === "unhealthy") return "is unhealthy";
  if (state === "running" && health === "starting") return "is starting";
  return state;
}
