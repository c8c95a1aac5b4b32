import { read } from "../../ops/build.ts";
import type { Step } from "../../ops/ir.ts";
import type { Overlay } from "../../plan/overlay.ts";
import { placed } from "../look/task-run.ts";
import { failed, type Outcome } from "../outcome/outcome.ts";
import type { StateRun } from "./state-outcome.ts";

/** A user or group that steps name and the host does not have. `because`: the pending tasks that may yet make it. */
export interface MissingOwner {
  readonly what: string;
  readonly because: readonly string[];
}

/**
 * Whom files shall belong to is a name until they are written, and then it is too late to tell that nobody has it: some
 * are there by then, and others are not. Where the host does not say (no getent), nothing is said. `overlay`: in check
 * mode.
 */
export async function missingOwners(
  run: StateRun,
  steps: readonly Step[],
  overlay: Overlay | null,
): Promise<readonly MissingOwner[]> {
  const { params } = run.bound;
  const looks = [...namesIn(steps, params, "owner"), ...namesIn(steps, params, "group")].map(({ kind, name }) => {
    const [database, what] = kind === "owner" ? (["passwd", "user"] as const) : (["group", "group"] as const);
    const probe = read.exec(["getent", database, "--", name], { looksAt: [`/etc/${database}`, "/etc/nsswitch.conf"] });
    return { probe, what: `${what} ${name}` };
  });
  if (looks.length === 0) return [];
  const replyTo = await run.hand.session.look(looks.map(({ probe }) => placed(run.bound, probe)));
  return looks.flatMap(({ probe, what }) => {
    const real = replyTo(placed(run.bound, probe));
    const { reply, because } = overlay === null ? { reply: real, because: [] } : overlay.see(probe, real);
    return reply.kind === "done" && codeOf(reply.answer) === notFound ? [{ what, because }] : [];
  });
}

/** What a task comes to whose files shall belong to nobody. Nothing was sent. */
export function nobodyThere({ what }: MissingOwner): Outcome {
  return failed(`there is no ${what} on the host`, "make it first, with a task before this one");
}

/** With which getent ends where a name is not there. */
const notFound = 2;

function namesIn(steps: readonly Step[], params: unknown, kind: "owner" | "group") {
  const names = steps.flatMap((step) => {
    if (step.kind === "wait-until" || step.at === "controller") return [];
    // A script has it as one of its words, and the parameter that it comes from is called the same in every module.
    const from = step.kind === "script" ? params : step;
    const name: unknown = typeof from === "object" && from !== null ? Reflect.get(from, kind) : undefined;
    return typeof name === "string" && name !== "root" && !/^\d*$/.test(name) ? [name] : [];
  });
  return [...new Set(names)].map((name) => ({ kind, name }));
}

function codeOf(answer: unknown): unknown {
  return typeof answer === "object" && answer !== null ? Reflect.get(answer, "code") : undefined;
}
