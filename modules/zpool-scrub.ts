import { z } from "zod";
import { poolNameFault, zpoolLooksAt } from "../engine/formats/zfs-names.ts";
import { parsePoolScan } from "../engine/formats/zpool-scan.ts";
import { parsePoolStatus } from "../engine/formats/zpool-status.ts";
import type { ExecAnswer } from "../engine/module/index.ts";
import { defineAction, read, refuse, write } from "../engine/module/index.ts";

const params = z.strictObject({
  name: z
    .string()
    .superRefine((name, context) => {
      const fault = poolNameFault(name);
      if (fault !== null) context.addIssue({ code: "custom", message: fault });
    })
    .describe("The pool."),
  state: z
    .enum(["started", "paused", "stopped"], { error: "expected started, paused or stopped" })
    .default("started")
    .describe("`started` also goes on with one that is paused. `paused` and `stopped` need one that runs."),
});

/** How a pool is told to do it. */
const FLAG = { started: [], paused: ["-p"], stopped: ["-s"] } as const;
const LIMIT_MS = 60_000;

export const zpoolScrub = defineAction({
  name: "zpool_scrub",
  summary: "Scrub a ZFS pool: read all that is on it and mend what is broken.",
  description: `Starts it and does not wait for its end. Counts as changed each time, unless it runs already (or, for \`paused\` and \`stopped\`,
none does). How the last one went stands in the result of \`zpool\`, under \`scan\`. For a scrub each month enable \`zfs-scrub-monthly@POOL.timer\`.`,
  params,
  shorthand: "name",
  probes: ({ name }) => ({
    status: read.exec(["zpool", "status", "-P", name], { looksAt: zpoolLooksAt(name), limitMs: LIMIT_MS }),
  }),
  act({ name, state }, { status }) {
    const pool = poolIn(status, name);
    if (pool === undefined) {
      if (status.code === 127)
        return refuse("there is no zpool command on the host", "install the package zfsutils-linux");
      return refuse(`the pool ${name} is not there: ${status.stderr.trim()}`, "is it imported?");
    }
    if (pool.state === "SUSPENDED") return refuse(`the pool ${name} is suspended`, "are its disks connected?");
    const { kind } = parsePoolScan(pool.scan);
    if (kind === "resilvering") {
      return state === "started"
        ? refuse(`the pool ${name} is resilvering, and cannot be scrubbed meanwhile`, "run this when it is done")
        : { kind: "unnecessary", why: "no scrub is running" };
    }
    if (state === "started" && kind === "scrubbing") return { kind: "unnecessary", why: "a scrub is running" };
    if (state === "paused" && kind !== "scrubbing") return { kind: "unnecessary", why: "no scrub is running" };
    if (state === "stopped" && kind !== "scrubbing" && kind !== "paused")
      return { kind: "unnecessary", why: "no scrub is running" };
    return {
      kind: "perform",
      steps: [write.exec(["zpool", "scrub", ...FLAG[state], name], { touches: [`zpool:${name}`], limitMs: LIMIT_MS })],
    };
  },
  result: ({ name, state }, replies, { why }) => ({ name, state, sent: replies !== null, unnecessary: why }),
  examples: ["zpool_scrub: Tank-Archive", "zpool_scrub: { name: Tank-Archive, state: paused }"],
});

function poolIn(status: ExecAnswer, name: string) {
  return status.code === 0 ? parsePoolStatus(status.stdout).find((pool) => pool.name === name) : undefined;
}
