import type { SchemaOptions } from "../commands/schema.ts";
import { examples, paragraphs, type Register } from "./registrar.ts";

export const registerSchema: Register = ({ program, width, action }) => {
  program
    .command("schema")
    .description("write JSON Schemas of the language, for editors")
    .option(
      "--print <name>",
      "print one: playbook, tasks, handlers, role-meta, role-arguments, inventory, variables or settings",
    )
    .option("--settings", "print the editor's settings that name them")
    .addHelpText(
      "after",
      paragraphs(width, [
        "An editor with the YAML language server (Visual Studio Code with the YAML extension by Red Hat, Neovim, Helix, Emacs …) then completes modules, their parameters and keywords, explains them, and marks what is wrong while you write. The schemas go to .lab/schema/; write them anew after an update of lab.",
      ]),
    )
    .addHelpText(
      "after",
      examples(
        ["lab schema", "write them to .lab/schema/"],
        ["lab schema --settings > .vscode/settings.json", "what Visual Studio Code has to know"],
        ["lab schema --print tasks", "one of them, to a program"],
      ),
    )
    .action(
      action(async (options: SchemaOptions) => {
        const { schema } = await import("../commands/schema.ts");
        return schema(options);
      }),
    );
};
