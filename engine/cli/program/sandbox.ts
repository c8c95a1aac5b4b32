import { examples, paragraphs, type Register } from "./registrar.ts";

export const registerSandbox: Register = ({ program, width, action }) => {
  const sandbox = program
    .command("sandbox")
    .description("look at, break or reset the embedded lab")
    .addHelpText(
      "after",
      paragraphs(width, [
        "The embedded lab is a model of hosts inside of lab itself: no machine, no root, no network. Its state is kept in .lab/ beside lab.yml.",
      ]),
    )
    .addHelpText(
      "after",
      examples(
        ["lab sandbox show", "its hosts, and what runs have made of them"],
        ["lab sandbox break --seed 3", "break some of it, for the next run to mend"],
        ["lab sandbox reset", "every host as new"],
      ),
    );
  sandbox
    .command("show")
    .description("hosts of the embedded lab and what runs have made of them")
    .option("--json", "as JSON")
    .addHelpText(
      "after",
      examples(["lab sandbox show", "a line for each thing"], ["lab sandbox show --json", "for a program"]),
    )
    .action(
      action(async (options: { json?: boolean }) => {
        const { showSandbox } = await import("../commands/sandbox.ts");
        return showSandbox(options);
      }),
    );
  sandbox
    .command("reset")
    .description("start afresh: every host of the embedded lab as new")
    .addHelpText("after", examples(["lab sandbox reset && lab play site.yml", "set everything up once more"]))
    .action(
      action(async () => {
        const { resetSandbox } = await import("../commands/sandbox.ts");
        return resetSandbox();
      }),
    );
  sandbox
    .command("break")
    .description("inject drift into what runs have set, for the next run to find and mend")
    .option("--seed <number>", "which things to break", "1")
    .addHelpText("after", examples(["lab sandbox break --seed 7", "another choice of things"]))
    .action(
      action(async (options: { seed: string }) => {
        const { breakSandbox } = await import("../commands/sandbox.ts");
        return breakSandbox(options);
      }),
    );
};
