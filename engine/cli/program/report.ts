import type { ReportCommandOptions } from "../commands/report.ts";
import { collect, examples, paragraphs, type Register } from "./registrar.ts";

export const registerReport: Register = ({ program, width, action }) => {
  program
    .command("report")
    .description("make a report of an earlier run, from its journal")
    .argument("[run]", "id of a run, or a file of events (default: the latest run of this site)")
    .requiredOption("-o, --output <file>", "FILE.html: a page; FILE.xml: JUnit; may be repeated", collect)
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
        const { report } = await import("../commands/report.ts");
        return report(run, options);
      }),
    );
};
