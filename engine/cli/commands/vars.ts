import { formatDiagnostic } from "../../errors/format-diagnostic.ts";
import {
  type Definition,
  type ExplainedScope,
  type ExplainedVariable,
  type ExplainRequest,
  explainVariables,
} from "../../plan/explain-variables.ts";
import { nearest } from "../../text/nearest.ts";
import { plural } from "../../text/plural.ts";
import { hostNamed, type InventoryCallOptions, withInventory } from "../load-inventory-call.ts";
import { fullValue, paint, placeText, shortValue, toldJson, type ValueLook } from "../show-value.ts";
import { wantsColourOn } from "../wants-colour-on.ts";

export interface VarsOptions extends InventoryCallOptions {
  readonly json?: boolean;
}

/** `lab vars HOST [NAME]`: the variables of a host, and where each comes from. */
export function vars(host: string, name: string | undefined, options: VarsOptions): Promise<number> {
  return withInventory(options, (seen) => {
    const found = hostNamed(host, seen);
    if ("code" in found) return [found];
    const scopes = explainVariables(seen, found);
    const wanted = name === undefined ? scopes : scopes.map((scope) => only(scope, name));
    if (name !== undefined && wanted.every(({ variables }) => variables.length === 0)) {
      const names = scopes.flatMap(({ variables }) => variables.map((variable) => variable.name));
      const near = nearest(name, names);
      const hint = near === undefined ? "variables of plays and roles: --playbook" : `did you mean ${near}?`;
      return [{ code: "undefined-variable", message: `${host} has no variable ${name}`, hint }];
    }
    const shown = wanted.filter(
      ({ variables, where }, index) => variables.length > 0 || (index === 0 && where === null),
    );
    if (options.json) return `${JSON.stringify({ host, scopes: shown.map(scopeJson) }, null, 2)}\n`;
    const look = { colour: wantsColourOn(process.stdout), width: Math.min(process.stdout.columns ?? 80, 120) };
    return name === undefined ? listed(host, shown, look) : inFull(shown, look, seen);
  });
}

function only(scope: ExplainedScope, name: string): ExplainedScope {
  return { ...scope, variables: scope.variables.filter((variable) => variable.name === name) };
}

function listed(host: string, scopes: readonly ExplainedScope[], look: ValueLook): string {
  const lines = scopes.flatMap(({ where, variables }) => [
    headline(where, `${host}: ${plural(variables.length, "variable")}`, look),
    ...variables.flatMap(({ name, winner, shadowed }) => [
      `${paint("bold", name, look)}: ${shortValue(winner.value, look.width - name.length - 2)}`,
      `    ${placeText(winner)}, ${winner.origin}`,
      ...shadowed.map((definition) => over(definition, look)),
    ]),
  ]);
  return `${lines.join("\n")}\n`;
}

function headline(where: ExplainedScope["where"], otherwise: string, look: ValueLook): string {
  return paint("cyan", where === null ? otherwise : `${where.what} ${where.name} (${placeText(where)})`, look);
}

function over(definition: Definition, look: ValueLook): string {
  const text = `    over ${placeText(definition)}, ${definition.origin}: `;
  return paint("dim", text + shortValue(definition.value, look.width - text.length), look);
}

/** One variable, with all of its value and what is wrong with it. */
function inFull(scopes: readonly ExplainedScope[], look: ValueLook, { files }: ExplainRequest): string {
  const blocks = scopes.flatMap(({ where, variables }) =>
    variables.map(({ name, winner, shadowed }) =>
      [
        ...(where === null ? [] : [headline(where, "", look)]),
        `${paint("bold", name, look)}: ${fullValue(winner.value)}`,
        `  set at ${placeText(winner)}, ${winner.origin} (level ${winner.level})`,
        ...shadowed.flatMap((definition) => [
          `  over ${placeText(definition)}, ${definition.origin} (level ${definition.level})`,
          `    ${shortValue(definition.value, look.width - 4)}`,
        ]),
        ...(winner.value.kind === "wrong"
          ? [formatDiagnostic(winner.value.diagnostic, { source: (file) => files.source(file), ...look })]
          : []),
      ].join("\n"),
    ),
  );
  return `${blocks.join("\n\n")}\n`;
}

function scopeJson({ where, variables }: ExplainedScope) {
  return {
    where: where && { what: where.what, name: where.name, place: positionOf(where.place) },
    variables: Object.fromEntries(
      variables.map(({ name, winner, shadowed }: ExplainedVariable) => [
        name,
        { ...definitionJson(winner), shadowed: shadowed.map(definitionJson) },
      ]),
    ),
  };
}

function definitionJson({ place, level, origin, value }: Definition) {
  return { ...toldJson(value), level, origin, place: positionOf(place) };
}

function positionOf({ file, line, column }: Definition["place"]) {
  return { file, line, column };
}
