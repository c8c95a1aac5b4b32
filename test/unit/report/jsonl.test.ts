import { expect, test } from "vitest";
import { createJsonlReporter } from "../../../engine/report/jsonl.ts";
import { createRedactor } from "../../../engine/report/redact.ts";
import { report, reporterSuite, runs } from "./reporter-suite.ts";

const open = (output: Parameters<typeof createJsonlReporter>[0]) => {
  let seconds = 0;
  const now = () => new Date(Date.UTC(2026, 0, 31, 23, 59, seconds++, 7));
  return createJsonlReporter(output, { now });
};

reporterSuite("jsonl", open, false);

test.each(Object.keys(runs))("the whole of the %s run", async (run) => {
  const terminal = await report(open, runs[run] ?? []);
  await expect(terminal.written()).toMatchFileSnapshot(`snapshots/${run}.jsonl`);
});

test("every line is one object: v, seq, time and type first, seq without a gap, the recap last", async () => {
  const text = (await report(open, runs.changed ?? [])).written();
  const objects: Record<string, unknown>[] = text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(objects.map((object) => Object.keys(object).slice(0, 4).join())).toEqual(objects.map(() => "v,seq,time,type"));
  expect(objects.map((object) => object.seq)).toEqual(objects.map((_, index) => index + 1));
  expect(objects[0]).toMatchObject({ v: 1, time: "2026-01-31T23:59:00.007Z", type: "run" });
  expect(objects.at(-1)?.type).toBe("recap");
});

test("steps are told with -v only", async () => {
  const steps = async (verbosity: number) => {
    const verbose = (output: Parameters<typeof open>[0]) =>
      createJsonlReporter(output, { now: () => new Date(0), verbosity });
    return (await report(verbose, runs.changed ?? [])).written().match(/"type":"step"/g)?.length ?? 0;
  };
  expect([await steps(0), await steps(1)]).toEqual([0, 1]);
});

test("a redacted event holds no secret, a value that knows it is one never does", async () => {
  const redactor = createRedactor();
  redactor.add("192.0.2.53");
  const events = (runs.changed ?? []).map(redactor.redactEvent);
  const text = (await report(open, events)).written();
  expect(text).not.toContain("192.0.2.53");
  expect(text).toContain("+nameserver ***");
  expect(text).toContain('"path":"token","before":"***","after":"***"');
});
