import { z } from "zod";
import { defineReading, seconds } from "../engine/module/index.ts";

const amount = (what: string, most: number) => seconds(what, most).optional();

const params = z
  .strictObject({
    seconds: amount("how long", 86_400).describe("How long: seconds, or a text such as `90s` or `5m`; at most a day."),
    minutes: z
      .number({ error: "expected a number of minutes" })
      .min(0, { error: "a pause is not negative" })
      .max(1440, { error: "a pause is at most a day, 1440 minutes" })
      .optional()
      .describe("How long, in minutes."),
  })
  .superRefine(({ seconds, minutes }, context) => {
    if (seconds === undefined && minutes === undefined)
      context.addIssue({ code: "custom", message: "say how long: seconds or minutes" });
    if (seconds !== undefined && minutes !== undefined)
      context.addIssue({
        code: "custom",
        path: ["minutes"],
        message: "seconds and minutes both say how long: give one",
      });
  });
type Params = z.output<typeof params>;

export const pause = defineReading({
  name: "pause",
  summary: "Wait for a while.",
  description: `What was seen of the host before the pause is looked at anew after it. A check does not wait. In the embedded lab the lab's clock
moves instead. To wait for something, and no longer than it takes, use \`wait_for\`. Each host of a play waits for itself: \`run_once: true\` waits once.`,
  params,
  shorthand: "seconds",
  probes: () => ({}),
  settle: (given) => ({ forMs: 0, holdMs: 0, delayMs: lengthOf(given) * 1000 }),
  read: (given) => ({ kind: "value", value: { seconds: lengthOf(given) } }),
  examples: ["pause: 10s", "pause: { minutes: 2 }"],
});

function lengthOf({ seconds, minutes = 0 }: Params): number {
  return seconds ?? Math.round(minutes * 60);
}
