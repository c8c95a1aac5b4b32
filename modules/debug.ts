import { z } from "zod";
import type { Value } from "../engine/module/index.ts";
import { defineControllerAction, expression } from "../engine/module/index.ts";

export const debug = defineControllerAction({
  name: "debug",
  summary: "Show a text or a value.",
  params: z
    .strictObject({
      msg: z
        .custom<Value>((value) => value !== undefined)
        .optional()
        .describe("What to show: a text, or any value."),
      var: expression().optional().describe("An expression whose value is shown: `vars.mounts`."),
    })
    .superRefine((given, context) => {
      if (given.msg === undefined && given.var === undefined)
        context.addIssue({ code: "custom", message: "say what to show: msg or var" });
      if (given.msg !== undefined && given.var !== undefined) {
        context.addIssue({ code: "custom", path: ["var"], message: "msg and var contradict each other: give one" });
      }
    }),
  shorthand: "msg",
  run(given) {
    if (given.var !== undefined) {
      const { source, value } = given.var;
      return { message: { [source]: value }, result: { [source]: value } };
    }
    const message = given.msg ?? null;
    return { message, result: { msg: message } };
  },
  examples: ["debug: All is well.", "debug: { var: inventory_hostname }"],
});
