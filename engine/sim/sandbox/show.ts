import { unreachable } from "../../errors/bug.ts";
import type { World } from "../world.ts";
import { type Difference, differences } from "./differences.ts";

/** What `lab sandbox show` shows. */
export interface LabView {
  readonly hosts: readonly HostView[];
}
interface HostView {
  readonly name: string;
  readonly kind: string;
  /** The host's own clock. */
  readonly clock: Date;
  readonly differences: readonly Difference[];
  /** The same, a line each. */
  readonly lines: readonly string[];
}

export function showLab(world: World): LabView {
  const hosts = Object.entries(world.hosts).sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    hosts: hosts.map(([name, host]) => {
      const found = differences(host);
      return {
        name,
        kind: host.description.kind,
        clock: new Date(host.clockMs),
        differences: found,
        lines: found.map(lineOf),
      };
    }),
  };
}

function lineOf(difference: Difference): string {
  switch (difference.kind) {
    case "file": {
      const owner = /^\/var\/spool\/cron\/crontabs\/(.+)$/.exec(difference.path)?.[1];
      return `${difference.state} ${owner === undefined ? `file ${difference.path}` : `crontab of ${owner}`}`;
    }
    case "attributes":
      return `${difference.path}: ${difference.before} → ${difference.after}`;
    case "unit":
      return `unit ${difference.name}: ${difference.before} → ${difference.after}`;
    case "package":
      return `package ${difference.name}: ${difference.before ?? "not installed"} → ${difference.after ?? "not installed"}`;
    case "sysctl":
      return `kernel parameter ${difference.name}: ${difference.before} → ${difference.after}`;
    case "disk":
    case "pool":
    case "dataset":
    case "container":
    case "vm":
      return `${difference.kind} ${difference.name}: ${difference.before ?? "none"} → ${difference.after ?? "none"}`;
    default:
      return unreachable(difference);
  }
}
