import type { FrozenHost } from "../world.ts";
import { compatibleFeatures } from "./pool-features.ts";
import { disabledFeatures, poolPropertyValue, releaseOf } from "./pool-properties.ts";
import { poolState, troubleOf } from "./pools.ts";
import { allLeaves, leavesOf, type PoolView } from "./vdevs.ts";

/** What is the matter with a pool, as `zpool status` words it. */
export interface PoolTrouble {
  readonly status: string;
  readonly action: string;
  /** `ZFS-8000-2Q`, where there is a page about it. */
  readonly message?: string;
  /** No fault of the pool's: `-x` passes over it. */
  readonly harmless?: true;
}

const REPLICAS = "Sufficient replicas exist for the pool to continue functioning in a\n\tdegraded state.\n";

export function poolTrouble(host: FrozenHost, now: PoolView): PoolTrouble | null {
  if (now.scan?.function === "resilver" && now.scan.state === "scanning") {
    return {
      status:
        "One or more devices is currently being resilvered.  The pool will\n\tcontinue to function, possibly in a degraded state.\n",
      action: "Wait for the resilver to complete.\n",
    };
  }
  const data = leavesOf([...now.vdevs, ...now.special, ...now.logs]);
  if (poolState(now) === "UNAVAIL") {
    return {
      status: "One or more devices are faulted in response to IO failures.\n",
      action: "Make sure the affected devices are connected, then run 'zpool clear'.\n",
      message: "ZFS-8000-HC",
    };
  }
  const troubles = data.filter(({ state }) => state !== "OFFLINE").map((leaf) => troubleOf(host, now, leaf));
  if (troubles.includes("dead")) {
    return {
      status: `One or more devices are faulted in response to persistent errors.\n\t${REPLICAS}`,
      action: "Replace the faulted device, or use 'zpool clear' to mark the device\n\trepaired.\n",
    };
  }
  if (troubles.includes("missing")) {
    return {
      status:
        "One or more devices could not be opened.  Sufficient replicas exist for\n\tthe pool to continue functioning in a degraded state.\n",
      action: "Attach the missing device and online it using 'zpool online'.\n",
      message: "ZFS-8000-2Q",
    };
  }
  if (troubles.includes("corrupt")) {
    return {
      status:
        "One or more devices could not be used because the label is missing or\n\tinvalid.  Sufficient replicas exist for the pool to continue\n\tfunctioning in a degraded state.\n",
      action: "Replace the device using 'zpool replace'.\n",
      message: "ZFS-8000-4J",
    };
  }
  if (allLeaves(now).some(({ state }) => state === "OFFLINE")) {
    return {
      status: `One or more devices has been taken offline by the administrator.\n\t${REPLICAS}`,
      action: "Online the device using 'zpool online' or replace the device with\n\t'zpool replace'.\n",
    };
  }
  return featureTrouble(host, now);
}

function featureTrouble(host: FrozenHost, now: PoolView): PoolTrouble | null {
  const release = releaseOf(host);
  const disabled = disabledFeatures(now, release);
  const wanted = compatibleFeatures(release, poolPropertyValue(host, now, "compatibility", true)?.value ?? "off");
  const all = compatibleFeatures(release, "off") ?? new Set<string>();
  if (wanted !== null && [...all].some((name) => !wanted.has(name) && !disabled.includes(name))) {
    return {
      status:
        "One or more features are enabled on the pool despite not being\n\trequested by the 'compatibility' property.\n",
      action:
        "Consider setting 'compatibility' to an appropriate value, or\n\tadding needed features to the relevant file in\n\t/etc/zfs/compatibility.d or /usr/share/zfs/compatibility.d.\n",
      harmless: true,
    };
  }
  if (!disabled.some((name) => wanted?.has(name) ?? true)) return null;
  return {
    status:
      "Some supported and requested features are not enabled on the pool.\n\tThe pool can still be used, but some features are unavailable.\n",
    action:
      "Enable all features using 'zpool upgrade'. Once this is done,\n\tthe pool may no longer be accessible by software that does not support\n\tthe features. See zpool-features(7) for details.\n",
    harmless: true,
  };
}

export function messageUrl(message: string): string {
  return `https://openzfs.github.io/openzfs-docs/msg/${message}`;
}
