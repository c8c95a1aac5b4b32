import { z } from "zod";
import * as door from "../module/index.ts";

/** What a module of a site is given: the door that ours go through, and the zod that reads its parameters. */
export const moduleKit = { ...door, z };
