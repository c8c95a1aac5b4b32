import { z } from "zod";
import type { LoadedVariable } from "../engine/module/index.ts";
import { defineControllerAction, varsFile, varsTree } from "../engine/module/index.ts";

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

export const includeVars = defineControllerAction({
  name: "include_vars",
  summary: "Load variables from a file of the site.",
  description: `The file lies in the role's \`vars/\` or beside the playbook. What it sets ranks as what \`set_fact\` sets: above all but \`-e\`, for this
host and the rest of the run. Templates in it are rendered where the variables are read. With a literal name the file is read and checked before the
run.`,
  params: z
    .strictObject({
      file: varsFile().optional().describe("The file: YAML or JSON, encrypted or not."),
      dir: varsTree()
        .optional()
        .describe(
          "A folder: all its `.yml`, `.yaml` and `.json` files, those in folders below too, in the order of their paths.",
        ),
      name: z
        .string()
        .regex(NAME, { error: "is not the name of a variable: letters, digits and _, no digit in front" })
        .optional()
        .describe("The variable that gets all of them, as a map. Unsaid: each is a variable of its own."),
    })
    .superRefine(({ file, dir }, context) => {
      if (file === undefined && dir === undefined)
        context.addIssue({ code: "custom", message: "say which: file or dir" });
      if (file !== undefined && dir !== undefined) {
        context.addIssue({ code: "custom", path: ["dir"], message: "file and dir contradict each other: give one" });
      }
    }),
  shorthand: "file",
  run({ file, dir, name }) {
    const files = file ? [file] : (dir?.files ?? []);
    const variables = [
      ...new Map(files.flatMap((each) => each.variables.map((one) => [one.name, one] as const))).values(),
    ];
    return {
      load: name === undefined ? variables : [asMap(name, variables)],
      result: { files: files.map((each) => each.name), names: variables.map((each) => each.name) },
    };
  },
  examples: ["include_vars: example.yml", "include_vars: { file: example.yml, name: settings }"],
});

function asMap(name: string, variables: readonly LoadedVariable[]): LoadedVariable {
  const place = variables[0]?.place ?? { file: "", line: 1, column: 1 };
  const entries = variables.map((each) => ({ key: each.name, keyPlace: each.place, value: each.source }));
  return { name, place, source: { kind: "map", entries, place } };
}
