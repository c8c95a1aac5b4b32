import { examples, type Register } from "./registrar.ts";

export const registerExplain: Register = ({ program, action }) => {
  program
    .command("explain")
    .description("what an error or warning means, why it is one, and how to mend it")
    .argument("[code]", "the code that stands in brackets (default: list them all)")
    .option("--json", "as JSON")
    .addHelpText(
      "after",
      examples(
        ["lab explain undefined-variable", "what error[undefined-variable] means"],
        ["lab explain", "all codes, a line each"],
      ),
    )
    .action(
      action(async (code: string | undefined, options: { json?: boolean }) => {
        const { explain } = await import("../commands/explain.ts");
        return explain(code, options);
      }),
    );
};
