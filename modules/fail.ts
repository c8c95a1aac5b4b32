import { z } from "zod";
import { defineControllerAction } from "../engine/module/index.ts";

export const fail = defineControllerAction({
  name: "fail",
  summary: "Stop the host with a message.",
  description: "Together with `when`: says in words what a host lacks.",
  params: z.strictObject({
    msg: z.string().min(1, { error: "say why" }).default("a task said so").describe("Why."),
  }),
  shorthand: "msg",
  run: ({ msg }) => ({ failed: { why: msg } }),
  examples: [`fail: This play is for Debian.`, `fail: { msg: "There is no disk at /mnt/hdd." }`],
});
