import type { Place } from "../errors/diagnostic.ts";

/** What a lab is made of, as far as playbooks, inventory and runs tell: things inside of things, and networks between them. */
export interface LabPicture {
  readonly title: string;
  readonly things: readonly Thing[];
  readonly networks: readonly Network[];
  /** What uses what, beside lying in it. */
  readonly links: readonly Link[];
  /** What the picture cannot know, a line each. */
  readonly notes: readonly string[];
}

export type ThingKind =
  | "host"
  | "node"
  | "container"
  | "vm"
  | "pool"
  | "dataset"
  | "storage"
  | "mount"
  | "project"
  | "service"
  | "unit"
  | "group"
  | "play"
  | "role";

export interface Thing {
  /** Unique in the picture, and the same each time it is drawn. */
  readonly id: string;
  readonly kind: ThingKind;
  readonly name: string;
  /** What is worth telling of it, a few words each. */
  readonly facts: readonly string[];
  readonly origins: readonly Origin[];
  readonly inside: readonly Thing[];
  /** Ids of the networks that it is attached to. */
  readonly networks: readonly string[];
}

export interface Network {
  readonly id: string;
  readonly kind: "bridge" | "compose" | "tailnet";
  readonly name: string;
  readonly facts: readonly string[];
  readonly origins: readonly Origin[];
  /** The thing that it exists in; null: it spans all of them. */
  readonly home: string | null;
}

export interface Link {
  readonly from: string;
  readonly to: string;
  readonly text: string;
}

/** Where a part of the picture comes from. */
export interface Origin {
  /** A file of the inventory, a task of a playbook, or what a run has told of a task. */
  readonly source: "inventory" | "playbook" | "run";
  readonly place: Place;
  /** The task. */
  readonly task?: string;
  /** The id of the task in its run. */
  readonly taskId?: string;
  /** Why it may be otherwise: a condition that only the run decides. */
  readonly doubt?: string;
  /** What became of it in the run. */
  readonly status?: string;
}

/** What one task says of one host, or what a run saw there; what is not known yet is an `Unknown` in it. */
export interface Declared {
  readonly host: string;
  readonly module: string;
  readonly params: unknown;
  readonly origin: Origin;
}

/** A host of the inventory, and the way in where it is no machine of its own. */
export interface PicturedHost {
  readonly name: string;
  readonly place: Place;
  readonly address?: string;
  readonly groups: readonly string[];
  readonly door?:
    | { readonly node: string; readonly vmid: string }
    | { readonly node: string; readonly service: string };
}
