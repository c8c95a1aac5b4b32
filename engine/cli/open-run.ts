import { resolve } from "node:path";
import type { OpenConnection } from "../connection/connection.ts";
import { readerOf } from "../connection/reader-of.ts";
import type { Bug } from "../errors/bug.ts";
import { isError } from "../errors/is-error.ts";
import type { Passing } from "../run/context/passing.ts";
import type { RunEvent } from "../run/events.ts";
import type { RunSite } from "../run/run-site.ts";
import { machineClocks } from "../run/session/machine-clocks.ts";
import { type Claimant, machineLocks } from "../run/session/machine-lock.ts";
import { openLateLoader } from "../site/load-late.ts";
import type { Secret } from "../value/secret.ts";
import { defaultForks } from "./default-forks.ts";
import type { Call } from "./load-call.ts";

/** Options that say how it is run. */
export interface RunCallOptions {
  readonly check?: boolean;
  readonly exitCode?: boolean;
  /** Checked before: a number. */
  readonly forks?: string;
  readonly user?: string;
  readonly privateKey?: string;
  readonly become?: boolean;
  readonly becomeUser?: string;
  readonly lookahead?: boolean;
  /** How long a machine is waited for that another run writes to. Unsaid: not at all. */
  readonly waitForLockMs?: number;
  /** Drops what earlier runs have left for handlers. */
  readonly forgetPending?: boolean;
}

/** The outside of a run. */
export interface Surroundings {
  readonly runId: string;
  now(): Date;
  emit(event: RunEvent): void;
  /** As `RunContext` has it: for the journal. */
  kept?(): Promise<void>;
  /** Of which a check gets the looking half. */
  readonly open: OpenConnection;
  readonly faults: Bug[];
  hide(secret: Secret): void;
  interrupted(): boolean;
  readonly becomePassword?: Secret | undefined;
  readonly connectionPassword?: Secret | undefined;
  /** Asked before each task. Unsaid: every task runs. */
  readonly passing?: Passing;
  /** Who this run is, for the locks of machines. Unsaid: none are taken. */
  readonly claimant?: Omit<Claimant, "waitMs">;
}

/** Tasks that are looked at in advance at most. */
const lookAheadTasks = 400;

/** A checked call and its surroundings → what `runSite` takes. */
export function openRun(call: Call, options: RunCallOptions, surroundings: Surroundings): RunSite {
  const { site, files, modules, libraryRoles, inventory, extraVars, selection, folder } = call;
  const { becomePassword, connectionPassword, open, claimant, ...outside } = surroundings;
  const startedAt = outside.now();
  const locks =
    options.check || claimant === undefined
      ? null
      : machineLocks({
          runId: outside.runId,
          claimant: { ...claimant, waitMs: options.waitForLockMs ?? 0 },
          startedAt,
          now: outside.now,
          interrupted: outside.interrupted,
          warn: (diagnostic) => outside.emit({ type: "warning", diagnostic }),
        });
  const late = openLateLoader({ files, site, libraryRoles, moduleNames: modules.keys() });
  return {
    ...outside,
    // Not the site as it was loaded: its roles grow with what dynamic includes bring along.
    site: late.site,
    inventory,
    readInventory: async () => {
      const read = await call.readInventory();
      const wrong = read.diagnostics.filter(isError);
      if (wrong.length > 0) return { ok: false, diagnostics: wrong };
      return { ok: true, inventory: read.inventory, warnings: read.diagnostics };
    },
    files,
    modules,
    extraVars,
    late,
    ...(call.shard && { shard: call.shard }),
    access: options.check
      ? { kind: "check", open: async (target) => readerOf(await open(target)) }
      : { kind: "apply", open },
    ...(locks && { locks }),
    clocks: machineClocks(site.settings.machines === "together"),
    options: {
      check: options.check ?? false,
      exitCode: options.exitCode ?? false,
      ...(options.forgetPending && { forgetPending: true }),
      forks: options.forks === undefined ? (site.settings.forks ?? defaultForks()) : Number(options.forks),
      selection,
      become: options.become ?? false,
      becomeUser: options.becomeUser ?? "root",
      lookAhead: (options.lookahead ?? true) ? lookAheadTasks : 0,
      ...(becomePassword && { becomePassword }),
      ...(connectionPassword && { connectionPassword }),
      ...(options.user !== undefined && { remoteUser: options.user }),
      ...(options.privateKey !== undefined && { privateKey: resolve(folder, options.privateKey) }),
    },
  };
}
