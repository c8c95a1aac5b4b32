import { z } from "zod";
import type { Value } from "../engine/module/index.ts";
import { defineControllerAction } from "../engine/module/index.ts";

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

export const setFact = defineControllerAction({
  name: "set_fact",
  summary: "Set variables of the host for the rest of the run.",
  description:
    "Each parameter is a variable. They outrank every other variable but those of `-e`, and last until the run ends.",
  params: z
    .record(
      z.string(),
      z.custom<Value>((value) => value !== undefined),
    )
    .superRefine((variables, context) => {
      const wrong = (name: string, message: string) => context.addIssue({ code: "custom", path: [name], message });
      if (Object.keys(variables).length === 0) {
        context.addIssue({ code: "custom", message: "say which variables to set: NAME: VALUE" });
      }
      for (const name of Object.keys(variables)) {
        if (!NAME.test(name))
          wrong(name, `"${name}" is not the name of a variable: letters, digits and _, no digit in front`);
        if (name === "cacheable") wrong(name, "variables are never kept beyond the run: leave cacheable out");
      }
    })
    .describe("Names and values."),
  declares: (parameterNames) => parameterNames.filter((name) => NAME.test(name)),
  run: (variables) => ({ set: variables, result: variables }),
  examples: ["set_fact: { port: 8080 }", "set_fact:\n  greeting: Good morning\n  mounts: [/mnt/hdd, /srv]"],
});
