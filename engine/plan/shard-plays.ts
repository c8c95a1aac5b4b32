import type { Diagnostic, Place } from "../errors/diagnostic.ts";
import type { Inventory } from "../inventory/inventory.ts";
import { plural } from "../text/plural.ts";
import type { VarsLayer } from "../vars/layer.ts";
import type { CheckedPlay } from "./check-site.ts";
import { partitionHosts, type Shard } from "./partition-hosts.ts";

export interface ShardedPlays {
  readonly plays: readonly CheckedPlay[];
  readonly diagnostics: readonly Diagnostic[];
  /** The hosts of all shards together. */
  readonly hosts: readonly string[];
}

/** Checked plays → those of one shard: the same tasks, on its hosts alone. */
export function shardPlays(
  plays: readonly CheckedPlay[],
  world: { readonly inventory: Inventory; readonly extraVars: VarsLayer },
  { index, of }: Shard,
): ShardedPlays {
  const hosts = [...new Set(plays.flatMap((play) => play.hosts))];
  const shardOf = partitionHosts(hosts, world, of);
  const mine = (name: string): boolean => shardOf(name) === index;
  const diagnostics: Diagnostic[] = plays
    .filter((play) => new Set(play.hosts.map(shardOf)).size > 1)
    .flatMap(countedApart)
    .map(({ what, place }) => ({ severity: "warning", code: "counts-within-shard", message: what, place }));
  if (hosts.length > 0 && !hosts.some(mine)) {
    diagnostics.push({
      severity: "warning",
      code: "empty-shard",
      message: `shard ${index} of ${of} has no hosts: the run has ${plural(hosts.length, "host")} on fewer machines than shards`,
    });
  }
  return { plays: plays.map((play) => within(play, mine)), diagnostics, hosts };
}

function within(play: CheckedPlay, mine: (name: string) => boolean): CheckedPlay {
  return {
    ...play,
    hosts: play.hosts.filter(mine),
    select: (inventory) => {
      const now = play.select(inventory);
      return { ...now, hosts: now.hosts.filter(mine) };
    },
    contributors: play.contributors.map((each) => ({
      ...each,
      hosts: each.hosts.filter(mine),
      elsewhere: each.hosts.filter((name) => !mine(name)),
    })),
  };
}

/** What a play counts over its hosts: a shard sees its own alone. */
function countedApart({ expanded, entries }: CheckedPlay): readonly { readonly what: string; readonly place: Place }[] {
  const { keywords, place } = expanded.play;
  const found: { readonly what: string; readonly place: Place }[] = [];
  if (keywords.serial)
    found.push({ what: "`serial` counts the hosts of this shard: others run at the same time", place });
  if (keywords.anyErrorsFatal) {
    found.push({ what: "`any_errors_fatal` ends the play in this shard: others go on", place });
  }
  if (keywords.maxFailPercentage) {
    found.push({ what: "`max_fail_percentage` is a share of this shard's hosts: others go on", place });
  }
  for (const { source, context } of entries) {
    if (context.runOnce !== undefined) {
      found.push({ what: "`run_once` runs once in each shard", place: source.place });
    }
    if (context.throttle !== undefined) {
      found.push({
        what: "`throttle` counts the hosts of this shard: others run at the same time",
        place: source.place,
      });
    }
  }
  return found;
}
