import type { ReportCommandOptions } from "../commands/report.ts";
import type { MergeOptions } from "../commands/report-merge.ts";
import { collect, examples, paragraphs, type Register } from "./registrar.ts";

export const registerReport: Register = ({ program, width, action }) => {
  const report = program
    .command("report")
    .description("make a report of an earlier run, from its journal")
    .argument("[run]", "id of a run, or a file of events (default: the latest run of this site)")
    .option("-o, --output <file>", "FILE.html: a page; FILE.xml: JUnit; may be repeated", collect)
    .addHelpText(
      "after",
      paragraphs(width, [
        "The journals of a site lie in .lab/runs; a run that was cut off has one, too. lab play --report writes the same reports while it runs, and draws the lab as playbooks declare it; from a journal alone it is drawn as the run saw it.",
      ]),
    )
    .addHelpText(
      "after",
      examples(
        ["lab report -o run.html", "the latest run"],
        ["lab report events.jsonl -o run.html -o run.xml", "from what --format jsonl has printed"],
      ),
    )
    .action(
      action(async (run: string | undefined, options: ReportCommandOptions) => {
        const { report: makeReport } = await import("../commands/report.ts");
        return makeReport(run, options);
      }),
    );
  report
    .command("merge")
    .description("put together what the shards of a run have written")
    .argument("<file...>", "what lab play --shard … --report FILE.jsonl has written, one file a shard")
    .option("-o, --output <file>", "FILE.html, FILE.xml or FILE.jsonl of the whole; may be repeated", collect)
    .addHelpText(
      "after",
      paragraphs(width, [
        "Prints the recap of all hosts, and ends as one run of all of them would have: 0 done, 1 the site is wrong, 2 a task failed, 3 changes are pending, 4 a host was unreachable, and 130 also where a shard is missing or was cut off.",
      ]),
    )
    .addHelpText(
      "after",
      examples(
        ["lab report merge shard-*.jsonl", "the recap, and the exit status"],
        ["lab report merge shard-*.jsonl -o run.html -o run.xml", "with reports of the whole"],
      ),
    )
    .action(
      action(async (files: string[], _: MergeOptions, command: { optsWithGlobals(): MergeOptions }) => {
        const { mergeReports } = await import("../commands/report-merge.ts");
        return mergeReports(files, command.optsWithGlobals());
      }),
    );
};
