import { describe, expect, test } from "vitest";
import { createJunitReporter } from "../../../engine/report/junit.ts";
import type { ResultEvent, RunEvent } from "../../../engine/run/events.ts";
import { bigRun } from "./big-run.ts";
import { changedRun, failedRun } from "./recorded-runs.ts";

async function junit(events: Iterable<RunEvent>): Promise<string> {
  let written = "";
  const reporter = createJunitReporter({
    now: () => new Date("2026-01-02T03:04:05.678Z"),
    write: (text) => {
      written = text;
    },
  });
  for (const event of events) reporter.on(event);
  await reporter.end();
  return written;
}

const one = (more: Partial<ResultEvent>): readonly RunEvent[] => [...bigRun(1, 1, () => more)];

describe("JUnit", () => {
  test("the whole of two runs", async () => {
    await expect(await junit(changedRun)).toMatchFileSnapshot("snapshots/changed.xml");
    await expect(await junit(failedRun)).toMatchFileSnapshot("snapshots/failed.xml");
  });

  const cases: readonly (readonly [what: string, more: Partial<ResultEvent>, element: RegExp, counts: string])[] = [
    [
      "ok",
      {},
      /<system-out>at playbooks\/site\.yml:2:7<\/system-out>/,
      'tests="1" failures="0" errors="0" skipped="0"',
    ],
    [
      "failed",
      { status: "failed", reason: "no space left" },
      /<failure message="no space left" type="failed">at .*no space left/s,
      'tests="1" failures="1" errors="0" skipped="0"',
    ],
    [
      "unreachable",
      { status: "unreachable", reason: "refused" },
      /<error message="refused" type="unreachable">/,
      'tests="1" failures="0" errors="1" skipped="0"',
    ],
    [
      "skipped",
      { status: "skipped", reason: "`x` is false" },
      /<skipped message="`x` is false">/,
      'tests="1" failures="0" errors="0" skipped="1"',
    ],
    [
      "deferred",
      { status: "deferred", reason: "the container is not there yet" },
      /<skipped message="deferred: the container/,
      'tests="1" failures="0" errors="0" skipped="1"',
    ],
    [
      "ignored",
      { status: "failed", ignored: true, reason: "who cares" },
      /<system-out>failed, ignored\nat .*\nwho cares/,
      'tests="1" failures="0" errors="0" skipped="0"',
    ],
    [
      "rescued",
      { status: "failed", rescued: true, reason: "well" },
      /<system-out>failed, rescued\nat .*\nwell/,
      'tests="1" failures="0" errors="0" skipped="0"',
    ],
  ];
  test.each(cases)("%s", async (_, more, element, counts) => {
    const xml = await junit(one(more));
    expect(xml).toMatch(element);
    expect(xml).toContain(
      `<testsuite name="host-1" ${counts} time="0.003" timestamp="2026-01-02T03:04:05" hostname="host-1">`,
    );
    expect(xml).toContain('<testcase name="[host-1] Task number 1" classname="Every host.base" time="0.003">');
  });

  test("control characters, colours and what ends a section of XML are harmless, ten megabytes are cut and said to be", async () => {
    const reason = `\u001b[31mred\u001b[0m \u0000\u0007\u0008 ]]> <&"' \ud800 \uffff ${"x".repeat(10_000_000)}`;
    const xml = await junit(one({ status: "failed", reason }));
    expect(xml.length).toBeLessThan(100_000);
    expect(xml).not.toMatch(/[\0-\x08\x0b-\x1f\ud800\uffff]|\]\]>|\[31m/);
    expect(xml).toContain("red");
    expect(xml).toMatch(/… \(\d+ characters in all\)<\/failure>/);
  });

  test("all of it together has a limit, too", async () => {
    const xml = await junit(bigRun(1000, 2, () => ({ status: "failed", reason: "y".repeat(60_000) })));
    expect(xml.length).toBeLessThan(40_000_000);
    expect(xml.match(/<failure /g)).toHaveLength(2000);
  });

  test("a name that comes twice is told apart", async () => {
    const events = [...bigRun(1, 2)].map(
      (event): RunEvent => (event.type === "result" ? { ...event, name: "Same" } : event),
    );
    expect(await junit(events)).toMatch(/name="\[host-1\] Same".*name="\[host-1\] Same \(2\)"/s);
  });

  test("a run that was cut off is an error, whatever had gone well", async () => {
    const xml = await junit([...bigRun(1, 1)].slice(0, -1));
    expect(xml).toContain('tests="2" failures="0" errors="1"');
    expect(xml).toContain("the run was cut off");
    const interrupted = [...bigRun(1, 1)].map(
      (event): RunEvent => (event.type === "recap" ? { ...event, exitCode: 130 } : event),
    );
    expect(await junit(interrupted)).toContain('tests="2" failures="0" errors="1"');
  });

  test("items of a loop are told in the case of their task", async () => {
    const loop = [...bigRun(1, 1, () => ({ status: "failed", reason: "1 of 2 items failed" }))];
    const item = (index: number, more: Partial<ResultEvent>): RunEvent => ({
      ...(loop[3] as ResultEvent),
      kind: "item",
      index,
      item: `item-${index}`,
      ...more,
    });
    const xml = await junit([
      ...loop.slice(0, 3),
      item(0, { status: "ok" }),
      item(1, { status: "failed", reason: "item one broke" }),
      ...loop.slice(3),
    ]);
    expect(xml.match(/<testcase /g)).toHaveLength(1);
    expect(xml).toMatch(/<failure message="1 of 2 items failed".*item one broke/s);
  });
});
