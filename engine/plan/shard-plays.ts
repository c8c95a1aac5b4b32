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
  const { inventory: before } = world;
  const mine = (name: string): boolean => shardOf(name, before) === index;
  const known = new Set(hosts);
  const select: Select = ({ hosts: names, warnings }, inventory, { place }) => {
    const shards = names.map((name) => ({ name, shard: shardOf(name, inventory) }));
    const left = shards.filter(({ name, shard }) => shard !== index && !known.has(name));
    return {
      hosts: shards.filter(({ shard }) => shard === index).map(({ name }) => name),
      warnings: [...warnings, ...left.map(({ name, shard }) => leftAlone(name, shard, of, place))],
    };
  };
  const diagnostics: Diagnostic[] = plays
    .filter((play) => new Set(play.hosts.map((name) => shardOf(name, before))).size > 1)
    .flatMap(countedApart)
    .map(({ what, place }) => ({ severity: "warning", code: "counts-within-shard", message: what, place }));
  if (hosts.length > 0 && !hosts.some(mine)) {
    diagnostics.push({
      severity: "warning",
      code: "empty-shard",
      message: `shard ${index} of ${of} has no hosts: the run has ${plural(hosts.length, "host")} on fewer machines than shards`,
    });
  }
  return { plays: plays.map((play) => within(play, mine, select)), diagnostics, hosts };
}

type Selection = ReturnType<CheckedPlay["select"]>;
/** What of a selection in an inventory that has grown is this shard's. */
type Select = (all: Selection, inventory: Inventory, play: CheckedPlay["expanded"]["play"]) => Selection;

function within(play: CheckedPlay, mine: (name: string) => boolean, select: Select): CheckedPlay {
  return {
    ...play,
    hosts: play.hosts.filter(mine),
    select: (inventory) => select(play.select(inventory), inventory, play.expanded.play),
    contributors: play.contributors.map((each) => ({
      ...each,
      hosts: each.hosts.filter(mine),
      elsewhere: each.hosts.filter((name) => !mine(name)),
    })),
  };
}

/** Whether the shard that it belongs to comes to know of it, too, nobody can tell here. */
function leftAlone(name: string, shard: number, of: number, place: Place): Diagnostic {
  return {
    severity: "warning",
    code: "added-for-another-shard",
    message: `${name}, which was added in this run, belongs to shard ${shard} of ${of}: this one leaves it alone`,
    place,
    hint: "it takes part there if that shard adds it as well; else give it the `lab_shard_key` of hosts of this shard, or run this play without --shard",
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
