import { findHost } from "../inventory/load-inventory.ts";
import type { ExpandedPlay } from "../plan/expand.ts";
import type { Play } from "../site/site.ts";
import type { Value } from "../value/value.ts";
import type { Variable, VarsLayer } from "../vars/layer.ts";
import type { HostRecap } from "./events.ts";
import { createHostRun, type HostRun } from "./host-run.ts";
import type { RunContext } from "./run-context.ts";
import { runPlay } from "./run-play.ts";

/** The plays of a run with their hosts, as the static check has found them. */
export interface SelectedPlay {
  readonly expanded: ExpandedPlay;
  readonly hosts: readonly string[];
}

export interface RunSummary {
  readonly hosts: Readonly<Record<string, HostRecap>>;
  /** By its worst: 130, 2, 4 or 0; what is pending in check mode is for the command line to weigh. */
  readonly exitCode: 0 | 2 | 4 | 130;
  readonly pending: boolean;
}

/** Runs the plays one after the other. A host that failed or could not be reached takes no part in what follows. */
export async function runSite(context: RunContext, plays: readonly SelectedPlay[]): Promise<RunSummary> {
  const startedAt = context.now().getTime();
  const names = [...new Set(plays.flatMap(({ hosts }) => hosts))];
  const hostRuns = new Map<string, HostRun>();
  for (const name of names) {
    const inventory = findHost(context.inventory, name);
    if (inventory) hostRuns.set(name, createHostRun(context, inventory));
  }
  context.emit({
    type: "run",
    id: context.runId,
    playbooks: context.site.playbooks.map(({ file }) => context.files.show(file)),
    check: context.options.check,
    hosts: names,
  });
  try {
    for (const { expanded, hosts } of plays) {
      const taking = hosts.flatMap((name) => hostRuns.get(name) ?? []).filter(({ state }) => state === "active");
      const play = {
        expanded,
        hosts: taking.map(({ name }) => name),
        folder: expanded.play.folder,
        hostRuns,
        handlers: [...expanded.handlers],
        connection: connectionOf(expanded.play),
      };
      await runPlay(context, play, taking);
      if (context.interrupted()) break;
    }
  } finally {
    await Promise.all([...hostRuns.values()].map((host) => host.close()));
  }
  const hosts = Object.fromEntries([...hostRuns].map(([name, host]) => [name, recapOf(host)]));
  const exitCode = exitCodeOf(context, [...hostRuns.values()]);
  const pending = Object.values(hosts).some(({ changed, deferred }) => changed > 0 || deferred > 0);
  context.emit({
    type: "recap",
    hosts,
    durationMs: context.now().getTime() - startedAt,
    exitCode: exitCode === 0 && context.options.exitCode && pending ? 3 : exitCode,
  });
  return { hosts, exitCode, pending };
}

/** Lowest of all levels: what the inventory says of a host wins over what the play says of its hosts. */
function connectionOf({ keywords, place }: Play): VarsLayer {
  const said: readonly (readonly [string, Value | undefined])[] = [
    ["lab_connection", keywords.connection],
    ["lab_user", keywords.remoteUser],
    ["lab_port", keywords.port],
  ];
  const variables = said.flatMap(([name, value]): [string, Variable][] =>
    value === undefined ? [] : [[name, { place, content: { kind: "data", value } }]],
  );
  return { level: 1, origin: "connection of the play", variables: new Map(variables) };
}

function recapOf(host: HostRun): HostRecap {
  return { ...host.tally, ...host.counters() };
}

function exitCodeOf(context: RunContext, hosts: readonly HostRun[]): RunSummary["exitCode"] {
  if (context.interrupted()) return 130;
  if (hosts.some(({ tally }) => tally.failed > 0)) return 2;
  return hosts.some(({ state }) => state === "unreachable") ? 4 : 0;
}
