import { loadModules, moduleNames } from "../../modules/index.ts";

/** Every module that comes with lab. */
export const modules = await loadModules(moduleNames);
