import { z } from "zod";
import type { Condition } from "../engine/module/index.ts";
import { condition, defineControllerAction } from "../engine/module/index.ts";

export const assert = defineControllerAction({
  name: "assert",
  summary: "Stop the host if a condition does not hold.",
  params: z
    .strictObject({
      that: z
        .union([condition(), z.array(condition()).min(1, { error: "an empty list asserts nothing" })])
        .describe("A condition, or a list of which all must hold."),
      fail_msg: z.string().min(1).optional().describe("What to say if one does not."),
      msg: z.string().min(1).optional().describe("The same as `fail_msg`."),
      success_msg: z.string().min(1).optional().describe("What to say if all hold."),
    })
    .superRefine(({ fail_msg, msg }, context) => {
      if (fail_msg !== undefined && msg !== undefined) {
        context.addIssue({ code: "custom", path: ["msg"], message: "msg and fail_msg are the same: give one" });
      }
    }),
  shorthand: "that",
  run({ that, fail_msg, msg, success_msg }) {
    const conditions: readonly Condition[] = Array.isArray(that) ? that : [that];
    const broken = conditions.filter(({ holds }) => !holds).map(({ source }) => source);
    const result = { assertions: conditions.map(({ source }) => source), failed: broken };
    if (broken.length === 0) return { result, ...(success_msg !== undefined && { message: success_msg }) };
    const which = `${broken.length === 1 ? "this does" : "these do"} not hold: ${broken.join("; ")}`;
    const said = fail_msg ?? msg;
    return { result, failed: { why: said === undefined ? which : `${said} (${which})` } };
  },
  examples: [
    "assert: { that: 1 + 1 == 2 }",
    `assert:
  that:
    - size(inventory_hostname) > 0
    - '"all" in groups'
  fail_msg: The inventory is not what this play was written for.`,
  ],
});
