import type { StreamedContent, WriteOp } from "../../ops/ir.ts";
import type { TaskRun } from "../look/task-run.ts";
import { progressText } from "./progress-text.ts";

/** Smaller ones are there before anybody wonders. */
const toldFromBytes = 16 * 1024 * 1024;
const betweenMs = 1_000;

/** The step, whose content tells how much of it has been taken while it travels, once a second. */
export function tellTransfer(run: TaskRun<unknown>, step: WriteOp): WriteOp {
  if (step.kind !== "upload" || step.content.size < toldFromBytes) return step;
  const { size, sha256 } = step.content;
  return { ...step, content: { kind: "streamed", size, sha256, open: () => told(run, step.content) } };
}

async function* told(run: TaskRun<unknown>, content: StreamedContent): AsyncGenerator<Uint8Array> {
  const began = run.now().getTime();
  const text = progressText();
  let nextMs = betweenMs;
  let done = 0;
  for await (const piece of content.open()) {
    yield piece;
    // Asked for the next piece, so this one has been taken; a window of the connection at most is still on its way.
    done += piece.length;
    const atMs = run.now().getTime() - began;
    if (atMs < nextMs) continue;
    nextMs = atMs + betweenMs;
    const progress = text({ done, total: content.size, unit: "bytes" }, atMs);
    if (progress !== null) run.onProgress(progress.text, progress.fraction);
  }
}
