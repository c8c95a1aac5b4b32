import type { Connection, OpenReader, Target } from "../../connection/connection.ts";
import type { Bug } from "../../errors/bug.ts";
import type { Diagnostic } from "../../errors/diagnostic.ts";
import type { Growth } from "../../inventory/grow-inventory.ts";
import type { Inventory } from "../../inventory/inventory.ts";
import type { Module } from "../../module/define-module.ts";
import type { TagSelection } from "../../plan/expand.ts";
import type { SiteFiles } from "../../site/files.ts";
import type { LateLoader } from "../../site/load-late.ts";
import type { Site } from "../../site/site.ts";
import type { Secret } from "../../value/secret.ts";
import type { VarsLayer } from "../../vars/layer.ts";
import type { Emit, RunStarted } from "../events.ts";
import type { MachineClocks } from "../session/machine-clocks.ts";
import type { MachineLocks } from "../session/machine-lock.ts";
import type { Passing } from "./passing.ts";

/** All that a run needs, handed in by the command line. Everything that touches the outside is a function here. */
export interface RunContext {
  readonly runId: string;
  readonly site: Site;
  /** Another one once a task has added to it, or it was read again. */
  inventory: Inventory;
  /** What tasks have added to it, in order. */
  readonly additions: Growth[];
  /** Reads the inventory again (`meta: refresh_inventory`): files, programs, nodes. Unsaid: it cannot be read again. */
  readInventory?(): Promise<ReadInventory>;
  readonly files: SiteFiles;
  readonly modules: ReadonlyMap<string, Module>;
  readonly options: RunOptions;
  readonly extraVars: VarsLayer;
  /** Which part of the hosts this run is for, where several runs share them, and the hosts of all parts. */
  readonly shard?: NonNullable<RunStarted["shard"]>;
  readonly emit: Emit;
  /** Resolves when what was told so far outlives a loss of power: no step is sent before. Unsaid: nobody keeps it. */
  kept?(): Promise<void>;
  now(): Date;
  readonly access: Access;
  /** Registers a secret with the redactor. */
  hide(secret: Secret): void;
  /** Loads what a dynamic include names, once its name is known. */
  readonly late: LateLoader;
  /** Faults of ours and of modules are put here, and the run goes on with what they do not touch. */
  readonly faults: Bug[];
  /** Asked between steps: the user has interrupted the run. */
  interrupted(): boolean;
  /** Asked before each task. Unsaid: every task runs. */
  readonly passing?: Passing;
  /** Of the machines that it writes to. Unsaid: nobody else can write there, or this is a check. */
  readonly locks?: MachineLocks;
  readonly clocks: MachineClocks;
}

/** The inventory as it is now, or what is wrong with it. */
export type ReadInventory =
  | { readonly ok: true; readonly inventory: Inventory; readonly warnings: readonly Diagnostic[] }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

/** How hosts are reached. A check is given nothing that could write: that is a matter of types, not of an `if`. Both throw Unreachable. */
export type Access =
  | { readonly kind: "check"; open(target: Target): Promise<OpenReader> }
  | { readonly kind: "apply"; open(target: Target): Promise<Connection> };

export interface RunOptions {
  readonly check: boolean;
  /** `--forget-pending`: what earlier runs have left for handlers is dropped. Unsaid: their handlers are run. */
  readonly forgetPending?: boolean;
  /** `--exit-code`: pending changes of a check end with status 3. */
  readonly exitCode: boolean;
  readonly forks: number;
  readonly selection: TagSelection;
  readonly become: boolean;
  readonly becomeUser: string;
  readonly becomePassword?: Secret;
  readonly connectionPassword?: Secret;
  readonly remoteUser?: string;
  readonly privateKey?: string;
  /** How many tasks are looked at in advance at most; 0 looks at each in its turn. */
  readonly lookAhead: number;
}
