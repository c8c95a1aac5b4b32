import type { ExecAnswer, ExecSpec, OpReply } from "../ir.ts";
import { exitError, hostError } from "../reply/host-error.ts";

/** What a look at a job finds. */
export type JobState =
  | { readonly kind: "none"; readonly boot: string }
  /** Somebody is about to start it. */
  | { readonly kind: "starting" }
  | { readonly kind: "running"; readonly forMs: number }
  /** It has no outcome: the host was restarted meanwhile, or who watched it was killed. */
  | { readonly kind: "lost"; readonly by: "reboot" | "kill" }
  | {
      readonly kind: "ended";
      readonly tookMs: number;
      /** `late`: it was ended at its time limit; `big`: it printed without end. */
      readonly because: "itself" | "late" | "big";
      readonly answer: ExecAnswer;
    };

/** Null: the answer is none of a job's look. */
export function jobState(look: ExecAnswer): JobState | null {
  const end = look.bytes.indexOf(10);
  if (look.code !== 0 || end < 0) return null;
  const [word = "", ...rest] = Buffer.from(look.bytes.subarray(0, end)).toString("utf8").split(" ");
  const seconds = (text: string | undefined) => Math.max(0, Number(text ?? 0) || 0) * 1000;
  switch (word) {
    case "none":
      return { kind: "none", boot: rest[0] ?? "" };
    case "starting":
      return { kind: "starting" };
    case "running":
      return { kind: "running", forMs: seconds(rest[0]) };
    case "lost":
      return { kind: "lost", by: rest[0] === "reboot" ? "reboot" : "kill" };
    case "ended": {
      const bytes = new Uint8Array(look.bytes.subarray(end + 1));
      const stdout = Buffer.from(bytes).toString("utf8");
      const because = rest[2] === "late" || rest[2] === "big" ? rest[2] : "itself";
      const answer: ExecAnswer = { code: Number(rest[0]), stdout, stderr: look.stderr, bytes };
      return { kind: "ended", tookMs: seconds(rest[1]), because, answer };
    }
    default:
      return null;
  }
}

/** What a job that has ended comes to as the reply of its step: the same as if it had not been detached. */
export function jobReply(spec: ExecSpec, limitMs: number, ended: JobState & { readonly kind: "ended" }): OpReply {
  const { answer, because } = ended;
  if (because !== "itself") {
    const facts = {
      path: "",
      about: "",
      printed: "",
      limitText: "output",
      seconds: Math.ceil(limitMs / 1000),
      cwd: "",
    };
    const error = hostError(because === "late" ? "timeout" : "too-large", facts);
    return { kind: "failed", error: { ...error, answer } };
  }
  const ok = (spec.okCodes ?? [0]).includes(answer.code);
  return ok ? { kind: "done", answer } : { kind: "failed", error: exitError(answer) };
}
