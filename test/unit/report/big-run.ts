import type { HostRecap, ResultEvent, RunEvent } from "../../../engine/run/events.ts";

const place = (line: number) => ({ file: "playbooks/site.yml", line, column: 7 });
const none: HostRecap = {
  ok: 0,
  changed: 0,
  failed: 0,
  skipped: 0,
  unreachable: 0,
  deferred: 0,
  assumed: 0,
  rescued: 0,
  ignored: 0,
  roundTrips: 3,
  operations: 5,
  forks: 7,
  bytesSent: 900,
  bytesReceived: 800,
};

/** Many hosts and tasks; `status` says what became of each. */
export function* bigRun(
  hosts: number,
  tasks: number,
  outcome: (host: number, task: number) => Partial<ResultEvent> = () => ({}),
): Generator<RunEvent> {
  const names = Array.from({ length: hosts }, (_, index) => `host-${index + 1}`);
  yield { type: "run", id: "20260102-030405-abcdef", playbooks: ["site.yml"], check: false, hosts: names };
  yield { type: "play", id: "p1", name: "Every host", hosts: names, position: place(1) };
  for (let task = 0; task < tasks; task += 1) {
    const id = `p1/task${task + 1}`;
    const told = { name: `Task number ${task + 1}`, module: "file", role: "base" };
    yield { type: "task", id, parent: "p1", kind: "task", ...told, position: place(task + 2) };
    for (const [index, host] of names.entries()) {
      yield {
        type: "result",
        id: `${id}@${host}`,
        taskId: id,
        host,
        attempt: 1,
        kind: "task",
        ...told,
        status: "ok",
        changed: false,
        warnings: [],
        durationMs: 3,
        position: place(task + 2),
        ...outcome(index, task),
      };
    }
  }
  const recap = Object.fromEntries(names.map((name) => [name, { ...none, ok: tasks }]));
  yield { type: "recap", hosts: recap, durationMs: 12_345, exitCode: 0 };
}
