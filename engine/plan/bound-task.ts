import type { Place } from "../errors/diagnostic.ts";
import type { ActionModule, ControllerModule, ReadingModule, StateModule } from "../module/define-module.ts";
import type { Value } from "../value/value.ts";
import type { LargeContent } from "./large-content.ts";
import type { Task } from "./task.ts";

/** A task for one host (and one item of its loop), rendered and validated: nothing in it is a template any more. */
export interface BoundTask<M = StateModule | ReadingModule | ActionModule | ControllerModule> {
  readonly task: Task;
  /** The host that is acted on. */
  readonly host: string;
  readonly name: string;
  readonly item?: { readonly value: Value; readonly index: number; readonly label: Value };
  readonly module: M;
  /** As the module's schema gives them. */
  readonly params: unknown;
  /** Large files of the site among them, which have to be digested before the module sees them. */
  readonly large: readonly LargeContent[];
  /** The user that operations run as; null is the user of the connection. */
  readonly user: string | null;
  readonly environment: Readonly<Record<string, string>>;
  readonly place: Place;
  readonly noLog: boolean;
  readonly checkOnly: boolean;
  /** How long a try may take. Unsaid: as long as it takes. */
  readonly timeoutMs?: number;
  /** `async`: its command runs as a job. `leave`: nobody waits for it (`poll: 0`). */
  readonly detached?: { readonly limitMs: number; readonly pollMs?: number; readonly leave: boolean };
}
