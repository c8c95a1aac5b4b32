import type { Session } from "../../session.ts";
import { containerNow } from "../container-now.ts";
import { dockerOf } from "../engine.ts";
import { containersOf, type Say } from "./converge.ts";
import { ComposeError, type Condition, type Project, type Service } from "./project.ts";

const STEP_MS = 500;
/** Nobody waits longer; what waits for ever there ends here. */
const LONGEST_MS = 3_600_000;

/** Waits for what a service depends on, as far as a condition says so; throws ComposeError where that cannot come true. */
export function waitForDependencies(session: Session, project: Project, service: Service, say: Say): void {
  for (const [name, { condition, required }] of Object.entries(service.dependsOn)) {
    if (condition === "service_started" || !project.services.has(name)) continue;
    try {
      waitFor(session, project, name, condition, LONGEST_MS, say, true);
    } catch (error) {
      if (!(error instanceof ComposeError) || required) throw error;
    }
  }
}

/** `up --wait`: until everything runs or is healthy, and what others wait to end has ended. */
export function waitForAll(
  session: Session,
  project: Project,
  services: readonly Service[],
  timeoutMs: number | null,
  say: Say,
): void {
  const until = session.host.clockMs + (timeoutMs ?? LONGEST_MS);
  for (const { name } of services) {
    const ends = [...project.services.values()].some(
      ({ dependsOn }) => dependsOn[name]?.condition === "service_completed_successfully",
    );
    const left = Math.max(0, until - session.host.clockMs);
    waitFor(session, project, name, ends ? "service_completed_successfully" : "running", left, say, false, timeoutMs);
  }
}

function waitFor(
  session: Session,
  project: Project,
  service: string,
  condition: Condition | "running",
  forMs: number,
  say: Say,
  dependency: boolean,
  timeoutMs: number | null = null,
): void {
  const until = session.host.clockMs + forMs;
  const names = containersOf(session, project.name, service).map(({ name }) => name);
  if (names.length === 0) return;
  for (const name of names) say(` Container ${name}  Waiting`);
  const failed = (name: string, message: string): never => {
    if (!dependency) throw new ComposeError(message);
    say(` Container ${name}  Error`);
    throw new ComposeError(`dependency failed to start: ${message}`);
  };
  for (;;) {
    session.spend(STEP_MS);
    let ready = true;
    for (const { id, name } of containersOf(session, project.name, service)) {
      const container = dockerOf(session.host).containers[id];
      if (container === undefined) continue;
      const now = containerNow(session.host, container);
      if (condition === "service_completed_successfully") {
        if (now.status !== "exited") ready = false;
        else if (now.exitCode !== 0) {
          const message = `service "${service}" didn't complete successfully: exit ${now.exitCode}`;
          say(` Container ${name}  ${message}`);
          throw new ComposeError(message);
        }
        continue;
      }
      if (now.status === "exited") failed(name, `container ${name} exited (${now.exitCode})`);
      if (condition === "service_healthy" && now.health === null)
        failed(name, `container ${name} has no healthcheck configured`);
      if (now.health?.status === "unhealthy") failed(name, `container ${name} is unhealthy`);
      if (now.status !== "running" || now.health?.status === "starting") ready = false;
    }
    if (ready) break;
    if (session.host.clockMs >= until) {
      throw new ComposeError(
        timeoutMs === null
          ? "the embedded lab waited for an hour in vain"
          : `application not healthy after ${timeoutMs / 1000}s`,
      );
    }
  }
  const word = condition === "service_completed_successfully" ? "Exited" : "Healthy";
  for (const name of names) say(` Container ${name}  ${word}`);
}
