import { read } from "../ops/build.ts";
import type { Step } from "../ops/ir.ts";
import type { Overlay } from "../plan/overlay.ts";
import type { StateRun } from "./state-outcome.ts";
import { placed } from "./task-run.ts";

/** A user or group that steps name and the host does not have. `because`: the pending tasks that may yet make it. */
export interface MissingOwner {
  readonly what: string;
  readonly because: readonly string[];
}

/**
 * Check mode: whom files shall belong to is a name until they are written, and then it is too late to tell that nobody
 * has it. Where the host does not say (no getent), nothing is said.
 */
export async function missingOwners(
  run: StateRun,
  steps: readonly Step[],
  overlay: Overlay,
): Promise<readonly MissingOwner[]> {
  const looks = [...namesIn(steps, "owner"), ...namesIn(steps, "group")].map(({ kind, name }) => {
    const [database, what] = kind === "owner" ? (["passwd", "user"] as const) : (["group", "group"] as const);
    const probe = read.exec(["getent", database, "--", name], { looksAt: [`/etc/${database}`, "/etc/nsswitch.conf"] });
    return { probe, what: `${what} ${name}` };
  });
  if (looks.length === 0) return [];
  const replyTo = await run.hand.session.look(looks.map(({ probe }) => placed(run.bound, probe)));
  return looks.flatMap(({ probe, what }) => {
    const { reply, because } = overlay.see(probe, replyTo(placed(run.bound, probe)));
    return reply.kind === "done" && codeOf(reply.answer) === notFound ? [{ what, because }] : [];
  });
}

/** With which getent ends where a name is not there. */
const notFound = 2;

function namesIn(steps: readonly Step[], kind: "owner" | "group") {
  const names = steps.flatMap((step) => {
    if (step.kind === "wait-until" || step.at === "controller" || !(kind in step)) return [];
    const name: unknown = Reflect.get(step, kind);
    return typeof name === "string" && name !== "root" && !/^\d*$/.test(name) ? [name] : [];
  });
  return [...new Set(names)].map((name) => ({ kind, name }));
}

function codeOf(answer: unknown): unknown {
  return typeof answer === "object" && answer !== null ? Reflect.get(answer, "code") : undefined;
}
