import { expect, test } from "vitest";
import { createPlainReporter } from "../../../engine/report/plain.ts";
import type { RunEvent } from "../../../engine/run/events.ts";
import { displayWidth } from "../../../engine/text/display-width.ts";
import { look, report, reporterSuite, runs } from "./reporter-suite.ts";

const open = (output: Parameters<typeof createPlainReporter>[0]) => createPlainReporter(output, look);

reporterSuite("plain", open, true);

test.each([
  ["changed", 80],
  ["check", 80],
  ["failed", 80],
  ["utf8", 80],
  ["utf8", 40],
  ["failed", 40],
])("the whole of the %s run at %i columns", async (run, columns) => {
  const terminal = await report(open, runs[run] ?? [], columns);
  await expect(terminal.written()).toMatchFileSnapshot(`snapshots/${run}-${columns}.txt`);
});

test("without -D no field is shown, without --profile no cost; -v shows steps, includes and notifications", async () => {
  const quiet = (
    await report((output) => createPlainReporter(output, { ...look, diff: false, profile: false }), runs.changed ?? [])
  ).written();
  expect(quiet).not.toMatch(/0644|PROFILE|unbound|sysctl -w/);
  const verbose = (
    await report((output) => createPlainReporter(output, { ...look, verbosity: 1 }), runs.changed ?? [])
  ).written();
  expect(verbose).toContain("    did: sysctl -w net.ipv4.ip_forward=1");
  expect(verbose).toContain("    intent  pve1  systemctl restart unbound");
  expect(verbose).toContain("    notification fired  pve1  Restart the resolver");
});

test("a result of an earlier task comes under that task's name again", async () => {
  const events = runs.changed ?? [];
  const late = events.find((event) => event.type === "result" && event.taskId === "t1" && event.host === "pve2");
  const shuffled = events.slice(0, 8).filter((event) => event !== late);
  const text = (await report(open, late === undefined ? [] : [...shuffled, late])).written();
  expect(text.match(/TASK \[router\] Forward packets/g)).toHaveLength(2);
  expect(text.indexOf("TASK Install the conf")).toBeLessThan(text.lastIndexOf("TASK [router]"));
});

test("colours, where they are wanted, take nothing from the text", async () => {
  const coloured = await report((output) => createPlainReporter(output, { ...look, colour: true }), runs.failed ?? []);
  expect(coloured.written()).toContain("\u001b[31m");
  const plain = await report(open, runs.failed ?? []);
  expect(plain.written()).not.toContain("\u001b");
  expect(coloured.lines()).toEqual(plain.lines());
});

test("why a host is lost is said once, whichever event tells it first", async () => {
  const events = runs.failed ?? [];
  const isLoss = (event: RunEvent) => event.type === "host" && event.event === "unreachable";
  const later = [...events.filter((event) => !isLoss(event)).slice(0, -1), ...events.filter(isLoss)];
  for (const order of [events, later]) {
    expect((await report(open, order)).written().match(/ECONNREFUSED/g)).toHaveLength(1);
  }
});

test("tries are told as they come, of very many each tenth; who acts elsewhere, batches and blocks are named", async () => {
  const [first, play] = runs.changed ?? [];
  if (first === undefined || play?.type !== "play") throw new Error("the recorded run begins otherwise");
  const told = (number: number, of: number): RunEvent => ({
    type: "progress",
    taskId: "t1",
    host: "pve1",
    text: `try ${number} of ${of}: not yet; again in 5.0 s`,
    attempt: { number, of },
  });
  const block: RunEvent = { type: "block", id: "b1", parent: "p1", name: "Together", position: play.position };
  const result = (runs.changed ?? []).find((event) => event.type === "result" && event.status === "changed");
  if (result?.type !== "result") throw new Error("nothing changed");
  const events: readonly RunEvent[] = [
    first,
    { ...play, batch: { number: 2, of: 3 } },
    block,
    ...Array.from({ length: 3 }, (_, index) => told(index + 1, 3)),
    ...Array.from({ length: 1000 }, (_, index) => told(index + 1, 1000)),
    { ...result, on: "elsewhere", attempt: 4 },
  ];
  const text = (await report(open, events)).written();
  expect(text).toContain("PLAY Base system · batch 2 of 3 · 2 hosts");
  expect(text).toContain("  retrying  pve1  try 2 of 3: not yet; again in 5.0 s");
  expect(text.match(/retrying/g)).toHaveLength(3 + 10 + 10);
  expect(text).toMatch(/changed +pve\d .*on elsewhere, attempt 4/);
  expect(text).not.toContain("Together");
  const verbose = await report((output) => createPlainReporter(output, { ...look, verbosity: 1 }), events);
  expect(verbose.written()).toContain("  block  Together");
});

test("-vv shows what travelled, -vvv also what that cost; nothing of it can steer the terminal, nor is wider than it", async () => {
  const trip: RunEvent = {
    type: "trip",
    host: "pve1",
    kind: "apply",
    operations: [
      { text: "sysctl -w -- net.ipv4.ip_forward=1", answer: "0" },
      { as: "lxc-attach -n 101 -- root", text: "write /etc/x", answer: "failed (denied): \u001b[2Jno" },
    ],
    script: `if begin 0 w; then\nx0() { exec $G sysctl ${"x".repeat(300)}; }\nfi`,
    durationMs: 1234,
    forks: 7,
    bytesSent: 2048,
    bytesReceived: 100,
  };
  const at = async (verbosity: number, columns = 80) =>
    (await report((output) => createPlainReporter(output, { ...look, verbosity }), [trip], columns)).written();
  expect(await at(1)).toBe("");
  const two = await at(2);
  expect(two).toContain("pve1  applies: 2 operations in one trip");
  expect(two).toContain("sysctl -w -- net.ipv4.ip_forward=1 → 0");
  expect(two).toContain("as lxc-attach -n 101 -- root: write /etc/x → failed (denied): ␛[2Jno");
  expect(two).toContain("| if begin 0 w; then");
  expect(two).not.toContain("forks");
  expect((await at(3)).replace(/\s+/g, " ")).toContain("in one trip (1.2 s, 7 forks, 2.0 kB sent, 100 B received)");
  for (const columns of [40, 80]) {
    for (const line of (await at(3, columns)).split("\n")) expect(displayWidth(line)).toBeLessThanOrEqual(columns);
  }
});
