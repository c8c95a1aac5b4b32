import type { Diagnostic } from "../errors/diagnostic.ts";
import type { Shard } from "../plan/partition-hosts.ts";

type Environment = Readonly<Record<string, string | undefined>>;
export type ShardOption =
  | { readonly kind: "shard"; readonly shard: Shard }
  | { readonly kind: "wrong"; readonly diagnostic: Diagnostic };

/** Who says which part of a parallel job this is, in which variable; some count from 0. */
const known: readonly { readonly index: string; readonly from: 0 | 1; readonly count?: string }[] = [
  // An Indexed Job of Kubernetes does not tell how many there are.
  { index: "JOB_COMPLETION_INDEX", from: 0 },
  // GitLab
  { index: "CI_NODE_INDEX", from: 1, count: "CI_NODE_TOTAL" },
  { index: "CIRCLE_NODE_INDEX", from: 0, count: "CIRCLE_NODE_TOTAL" },
  { index: "BUILDKITE_PARALLEL_JOB", from: 0, count: "BUILDKITE_PARALLEL_JOB_COUNT" },
];
const most = 1000;

/** `--shard 2/4`, `--shard auto`, `--shard auto/4` → which shard this is. */
export function readShard(text: string, environment: Environment): ShardOption {
  const [, index = "", count] = /^(auto|\d{1,4})(?:\/(\d{1,4}))?$/.exec(text.trim()) ?? [];
  if (index === "") return wrong(`--shard takes which part this is of how many, got "${text}"`);
  const shard = index === "auto" ? fromEnvironment(count, environment) : fromNumbers(index, count);
  if (shard.kind === "wrong") return shard;
  const { index: number, of } = shard.shard;
  if (of < 1 || of > most) return wrong(`--shard: there can be 1 to ${most} shards, got ${of}`);
  if (number < 1 || number > of) return wrong(`--shard: there is no shard ${number} of ${of}: they count from 1`);
  return shard;
}

function fromNumbers(index: string, count: string | undefined): ShardOption {
  if (count === undefined) return wrong(`--shard ${index} does not say of how many`);
  return { kind: "shard", shard: { index: Number(index), of: Number(count) } };
}

function fromEnvironment(said: string | undefined, environment: Environment): ShardOption {
  const source = known.find(({ index }) => environment[index]);
  if (source === undefined) {
    const names = known.map(({ index }) => index).join(", ");
    return wrong(`--shard auto reads the index of a parallel job, and none of ${names} is set here`);
  }
  const index = environment[source.index] ?? "";
  const told = source.count === undefined ? undefined : environment[source.count];
  const count = said ?? told;
  if (!/^\d{1,4}$/.test(index)) return wrong(`--shard auto: ${source.index} is "${index}", and no number`);
  if (count === undefined || !/^\d{1,4}$/.test(count)) {
    return wrong(`--shard auto: ${source.index} says which shard this is, and nothing says of how many`);
  }
  if (told !== undefined && Number(told) !== Number(count)) {
    return wrong(`--shard auto/${count}: ${source.count} says that there are ${told}`);
  }
  return { kind: "shard", shard: { index: Number(index) + 1 - source.from, of: Number(count) } };
}

function wrong(message: string): ShardOption {
  const hint = "--shard 2/4 is the second of four; --shard auto/4 takes the index from a Kubernetes Job or a CI matrix";
  return { kind: "wrong", diagnostic: { code: "wrong-option", message, hint } };
}
