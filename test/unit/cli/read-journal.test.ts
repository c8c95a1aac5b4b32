import { expect, it } from "vitest";
import { leftOpen } from "../../../engine/cli/read-journal.ts";
import { runSite, tasksSite } from "../../support/run-site.ts";

it("what a rescue has mended is no failure of the run", async () => {
  const { events } = await runSite({
    files: tasksSite(`
      - block:
          - name: try
            fail: no
        rescue:
          - name: mend
            debug: mended
    `),
  });
  const started = events.find((event) => event.type === "run");
  if (!started) throw new Error("nothing was run");
  expect(leftOpen({ events, started })).toMatchObject([{ host: "h1", done: 1, failed: [] }]);
});
