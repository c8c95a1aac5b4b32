import { describe, expect, test } from "vitest";
import type { Look } from "../../../engine/report/look.ts";
import type { Reporter } from "../../../engine/report/reporter.ts";
import type { RunEvent } from "../../../engine/run/events.ts";
import { displayWidth } from "../../../engine/text/display-width.ts";
import { createFakeTerminal, type FakeTerminal } from "./fake-terminal.ts";
import { changedRun, checkRun, crowdRun, failedRun, utf8Run } from "./recorded-runs.ts";

export const look: Look = {
  colour: false,
  diff: true,
  profile: true,
  verbosity: 0,
  source: (file) => (file === "playbooks/site.yml" ? "- hosts: all\n  vars: { colour: red }\n" : undefined),
};

export const runs: Readonly<Record<string, readonly RunEvent[]>> = {
  changed: changedRun,
  check: checkRun,
  failed: failedRun,
  utf8: utf8Run,
};

/** Plays a recorded run to a reporter and answers with what its reader has in front of him at the end. */
export async function report(open: (output: FakeTerminal) => Reporter, events: readonly RunEvent[], columns = 80) {
  const terminal = createFakeTerminal(columns);
  const reporter = open(terminal);
  for (const event of events) reporter.on(event);
  await reporter.end();
  return terminal;
}

/** What every reporter promises. */
export function reporterSuite(name: string, open: (output: FakeTerminal) => Reporter, forPeople: boolean): void {
  describe(name, () => {
    test.each(Object.entries(runs))("tells the whole of the %s run", async (_, events) => {
      const text = (await report(open, events)).written();
      for (const event of events) {
        if (event.type !== "result" || (event.status !== "failed" && event.status !== "changed")) continue;
        expect(text).toContain(event.host.slice(0, 20));
        if (event.hint !== undefined) expect(text).toContain(event.hint);
      }
      expect(text.endsWith("\n")).toBe(true);
    });

    test("a run that was cut off ends in order", async () => {
      const cut = await report(open, changedRun.slice(0, 8));
      expect(cut.written().endsWith("\n")).toBe(true);
      expect(cut.lines().join("\n")).not.toContain("round trips");
    });

    test("an empty run says nothing", async () => {
      expect((await report(open, [])).written()).toBe("");
    });

    test("no text of a host reaches the terminal with control characters in it", async () => {
      expect((await report(open, failedRun)).written()).not.toContain("\u001b[2J");
    });

    if (!forPeople) return;

    test.each([
      ["changed", 80],
      ["check", 80],
      ["failed", 80],
      ["utf8", 80],
      ["changed", 40],
      ["check", 40],
      ["failed", 40],
      ["utf8", 40],
    ])("the %s run fits into %i columns", async (run, columns) => {
      const lines = (await report(open, runs[run] ?? [], columns)).lines();
      expect(lines.length).toBeGreaterThan(5);
      // The messages of diagnostics stay whole, so that a log can be searched for them.
      const wide = lines.filter((line) => displayWidth(line) > columns && !line.startsWith("warning["));
      expect(wide).toEqual([]);
    });

    test("of a thousand hosts those are shown that something happened to", async () => {
      const lines = (await report(open, crowdRun(1000))).lines();
      const recap = lines.slice(lines.indexOf("RECAP"), lines.indexOf("PROFILE"));
      expect(recap).toHaveLength(13);
      expect(recap.at(-2)).toBe("  … and 991 more hosts where nothing changed");
      expect(lines.at(-1)).toBe("1,000 hosts · 2,983 ok, 5 changed, 4 failed · 1,996 round trips · 2.3 s");
    });
  });
}
