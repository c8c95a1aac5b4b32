import { z } from "zod";
import { defineReading, type JobState, jobState, read, refuse, seconds, waiting } from "../engine/module/index.ts";

const params = z.strictObject({
  id: z
    .string()
    .regex(/^[0-9a-f]{20}$/, { error: "expected the id of a job: what a task with `poll: 0` registers as `job_id`" })
    .describe("The job: `job_id` of what a task with `async` and `poll: 0` has registered."),
  wait: seconds("how long to wait, at most thirty days", 2_592_000)
    .default(0)
    .describe(
      "How long to wait for its end: seconds, or a text such as `2h`. A job that still runs then is a failure. 0: tell how it is now.",
    ),
  ok_codes: z
    .array(z.int().min(0).max(255))
    .min(1, { error: "an empty list would let no exit code be right" })
    .default([0])
    .describe("Exit codes of its command that are no failure."),
});
type Params = z.output<typeof params>;

export const jobStatus = defineReading({
  name: "job_status",
  summary: "Tell what became of a job that was started and left, or wait for its end.",
  description: `A task with \`async\` and \`poll: 0\` starts a command and goes on. This looks at it later, by the \`job_id\` that was
registered there, on the same host and as the same user: \`job_status: { id: "{{ nap.job_id }}", wait: 600 }\`. The result has \`finished\`, \`rc\`, \`stdout\`, \`stderr\`, \`stdout_lines\`, \`stderr_lines\` and
\`seconds\`, how long it has run. A command that has failed, or was ended at its time limit, fails this task too. The outcome stays on the host until
the same command is started again, the host restarts, or a week has passed.`,
  params,
  shorthand: "id",
  // How far a job is, is for its turn to see.
  ahead: false,
  probes: ({ id }) => ({ look: read.job(id) }),
  read({ id, wait, ok_codes }, { look }) {
    const state = jobState(look);
    if (state === null)
      return refuse(`the host does not say what became of job ${id}`, look.stderr.trim() || undefined);
    switch (state.kind) {
      case "none":
        return refuse(
          `there is no job ${id}`,
          "was it started on this host, as this user, and not before its last restart? Its outcome is kept for a week",
        );
      case "lost":
        return refuse(
          `job ${id} ended without an outcome`,
          state.by === "reboot" ? "the host was restarted" : undefined,
        );
      case "starting":
      case "running": {
        if (wait > 0) return waiting(`job ${id} still runs`);
        return { kind: "value", value: result(null, state.kind === "running" ? state.forMs : 0) };
      }
      default:
        return judged(state, id, ok_codes);
    }
  },
  settle: ({ wait }) => ({ forMs: wait * 1000, holdMs: 0 }),
  examples: [
    "job_status: 0a1b2c3d4e5f60718293",
    "job_status: { id: 0a1b2c3d4e5f60718293, wait: 3600, ok_codes: [0, 2] }",
  ],
});

function judged(state: JobState & { readonly kind: "ended" }, id: string, okCodes: Params["ok_codes"]) {
  const { answer, because, tookMs } = state;
  if (because === "late") return refuse(`job ${id} was ended at its time limit, after ${tookMs / 1000} s`);
  if (because === "big") return refuse(`job ${id} was ended: it printed more than is kept`);
  if (!okCodes.includes(answer.code)) {
    const last = answer.stderr.trim().split("\n").at(-1) ?? "";
    return refuse(`job ${id} ended with exit code ${answer.code}${last === "" ? "" : `: ${last}`}`);
  }
  return { kind: "value", value: result(answer, tookMs) } as const;
}

function result(
  answer: { readonly code: number; readonly stdout: string; readonly stderr: string } | null,
  ms: number,
) {
  const stdout = (answer?.stdout ?? "").replace(/\r?\n$/, "");
  const stderr = (answer?.stderr ?? "").replace(/\r?\n$/, "");
  const lines = (text: string) => (text === "" ? [] : text.split(/\r?\n/));
  return {
    finished: answer !== null,
    rc: answer?.code ?? null,
    stdout,
    stderr,
    stdout_lines: lines(stdout),
    stderr_lines: lines(stderr),
    seconds: Math.floor(ms / 1000),
  };
}
