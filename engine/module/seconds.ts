import { z } from "zod";
import { parseDuration } from "../formats/duration.ts";

/**
 * A length of time: seconds from a number or a text such as `10s`, `5m`, `1h30m`. Every module's limits and pauses are of this
 * kind, so that what one task understands no other one refuses. `what` is how an error calls it; both bounds are seconds.
 */
export const seconds = (what: string, most: number, least = 0) =>
  z
    .union([z.string(), z.number()], { error: `expected ${what}: seconds, or a text such as 30s or 5m` })
    .transform((given, context) => {
      const parsed = parseDuration(given);
      if (parsed !== undefined && parsed >= least && parsed <= most) return parsed;
      const bounds = least === 0 ? `at most ${most}` : `from ${least} to ${most}`;
      context.addIssue({
        code: "custom",
        message: `expected ${what}: whole seconds, or a text such as 30s or 5m; ${bounds} seconds`,
      });
      return z.NEVER;
    });
