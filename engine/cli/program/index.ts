import { registerCheck } from "./check.ts";
import { registerCompletion } from "./completion.ts";
import { registerDoc } from "./doc.ts";
import { registerDrift } from "./drift.ts";
import { registerExplain } from "./explain.ts";
import { registerFacts } from "./facts.ts";
import { registerGraph } from "./graph.ts";
import { registerInit } from "./init.ts";
import { registerInventory } from "./inventory.ts";
import { registerPlay } from "./play.ts";
import type { Register } from "./registrar.ts";
import { registerReport } from "./report.ts";
import { registerRole } from "./role.ts";
import { registerRollback } from "./rollback.ts";
import { registerRun } from "./run.ts";
import { registerRuns } from "./runs.ts";
import { registerSandbox } from "./sandbox.ts";
import { registerSchema } from "./schema.ts";
import { registerSecret } from "./secret.ts";
import { registerVars } from "./vars.ts";

/** The commands, in the order in which help lists them. */
export const registrations: readonly Register[] = [
  registerPlay,
  registerRun,
  registerRollback,
  registerCheck,
  registerDrift,
  registerInit,
  registerRole,
  registerDoc,
  registerExplain,
  registerSecret,
  registerInventory,
  registerVars,
  registerFacts,
  registerRuns,
  registerSandbox,
  registerGraph,
  registerReport,
  registerSchema,
  registerCompletion,
];
