import type { Place } from "../errors/diagnostic.ts";
import type { ValueSource } from "../value/expression.ts";
import type { Outside } from "../value/scope.ts";
import type { Value } from "../value/value.ts";

/**
 * Variables of one origin. Levels, lowest first: 1 role defaults, 2 group vars, 3 host vars, 4 play vars, 5 role
 * parameters and role vars, 6 block and task vars, 7 set_fact and register, 8 `-e`. Later wins.
 */
export interface VarsLayer {
  readonly level: 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;
  /** In users' words: "host vars of pve1", "defaults of role das_keepalive". */
  readonly origin: string;
  readonly variables: ReadonlyMap<string, Variable>;
  /** What look-ups in it see where no task's own surroundings say: of the inventory's variables, the site. */
  readonly outside?: Outside;
  /** It also stands for an encrypted file that was not opened: which names that sets is not known. */
  readonly closed?: true;
  /** What is made of the values of these variables, whatever level they come from: of a role's typed arguments. */
  readonly refine?: ReadonlyMap<string, (value: Value) => Value>;
}
export interface Variable {
  readonly place: Place;
  /** Text of the site's own files is a template; what comes from hosts, APIs and `-e` is data and never rendered. */
  readonly content:
    | { readonly kind: "source"; readonly source: ValueSource }
    | { readonly kind: "data"; readonly value: Value };
}
