import { accessPaths } from "./access.ts";
import type { ApiPath } from "./api.ts";
import { backupPaths } from "./backup.ts";
import { clusterPaths } from "./cluster.ts";
import { containerPaths } from "./containers.ts";
import { datacenterPaths } from "./datacenter.ts";
import { haPaths } from "./ha.ts";
import { machinePaths } from "./machines.ts";
import { poolPaths } from "./pools.ts";
import { replicationPaths } from "./replication.ts";
import { storagePaths } from "./storage.ts";

/** Every path of the API that the lab has. Each group stands in a file of its own, named as what it is about. */
export const API_PATHS: readonly ApiPath[] = [
  ...clusterPaths,
  ...accessPaths,
  ...backupPaths,
  ...containerPaths,
  ...machinePaths,
  ...datacenterPaths,
  ...haPaths,
  ...poolPaths,
  ...replicationPaths,
  ...storagePaths,
];
