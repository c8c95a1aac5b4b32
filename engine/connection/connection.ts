import type { Batch, BatchReply, ReadBatch } from "../ops/ir.ts";
import type { Claim, Holder } from "../ops/lock/holder-text.ts";
import type { Secret } from "../value/secret.ts";

/** Where a host is and how to get in. What is unsaid comes from the user's ssh configuration, then from defaults. */
export interface Target {
  /** The inventory's name of the host. */
  readonly name: string;
  readonly connection: string;
  readonly host?: string;
  readonly port?: number;
  readonly user?: string;
  readonly password?: Secret;
  /** Path on the controller. */
  readonly privateKey?: string;
  readonly passphrase?: Secret;
  /** The password that sudo may ask for. */
  readonly becomePassword?: Secret;
  /** It is no machine of its own, but entered through another host, whose target says how that one is reached. */
  readonly door?: Door;
}

/** Where something is entered: one link of a chain, one more word in front of a batch. */
export type Door = PctDoor | DockerDoor;
/** An LXC container of a Proxmox VE node. */
export interface PctDoor {
  readonly kind: "pct";
  readonly node: Target;
  readonly vmid: number;
  /** Before the first operation it must have a default route. */
  readonly waitForNetwork: boolean;
}
/** A container of Docker's engine on a host, which may be a container itself. */
export interface DockerDoor {
  readonly kind: "docker";
  readonly node: Target;
  readonly container:
    | { readonly kind: "name"; readonly name: string }
    | { readonly kind: "service"; readonly project: string; readonly service: string };
}

/** What check mode holds: a connection that can only look. */
export interface Reader {
  readonly target: Target;
  look(batch: ReadBatch): Promise<BatchReply>;
  /** Lets time pass between looks. The embedded lab has a clock of its own, so that nobody waits for it. */
  pause(milliseconds: number): Promise<void>;
}

/** A reader that is closed in the end. */
export interface OpenReader extends Reader {
  /**
   * Logs in anew before the next batch: who has been put into a group is in it only then. What is under way is not
   * disturbed. Unsaid: each batch is a login of its own.
   */
  reset?(): void;
  close(): Promise<void>;
}

/**
 * A way to a host, opened once per run. One batch is one round trip. A batch whose script was not read to its end
 * answers with replies of kind `unknown`; a connection that is gone between batches is reopened once by itself.
 */
export interface Connection extends OpenReader {
  send(batch: Batch): Promise<BatchReply>;
  /**
   * Looks for several hosts in one trip: each gets the answer that it would have got alone, as soon as it is there. Of the
   * trip they share the first one's counters tell, those of the others that they had part in it. Unsaid: there are no trips to be saved.
   */
  lookTogether?(batches: readonly ReadBatch[]): readonly Promise<BatchReply>[];
  /**
   * Takes the machine's lock, on a channel of its own that keeps it until the connection is closed; who has it already is told
   * so again. Unsaid: nobody else can write there. Throws Unreachable.
   */
  hold?(claim: Claim): Promise<Hold>;
}

/** What came of a claim to a machine. */
export type Hold =
  | {
      readonly kind: "held";
      readonly holder: Holder;
      /** It was taken just now; else an earlier claim of this run holds on. */
      readonly anew: boolean;
      /** Another run that has written here, and how long ago, in milliseconds. Null: none is known. */
      readonly wrote: { readonly runId: string; readonly agoMs: number } | null;
    }
  | { readonly kind: "busy"; readonly by: LockOwner }
  /** It cannot be locked. */
  | { readonly kind: "unlockable"; readonly why: string };

/** Who has the lock of a machine, as far as that can be told. */
export type LockOwner =
  | { readonly kind: "run"; readonly runId: string; readonly who: string; readonly since: string; readonly pid: string }
  /** A script of a run that was killed has not come to its end. */
  | { readonly kind: "orphan" }
  | { readonly kind: "other"; readonly process: string | null };

/** The host cannot be reached or does not let us in. */
export class Unreachable extends Error {
  readonly hint: string | undefined;

  constructor(message: string, hint?: string) {
    super(message);
    this.name = "Unreachable";
    this.hint = hint;
  }
}

/** We are in, but cannot become the user that a batch asks for. The host is there: other users' batches may still run. */
export class BecomeFailed extends Unreachable {
  constructor(message: string, hint?: string) {
    super(message, hint);
    this.name = "BecomeFailed";
  }
}

/** A container that is stopped or not there. An earlier task of the run may be about to change that. */
export class GuestDown extends Unreachable {
  readonly door: Door;

  constructor(door: Door, message: string, hint?: string) {
    super(message, hint);
    this.name = "GuestDown";
    this.door = door;
  }
}

/** How a kind of connection is opened. Throws Unreachable. */
export type OpenConnection = (target: Target) => Promise<Connection>;
