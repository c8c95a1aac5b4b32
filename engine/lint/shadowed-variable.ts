import type { Diagnostic, Place } from "../errors/diagnostic.ts";
import type { VarsLayer } from "../vars/layer.ts";
import type { LintRequest } from "./lint.ts";

/** A name that is given a second meaning where the first one is still wanted. */
export function* shadowedVariable({ runs }: LintRequest): Iterable<Diagnostic> {
  for (const { site, inventory, plays } of runs) {
    for (const { defaults, vars, name } of site.roles.values()) {
      for (const [variable, { place }] of defaults.variables) {
        const above = vars.variables.get(variable);
        if (!above) continue;
        yield shadow(
          place,
          above.place,
          `nobody ever sees this default: the \`vars/\` of role ${name} set \`${variable}\``,
        );
      }
    }
    const ofHosts = [...inventory.hosts.values()].flatMap(({ layers }) => layers);
    for (const { source, context } of plays.flatMap(({ entries }) => entries)) {
      const { register: registered, loop, loopControl } = source.keywords;
      const layers = [...ofHosts, ...context.layers];
      if (registered) {
        const hidden = definition(registered.name, layers);
        if (hidden) {
          const message = `\`register\` hides the variable \`${registered.name}\` from here on`;
          yield shadow(registered.place, hidden, message);
        }
      }
      if (!loop) continue;
      for (const name of [loopControl.loopVar, loopControl.indexVar]) {
        const hidden = name === undefined ? undefined : definition(name, layers);
        if (hidden) yield shadow(loop.place, hidden, `this loop hides the variable \`${name}\``);
      }
    }
  }
}

function definition(name: string, layers: readonly VarsLayer[]): Place | undefined {
  // Of a loop within a loop `hidden-item` tells.
  return layers
    .findLast(({ variables, origin }) => variables.has(name) && !origin.startsWith("loop of"))
    ?.variables.get(name)?.place;
}

function shadow(place: Place, other: Place, message: string): Diagnostic {
  return {
    code: "shadowed-variable",
    message,
    place,
    hint: "choose another name for one of the two",
    related: [{ message: "the other one", place: other }],
  };
}
