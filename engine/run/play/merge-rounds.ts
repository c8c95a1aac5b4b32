import type { HostRun } from "../context/host-run.ts";
import { canonical } from "../session/canonical.ts";

/**
 * Rounds of a loop over an include or block, host by host, as the rounds that are gone through: hosts for which the next
 * round is the same take it together, and each host keeps its own order.
 */
export function* mergeRounds<R>(
  rounds: ReadonlyMap<HostRun, readonly R[]>,
  keyOf: (round: R) => unknown,
): Generator<{ readonly round: R; readonly hosts: readonly HostRun[] }> {
  const left = new Map(
    [...rounds].map(([host, each]) => [host, each.map((round) => ({ round, key: canonical(keyOf(round)) }))]),
  );
  for (;;) {
    const next = [...left.values()].find((each) => each.length > 0)?.[0];
    if (!next) return;
    const hosts = [...left].filter(([, each]) => each[0]?.key === next.key).map(([host]) => host);
    for (const host of hosts) left.get(host)?.shift();
    yield { round: next.round, hosts };
  }
}
