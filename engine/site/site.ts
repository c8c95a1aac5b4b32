import type { Arguments } from "../arguments/argument.ts";
import type { Place } from "../errors/diagnostic.ts";
import type { Expression, ValueSource } from "../value/expression.ts";
import type { VarsLayer } from "../vars/layer.ts";
import type { HostOrder } from "./host-orders.ts";
import type { MetaOrder } from "./meta-orders.ts";

/** All that is known before hosts come into play: playbooks, roles, settings, each with its places. */
export interface Site {
  /** Absolute folder: that of lab.yml, else the current one. */
  readonly root: string;
  readonly settings: Settings;
  readonly playbooks: readonly Playbook[];
  /** Every role that a playbook or another role names, by name. */
  readonly roles: ReadonlyMap<string, Role>;
}

/** lab.yml */
export interface Settings {
  readonly inventory: readonly string[];
  readonly rolesPath: readonly string[];
  /** Unsaid: as many as this machine can serve. */
  readonly forks?: number;
  /** Machines know nothing of each other: a write on one leaves what was seen on the others valid. */
  readonly machines: "together" | "apart";
  readonly secrets: SecretSettings;
  /** Which journals of runs stay. Unsaid: as is usual. */
  readonly runs?: RunSettings;
}

/** The newest so many stay, and those that are younger, in milliseconds. */
export interface RunSettings {
  readonly count: number;
  readonly ms: number;
}

export interface SecretSettings {
  /** Public keys of all who can read what is encrypted from now on. */
  readonly recipients: readonly { readonly name: string; readonly place: Place }[];
  /** The file with the private key, as written: from the site's folder on. */
  readonly identity?: string;
}

export interface Playbook {
  readonly file: string;
  readonly plays: readonly Play[];
}

export interface Play {
  readonly kind: "play";
  readonly name: string;
  readonly place: Place;
  readonly hosts: { readonly pattern: string; readonly place: Place };
  readonly vars: VarsLayer;
  /** Asked before the run, unless `-e` gives the answer. */
  readonly varsPrompt: readonly VarsPrompt[];
  /** Conditions of the `import_playbook` that it came by, outermost first: they hold for each of its tasks, not for its handlers. */
  readonly importedWhen: readonly Expression[];
  readonly roles: readonly RoleUse[];
  readonly preTasks: readonly Entry[];
  readonly tasks: readonly Entry[];
  readonly postTasks: readonly Entry[];
  readonly handlers: readonly HandlerSource[];
  readonly keywords: PlayKeywords;
  /** Folder of the playbook: files and templates are looked up there. */
  readonly folder: string;
}
export interface PlayKeywords {
  readonly tags: readonly string[];
  readonly connection?: string;
  readonly remoteUser?: string;
  readonly port?: number;
  readonly become?: ValueSource;
  readonly becomeUser?: ValueSource;
  readonly forceHandlers: boolean;
  readonly anyErrorsFatal: boolean;
  readonly environment?: ValueSource;
  readonly noLog: boolean;
  readonly diff?: boolean;
  readonly checkMode?: boolean;
  /** Sizes of the batches, the last one for all that are left: numbers, or shares such as `30%`. */
  readonly serial?: ValueSource;
  readonly strategy?: "linear" | "free";
  readonly order?: HostOrder;
  /** Percent of a batch that may fail before the play ends. */
  readonly maxFailPercentage?: ValueSource;
  readonly throttle?: ValueSource;
  readonly ignoreUnreachable?: ValueSource;
  readonly moduleDefaults?: ModuleDefaults;
}

/** A variable that is asked for. */
export interface VarsPrompt {
  readonly name: string;
  readonly place: Place;
  readonly prompt: string;
  /** What an empty answer stands for, and what nobody's answer does. */
  readonly fallback?: string | number | boolean;
  /** The answer is not shown, and is a secret. */
  readonly private: boolean;
  /** Asked twice. */
  readonly confirm: boolean;
}

/** Parameters that modules have unless a task says otherwise, by module; in the order of the file. */
export type ModuleDefaults = readonly {
  readonly module: string;
  readonly place: Place;
  /** A map. */
  readonly params: ValueSource;
}[];

/** A role as a play, a role's dependencies or `include_role` use it. */
export interface RoleUse {
  readonly role: string;
  readonly place: Place;
  readonly when: readonly Expression[];
  readonly tags: readonly string[];
  /** Parameters given where the role is used, and `vars`. Level 5. */
  readonly vars: VarsLayer;
  readonly become?: ValueSource;
  readonly becomeUser?: ValueSource;
  readonly environment?: ValueSource;
  readonly delegateTo?: ValueSource;
}

export interface Role {
  readonly name: string;
  readonly folder: string;
  readonly place: Place;
  readonly defaults: VarsLayer;
  readonly vars: VarsLayer;
  readonly tasks: readonly Entry[];
  readonly handlers: readonly HandlerSource[];
  readonly dependencies: readonly RoleUse[];
  /** Task files by name without ending, for include_tasks and `tasks_from`. */
  readonly taskFiles: ReadonlyMap<string, readonly Entry[]>;
  readonly meta: { readonly description?: string };
  /** From meta/arguments.yml; a role without one takes anything. */
  readonly arguments?: RoleArguments;
}

/** What a role takes. */
export interface RoleArguments {
  /** Of the file. */
  readonly place: Place;
  /** By list of tasks, `main` and those of `tasks_from`. One that is not listed takes what `main` does. */
  readonly entries: ReadonlyMap<string, EntryArguments>;
}
export interface EntryArguments {
  readonly declared: Arguments;
  /** The defaults that stand beside the declarations, and what is to be made of given values. */
  readonly layer: VarsLayer;
}

export type Entry = TaskSource | IncludeTasks | IncludeRole | BlockSource | MetaSource;

/** What a notification runs: a task, all tasks of a file, or an order to the run. */
export type HandlerSource = TaskSource | IncludeTasks | MetaSource;

export interface TaskSource {
  readonly kind: "task";
  /** Unique in the site, stable between runs of an unchanged site: file and position. */
  readonly id: string;
  /** As written, with templates; null where the author gave none. */
  readonly name: ValueSource | null;
  readonly place: Place;
  readonly module: string;
  readonly modulePlace: Place;
  /** A map of parameters, or (for modules that have a shorthand) a single value. */
  readonly params: ValueSource;
  readonly keywords: TaskKeywords;
  /** Handlers: what else notifies it. */
  readonly listen: readonly string[];
}
export interface IncludeTasks {
  readonly kind: "include-tasks";
  readonly id: string;
  readonly name: ValueSource | null;
  readonly place: Place;
  /** The file as written; literal names are loaded before the run. */
  readonly file: ValueSource;
  /** Loaded entries, when the name is literal. */
  readonly entries?: readonly Entry[];
  readonly keywords: TaskKeywords;
  /** Handlers: what else notifies it. */
  readonly listen: readonly string[];
}
export interface IncludeRole {
  readonly kind: "include-role";
  readonly id: string;
  readonly name: ValueSource | null;
  readonly place: Place;
  readonly role: ValueSource;
  readonly tasksFrom: ValueSource | null;
  readonly keywords: TaskKeywords;
}

/** Tasks that belong together, and what is done when one of them fails. */
export interface BlockSource {
  readonly kind: "block";
  readonly id: string;
  readonly name: ValueSource | null;
  readonly place: Place;
  readonly body: readonly Entry[];
  /** On a host where a task of the body has failed. */
  readonly rescue: readonly Entry[];
  /** Whatever became of the others. */
  readonly always: readonly Entry[];
  readonly keywords: TaskKeywords;
}

/** An order to the run itself: `meta: flush_handlers`. */
export interface MetaSource {
  readonly kind: "meta";
  readonly id: string;
  readonly name: ValueSource | null;
  readonly place: Place;
  readonly order: MetaOrder;
  readonly keywords: TaskKeywords;
  /** Handlers: what else notifies it. */
  readonly listen: readonly string[];
}

/** What may stand beside a module or an include. What is unsaid is inherited from the play or the include. */
export interface TaskKeywords {
  /** Where each of them is written. */
  readonly places?: ReadonlyMap<string, Place>;
  readonly when: readonly Expression[];
  readonly loop?: ValueSource;
  readonly loopControl: {
    readonly loopVar: string;
    readonly indexVar?: string;
    readonly label?: ValueSource;
    readonly pauseMs: number;
  };
  readonly register?: { readonly name: string; readonly place: Place };
  readonly notify: readonly { readonly name: ValueSource; readonly place: Place }[];
  readonly changedWhen: readonly Expression[] | null;
  readonly failedWhen: readonly Expression[] | null;
  readonly ignoreErrors?: ValueSource;
  readonly vars: VarsLayer;
  readonly environment?: ValueSource;
  readonly become?: ValueSource;
  readonly becomeUser?: ValueSource;
  readonly tags: readonly string[];
  readonly checkMode?: boolean;
  readonly diff?: boolean;
  readonly noLog?: boolean;
  readonly reads: boolean;
  /** Seconds that its command may take as a job. */
  readonly async?: ValueSource;
  /** Seconds between looks at that job; 0: it is left to itself. */
  readonly poll?: ValueSource;
  readonly wait: boolean;
  /** Nothing after this task is looked at, not even ahead, until it has passed. */
  readonly guard?: boolean;
  /** Tried again until all of these hold. */
  readonly until?: readonly Expression[];
  readonly retries?: ValueSource;
  /** Seconds between two tries. */
  readonly delay?: ValueSource;
  /** Seconds after which the task has failed. */
  readonly timeout?: ValueSource;
  /** The host that is acted on instead of the one whose variables are read. */
  readonly delegateTo?: ValueSource;
  /** Facts and `set_fact` belong to the host that was delegated to. */
  readonly delegateFacts?: ValueSource;
  readonly runOnce?: ValueSource;
  readonly ignoreUnreachable?: ValueSource;
  readonly anyErrorsFatal?: ValueSource;
  readonly throttle?: ValueSource;
  readonly moduleDefaults?: ModuleDefaults;
  /** How its host is reached, for this task. */
  readonly connection?: ValueSource;
}
