import type {
  BlockSource,
  IncludeRole,
  IncludeTasks,
  MetaSource,
  ModuleDefaults,
  Role,
  TaskKeywords,
  TaskSource,
} from "../site/site.ts";
import type { Expression, ValueSource } from "../value/expression.ts";
import type { VarsLayer } from "../vars/layer.ts";

/** A task in its place in a play: what the author wrote, with all that it inherits. The same for every host. */
export interface Task {
  readonly kind: "task";
  /** Unique in the run and the same in each run of an unchanged site. */
  readonly id: string;
  /** Id of the play, block or include that it stands in. */
  readonly parent: string;
  readonly source: TaskSource;
  readonly handler: boolean;
  readonly context: Context;
}

/** What is expanded while the play runs: an include whose name has a template, or an include or block that loops. */
export interface DynamicInclude {
  readonly kind: "dynamic-include";
  readonly id: string;
  readonly parent: string;
  readonly source: IncludeTasks | IncludeRole | BlockSource;
  readonly handler: boolean;
  readonly context: Context;
}

/** A block, its tasks in their place. One that loops is expanded to one of these for each round. */
export interface PlannedBlock {
  readonly kind: "block";
  readonly id: string;
  readonly parent: string;
  readonly source: BlockSource;
  readonly context: Context;
  readonly body: readonly PlannedEntry[];
  readonly rescue: readonly PlannedEntry[];
  readonly always: readonly PlannedEntry[];
}

/** An order to the run. */
export interface PlannedMeta {
  readonly kind: "meta";
  readonly id: string;
  readonly parent: string;
  readonly source: MetaSource;
  readonly handler: boolean;
  readonly context: Context;
}

export type PlannedEntry = Task | DynamicInclude | PlannedBlock | PlannedMeta;

/** What stands alone in the order of a play: everything but blocks, which hold others. */
export type PlainEntry = Exclude<PlannedEntry, PlannedBlock>;

/** What a notification runs. */
export type Handler = Task | PlannedMeta | HandlerInclude;
export type HandlerInclude = DynamicInclude & { readonly source: IncludeTasks };

/** What a task inherits from its play, role, includes and blocks; what it says itself comes first. */
export interface Context {
  /** Conditions, outermost first; each is evaluated with the variables of the place where it stands. */
  readonly guards: readonly Guard[];
  /** In any order; the level decides, and the later one among equals. */
  readonly layers: readonly VarsLayer[];
  readonly role: Role | null;
  /** The uses of roles around it, by id, outermost first: what `meta: end_role` leaves. */
  readonly roleUses: readonly string[];
  readonly tags: ReadonlySet<string>;
  readonly become: ValueSource | undefined;
  readonly becomeUser: ValueSource | undefined;
  readonly environment: readonly ValueSource[];
  readonly checkMode: boolean | undefined;
  readonly diff: boolean | undefined;
  readonly noLog: boolean;
  readonly ignoreErrors: ValueSource | undefined;
  readonly ignoreUnreachable: ValueSource | undefined;
  readonly anyErrorsFatal: ValueSource | undefined;
  readonly runOnce: ValueSource | undefined;
  readonly throttle: ValueSource | undefined;
  readonly timeout: ValueSource | undefined;
  readonly connection: ValueSource | undefined;
  readonly delegateTo: ValueSource | undefined;
  readonly delegateFacts: ValueSource | undefined;
  /** Outermost first: what stands nearer to the task comes over it. */
  readonly moduleDefaults: readonly ModuleDefaults[];
  /** What the task says, else what the nearest block around it does. */
  readonly notify: TaskKeywords["notify"];
  /** The playbook's folder, absolute. */
  readonly playbookFolder: string;
}
export interface Guard {
  readonly expression: Expression;
  readonly layers: readonly VarsLayer[];
  readonly role: Role | null;
}

/** The entries in the order of the file, those in blocks in the place of these: body, rescue, always. */
export function* flattened(entries: Iterable<PlannedEntry>): Iterable<PlainEntry> {
  for (const entry of entries) {
    if (entry.kind === "block") yield* flattened([...entry.body, ...entry.rescue, ...entry.always]);
    else yield entry;
  }
}
