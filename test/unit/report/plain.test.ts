import { expect, test } from "vitest";
import { createPlainReporter } from "../../../engine/report/plain.ts";
import type { RunEvent } from "../../../engine/run/events.ts";
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
