import { join, resolve } from "node:path";
import { loadCall } from "../../engine/cli/load-call.ts";
import { libraryModules } from "../../engine/cli/module-shelf.ts";
import { openRun } from "../../engine/cli/open-run.ts";
import { Unreachable } from "../../engine/connection/connection.ts";
import type { Bug } from "../../engine/errors/bug.ts";
import type { Batch } from "../../engine/ops/ir.ts";
import type { RecapEvent, ResultEvent, RunEvent } from "../../engine/run/events.ts";
import { runSite } from "../../engine/run/run-site.ts";
import { diskFiles } from "./site-fixture.ts";
import { createWorld, type Hosts, type TestWorld, type Trip } from "./world.ts";

const repository = resolve(import.meta.dirname, "../..");

export interface LabPlay {
  readonly check?: boolean;
  /** The controller dies once so many writing operations have been carried out: whatever it would have sent is never sent. */
  readonly killedAfter?: number;
}
export interface LabRun {
  readonly exitCode: number;
  /** Of tasks and handlers, sums of loops instead of their items. */
  readonly results: readonly ResultEvent[];
  readonly recap: RecapEvent | null;
  /** How many writing operations were carried out. */
  readonly writes: number;
  readonly killed: boolean;
}

/** The example lab of this repository in memory: its real inventory, playbooks and roles. */
export interface WholeLab {
  /** Its machines as they are before anything was played. */
  empty(): Promise<TestWorld>;
  play(world: TestWorld, playbooks: readonly string[], how?: LabPlay): Promise<LabRun>;
}

export function openWholeLab(): WholeLab {
  // Loaded anew for each run, as each call of `lab play` does.
  const load = async (playbooks: readonly string[]) => {
    const { call, diagnostics } = await loadCall({
      source: diskFiles,
      folder: repository,
      playbooks: playbooks.map((name) => join("playbooks", name)),
      modules: libraryModules,
      libraryRoles: join(repository, "roles"),
      options: {},
    });
    const said = diagnostics.map(({ message, place }) => `${place?.file}:${place?.line}: ${message}`);
    if (!call) throw new Error(said.join("\n"));
    return call;
  };

  return {
    async empty() {
      const { inventory, sandbox } = await load(["site.yml"]);
      const hosts: Record<string, Hosts[string]> = {};
      for (const name of inventory.hosts.keys()) {
        const described = sandbox.describe({ connection: "lab", name });
        if (described) hosts[name] = described;
      }
      return createWorld(hosts);
    },

    async play(world, playbooks, { check = false, killedAfter } = {}) {
      const call = await load(playbooks);
      const events: RunEvent[] = [];
      const faults: Bug[] = [];
      let writes = 0;
      let killed = false;
      world.lostAfter = (trip) => {
        if (trip.way === "look") return null;
        const operations = trip.batch.sections.flatMap((section) => section.operations);
        const left = (killedAfter ?? Number.POSITIVE_INFINITY) - writes;
        const upTo = indexAfterWrites(trip.batch, left);
        writes += operations.slice(0, upTo).filter(({ effect }) => effect === "write").length;
        if (upTo >= operations.length) return null;
        killed = true;
        return upTo;
      };
      world.onTrip = (_trip: Trip) => {
        if (killed) throw new Unreachable("the controller is dead", "it was killed by the test");
      };
      const context = openRun(
        call,
        { check },
        {
          runId: "whole-lab",
          now: () => new Date(),
          emit: (event) => events.push(event),
          open: world.open,
          hide: () => {},
          faults,
          interrupted: () => killed,
        },
      );
      const { exitCode } = await runSite(context, call.plays);
      world.lostAfter = null;
      world.onTrip = null;
      if (faults.length > 0) throw faults[0];
      const last = events.at(-1);
      return {
        exitCode,
        results: events.filter((event) => event.type === "result").filter(({ kind }) => kind !== "item"),
        recap: last?.type === "recap" ? last : null,
        writes,
        killed,
      };
    },
  };
}

/** How many operations of a batch are carried out until so many of them were writing ones. */
function indexAfterWrites(batch: Batch, writes: number): number {
  const operations = batch.sections.flatMap((section) => section.operations);
  if (writes === Number.POSITIVE_INFINITY) return operations.length;
  let seen = 0;
  for (const [index, operation] of operations.entries()) {
    if (operation.effect !== "write") continue;
    if (seen === writes) return index;
    seen += 1;
  }
  return operations.length;
}
