import type { ApiPath } from "./api.ts";
import { clusterPaths } from "./cluster.ts";
import { containerPaths } from "./containers.ts";
import { storagePaths } from "./storage.ts";

/** Every path of the API that the lab has. Each group stands in a file of its own, named as what it is about. */
export const API_PATHS: readonly ApiPath[] = [...clusterPaths, ...containerPaths, ...storagePaths];
