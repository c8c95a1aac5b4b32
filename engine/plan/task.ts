import type { IncludeRole, IncludeTasks, ModuleDefaults, Role, TaskSource } from "../site/site.ts";
import type { Expression, ValueSource } from "../value/expression.ts";
import type { VarsLayer } from "../vars/layer.ts";

/** A task in its place in a play: what the author wrote, with all that it inherits. The same for every host. */
export interface Task {
  readonly kind: "task";
  /** Unique in the run and the same in each run of an unchanged site. */
  readonly id: string;
  /** Id of the play or include that it stands in. */
  readonly parent: string;
  readonly source: TaskSource;
  readonly handler: boolean;
  readonly context: Context;
}

/** An include that is expanded while the play runs: its name has a template, or it loops. */
export interface DynamicInclude {
  readonly kind: "dynamic-include";
  readonly id: string;
  readonly parent: string;
  readonly source: IncludeTasks | IncludeRole;
  readonly context: Context;
}

export type PlannedEntry = Task | DynamicInclude;

/** What a task inherits from its play, role and includes. */
export interface Context {
  /** Conditions, outermost first; each is evaluated with the variables of the place where it stands. */
  readonly guards: readonly Guard[];
  /** In any order; the level decides, and the later one among equals. */
  readonly layers: readonly VarsLayer[];
  readonly role: Role | null;
  readonly tags: ReadonlySet<string>;
  readonly become: ValueSource | undefined;
  readonly becomeUser: ValueSource | undefined;
  readonly environment: readonly ValueSource[];
  /** The host that is acted on instead of the one whose variables are read. */
  readonly delegateTo: ValueSource | undefined;
  readonly delegateFacts: ValueSource | undefined;
  /** Of the task or the blocks and includes around it, not of the play. */
  readonly connection: ValueSource | undefined;
  readonly timeout: ValueSource | undefined;
  /** Of the play, the blocks and the task, outermost first: the inner one wins. */
  readonly moduleDefaults: readonly ModuleDefaults[];
  readonly checkMode: boolean | undefined;
  readonly diff: boolean | undefined;
  readonly noLog: boolean;
  /** The playbook's folder, absolute. */
  readonly playbookFolder: string;
}
export interface Guard {
  readonly expression: Expression;
  readonly layers: readonly VarsLayer[];
  readonly role: Role | null;
}
