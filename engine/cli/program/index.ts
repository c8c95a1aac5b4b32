import { registerCompletion } from "./completion.ts";
import { registerGraph } from "./graph.ts";
import { registerPlay } from "./play.ts";
import type { Register } from "./registrar.ts";
import { registerSandbox } from "./sandbox.ts";
import { registerSchema } from "./schema.ts";

/** The commands, in the order in which help lists them. */
export const registrations: readonly Register[] = [registerPlay, registerSandbox, registerGraph, registerSchema, registerCompletion];
