import { expect, test } from "vitest";
import { hasEventShape } from "../../../engine/report/event-shape.ts";
import { journalEvents } from "../../../engine/report/journal-events.ts";
import { junitOf } from "../../../engine/report/junit-of-journal.ts";
import { mergeRuns } from "../../../engine/report/merge-runs.ts";
import { htmlOfJournal } from "../../../engine/report/report-of-journal.ts";
import { dedent, inventoryOf, runSite } from "../../support/run-site.ts";

const files = {
  "inventory/hosts.yml": inventoryOf("h1", "h2"),
  "site.yml": dedent(`
    - hosts: all
      serial: 1
      tasks:
        - { copy: { dest: "/etc/{{ item }}", content: "a\\nb\\n" }, loop: [a, b], notify: told }
        - block: [{ fail: on purpose }]
          rescue: [{ debug: mended }]
        - { include_tasks: more.yml }
        - { command: { argv: [nonesuch] } }
      handlers: [{ name: told, debug: told }]
  `),
  "more.yml": "- { stat: /etc/a, until: 'false', retries: 1, delay: 0, ignore_errors: true }\n",
};
const line = (event: object): string => JSON.stringify({ v: 1, seq: 1, time: "2026-01-02T03:04:05Z", ...event });

test("what a run tells has the shape of its events", async () => {
  for (const check of [true, false]) {
    const { events } = await runSite({ files, check, shard: { index: 1, of: 1 } });
    expect(events.filter((event) => !hasEventShape(event))).toEqual([]);
  }
});

test("a file of events in which a field is missing or another is refused by its line, or makes a report all the same", async () => {
  const { events } = await runSite({ files, shard: { index: 1, of: 1 } });
  const lines = events.map(line);
  let refused = 0;
  for (const [at, event] of events.entries()) {
    for (const field of Object.keys(event)) {
      for (const wrong of [undefined, null, -1, 1e9, "x", [], [null], {}, { hosts: 1 }]) {
        const meddled = lines.with(at, line({ ...event, [field]: wrong }));
        const read = journalEvents(`${meddled.join("\n")}\n`);
        if (read.ok) {
          const merged = mergeRuns([{ name: "part", events: read.events }]);
          junitOf(merged.events);
          htmlOfJournal(read.events, "1");
        } else {
          expect(read.line).toBe(at + 1);
          refused += 1;
        }
      }
    }
  }
  expect(refused).toBeGreaterThan(events.length * 10);
});
