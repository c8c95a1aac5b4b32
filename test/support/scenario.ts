import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";

/** A blank inside of `{{ … }}` parts no words. */
const words = z.union([z.string().transform((text) => text.match(/(?:\{\{.*?\}\}|\S)+/g) ?? []), z.array(z.string())]);

/** A start state, what is played on it, and what must be there afterwards. test/scenarios/README.md tells the whole of it. */
const scenarioSchema = z.strictObject({
  name: z.string().min(1),
  needs: z
    .strictObject({
      pve: z.number().optional(),
      storage: z.array(z.enum(["dir", "zfs", "btrfs"])).optional(),
    })
    .default({}),
  /** Commands that make the start state: `pct` and its words. */
  start: z
    .array(words.refine(([tool]) => tool === "pct" || tool === "qm", { error: "a start state is made with pct or qm" }))
    .default([]),
  /** Tasks. */
  play: z.array(z.record(z.string(), z.unknown())).min(1),
  expect: z.strictObject({
    /** Keys of the configuration, beside those that Proxmox VE writes by itself; `lxc` raw lines, `pending` the section. */
    conf: z
      .record(
        z.string(),
        z.union([
          z.string(),
          z.number(),
          z.array(z.string()),
          z.record(z.string(), z.union([z.string(), z.number()]).transform(String)),
        ]),
      )
      .optional(),
    status: z.enum(["running", "stopped", "absent"]).optional(),
    /** A regular expression: the play fails with this reason, in a check too, and changes nothing. */
    refused: z.string().optional(),
  }),
});
export type Scenario = z.output<typeof scenarioSchema> & { readonly file: string };

export const scenarioFolder = join(import.meta.dirname, "../scenarios/pct");

/** All of them, or those whose file name holds one of the words. */
export function loadScenarios(names: readonly string[] = []): readonly Scenario[] {
  return readdirSync(scenarioFolder)
    .filter((file) => file.endsWith(".yml"))
    .filter((file) => names.length === 0 || names.some((name) => file.includes(name)))
    .sort()
    .map((file) => {
      const parsed = scenarioSchema.safeParse(parse(readFileSync(join(scenarioFolder, file), "utf8")));
      if (!parsed.success) throw new Error(`${file}: ${z.prettifyError(parsed.error)}`);
      return { ...parsed.data, file };
    });
}
