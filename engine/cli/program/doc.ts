import type { DocOptions } from "../commands/doc.ts";
import { examples, paragraphs, type Register } from "./registrar.ts";

export const registerDoc: Register = ({ program, width, action }) => {
  program
    .command("doc")
    .description("the manual of modules, roles, keywords and functions")
    .argument("[topic]", "a name; without one: what there is")
    .option("--json", "for a program")
    .option("--no-pager", "print it, also where it is longer than the terminal")
    .addHelpText(
      "after",
      paragraphs(width, ["What is longer than the terminal is shown by the program that PAGER names, or less."]),
    )
    .addHelpText(
      "after",
      examples(
        ["lab doc", "all modules and roles"],
        ["lab doc cron", "a module: parameters, examples, what it returns"],
        ["lab doc das_keepalive", "a role: its arguments"],
        ["lab doc when", "a keyword"],
        ["lab doc default", "a function"],
      ),
    )
    .action(
      action(async (topic: string | undefined, options: DocOptions) => {
        const { doc } = await import("../commands/doc.ts");
        return doc(topic, options);
      }),
    );
};
