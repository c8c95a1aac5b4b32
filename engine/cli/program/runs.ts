import { examples, paragraphs, type Register } from "./registrar.ts";

export const registerRuns: Register = ({ program, width, action }) => {
  const runs = program
    .command("runs")
    .description("what was run on this site, and what a run that was cut off has left")
    .option("-n, --number <number>", "so many of the newest", "20")
    .option("--json", "as JSON")
    .addHelpText(
      "after",
      paragraphs(width, [
        "Every run keeps a journal, .lab/runs/ID.jsonl, for you alone to read: one event a line, without secrets. How long they are kept says lab.yml (runs: { keep: 50 } or { keep: 30d }).",
      ]),
    )
    .addHelpText(
      "after",
      examples(
        ["lab runs", "the last twenty, newest at the bottom"],
        ["lab runs show last", "what the last one did, host by host"],
        ["lab runs --json -n 100", "for a program"],
      ),
    )
    .action(
      action(async (options: { json?: boolean; number: string }) => {
        const { listRuns } = await import("../commands/runs.ts");
        return listRuns(options);
      }),
    );
  runs
    .command("show")
    .description("one run: what was done on each host, what failed, what is open")
    .argument("[id]", "its id or a part of it, or `last`", "last")
    .option("--json", "as JSON")
    .addHelpText(
      "after",
      examples(
        ["lab runs show", "the last run"],
        ["lab runs show 20260102-030405-1f4b2c3d", "another one"],
        ["lab runs show last --json", "for a program"],
      ),
    )
    .action(
      action(async (id: string, options: { json?: boolean }) => {
        const { showRun } = await import("../commands/runs.ts");
        return showRun(id, options);
      }),
    );
};
