import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { createPlainReporter } from "../../../engine/report/plain.ts";
import { createTtyReporter } from "../../../engine/report/tty.ts";
import type { RunEvent } from "../../../engine/run/events.ts";
import { displayWidth } from "../../../engine/text/display-width.ts";
import { createFakeTerminal } from "./fake-terminal.ts";
import { changedRun, checkRun, crowdRun, failedRun, utf8Run } from "./recorded-runs.ts";
import { look, report, reporterSuite } from "./reporter-suite.ts";

const open = (output: Parameters<typeof createTtyReporter>[0]) => createTtyReporter(output, look);

reporterSuite("tty", open, true);

/** Longer than listr2's beat, so that at least one frame is painted. */
const beat = 250;

async function frameOf(events: readonly RunEvent[], columns = 80, rows = 24) {
  const terminal = createFakeTerminal(columns, rows);
  const reporter = open(terminal);
  for (const event of events) reporter.on(event);
  let start = -1;
  // A busy machine paints its first frame late.
  for (let beats = 0; start < 0 && beats < 40; beats += 1) {
    await sleep(beat);
    start = terminal.lines().findIndex((line) => /^[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/u.test(line));
  }
  return { terminal, reporter, frame: terminal.lines().slice(start) };
}

test("of the changed run only the news stays, and the recap is that of plain", async () => {
  const lines = (await report(open, changedRun)).lines();
  await expect(`${lines.join("\n")}\n`).toMatchFileSnapshot("snapshots/changed-tty.txt");
  const plain = (await report((output) => createPlainReporter(output, look), changedRun)).lines();
  expect(lines.slice(lines.indexOf("RECAP"))).toEqual(plain.slice(plain.indexOf("RECAP")));
});

test("the live part shows the task, how far it is, and who is still at it", async () => {
  const { reporter, frame, terminal } = await frameOf(changedRun.slice(0, 4));
  expect(frame[0]?.slice(1)).toBe(" TASK Forward packets · 1/2 hosts");
  expect(frame.slice(1)).toEqual(["  › pve2"]);
  await reporter.end();
  expect(terminal.lines()).toEqual(["PLAY Base system · 2 hosts"]);
});

test("progress and steps are shown while they last", async () => {
  const events: RunEvent[] = [
    ...changedRun.slice(0, 3),
    { type: "progress", taskId: "t1", host: "pve2", text: "downloading\nthe template", fraction: 0.437 },
    { type: "step", taskId: "t1", host: "pve1", state: "intent", step: "write /etc/hosts" },
  ];
  const { reporter, frame } = await frameOf(events);
  expect(frame.slice(1)).toEqual(["  › pve2   43 %  downloading the template", "    pve1  write /etc/hosts"]);
  await reporter.end();
});

test.each([
  [24, 9],
  [8, 5],
  [4, 1],
])("with a thousand hosts and %i rows the live part has %i lines", async (rows, height) => {
  const events = crowdRun(1000).slice(0, 300);
  const { reporter, frame, terminal } = await frameOf(events, 80, rows);
  expect(frame).toHaveLength(height);
  expect(frame[0]).toMatch(/^. TASK First · 297\/1000 hosts · 1 failed$/u);
  if (height > 1) expect(frame.at(-1)).toMatch(/^ {4}… and \d+ more$/);
  await reporter.end();
  expect(terminal.highest()).toBe(height);
  expect(terminal.lines().slice(-3)).toEqual([
    "  failed    node0249",
    "    no space left",
    "    at playbooks/site.yml:9:7",
  ]);
});

test.each([40, 20])("the live part fits into %i columns, so that no terminal breaks its lines", async (columns) => {
  for (const events of [utf8Run, failedRun, checkRun]) {
    const { reporter, frame } = await frameOf(events.slice(0, -2), columns);
    expect(frame.filter((line) => displayWidth(line) > columns - 1)).toEqual([]);
    await reporter.end();
  }
});

test("a terminal made narrower is erased by the rows that the lines take now", async () => {
  const { terminal, reporter, frame } = await frameOf(utf8Run.slice(0, 3), 80);
  const before = terminal.written().length;
  terminal.columns = 30;
  const rows = frame.reduce((sum, line) => sum + Math.ceil(displayWidth(line) / 30), 0);
  expect(rows).toBeGreaterThan(frame.length);
  // The terminal has broken the lines: the fake one does not, so only what is sent is looked at.
  const sent: string[] = [];
  terminal.write = (chunk) => sent.push(chunk) > 0;
  await sleep(beat);
  expect(sent[0]?.split("\u001b[1A\u001b[2K")).toHaveLength(rows + 1);
  expect(terminal.written()).toHaveLength(before);
  terminal.write = (_, done) => {
    done?.();
    return true;
  };
  await reporter.end();
});

test("the cursor is never hidden, so a killed run leaves a terminal in order", async () => {
  const terminal = await report((output) => createTtyReporter(output, { ...look, colour: true }), changedRun);
  expect(terminal.written()).not.toContain("\u001b[?25");
});

test("the live part counts no failure that was forgiven", async () => {
  const { reporter, frame } = await frameOf(failedRun.slice(0, -1));
  expect(frame[0]?.slice(1)).toBe(" TASK Look for the tool · 1/1 hosts · 1 failed · 1 unreachable");
  await reporter.end();
});
