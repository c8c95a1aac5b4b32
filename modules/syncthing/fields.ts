import { z } from "zod";
import { nearestName } from "../../engine/formats/nearest-name.ts";
import { type Refusal, refuse, type Value } from "../../engine/module/index.ts";
import type { Fields } from "./rest.ts";

/** One field of an object of Syncthing's: as it is, as it shall be, and what is sent for it. */
export interface Field {
  /** By the task's name. */
  readonly name: string;
  /** By Syncthing's. */
  readonly key: string;
  readonly is: Value;
  readonly wanted: Value;
  readonly same: boolean;
  readonly send: unknown;
}

/** A field whose value travels as it is shown. */
export function field(name: string, key: string, is: unknown, wanted: Value | undefined): readonly Field[] {
  if (wanted === undefined) return [];
  const shown = shownValue(is);
  return [{ name, key, is: shown, wanted, same: same(shown, wanted), send: wanted }];
}

/** A list whose order says nothing. */
export function setField(
  name: string,
  key: string,
  is: readonly string[],
  wanted: readonly string[] | undefined,
): readonly Field[] {
  if (wanted === undefined) return [];
  const sorted = [...is].sort();
  const unique = [...new Set(wanted)];
  return [{ name, key, is: sorted, wanted: [...unique].sort(), same: same(sorted, [...unique].sort()), send: unique }];
}

/** Fields that the task names as Syncthing does. Each must be there already: an unknown one is accepted, and forgotten. */
export function settingFields(given: Fields | undefined, is: Fields): readonly Field[] {
  return Object.entries(given ?? {}).flatMap(([key, wanted]) => field(key, key, is[key], wanted));
}

/** A name that Syncthing does not know, or a value of another type than it has. */
export function settingTrouble(
  what: string,
  given: Fields | undefined,
  known: Fields,
  version: string,
): Refusal | null {
  for (const [name, wanted] of Object.entries(given ?? {})) {
    if (!Object.hasOwn(known, name)) {
      const meant = nearestName(name, Object.keys(known));
      return refuse(
        `Syncthing ${version} knows no ${what} "${name}": it would accept it without a word, and forget it`,
        meant === undefined ? "its own names are those of GET /rest/config" : `did you mean ${meant}?`,
      );
    }
    const [is, shall] = [kindOf(known[name]), kindOf(wanted)];
    if (is !== shall && is !== "nothing")
      return refuse(
        `the ${what} "${name}" of Syncthing is a ${is}, and the task gives a ${shall}`,
        `it is ${JSON.stringify(known[name])} now`,
      );
  }
  return null;
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  if (Array.isArray(value)) return "list";
  if (typeof value === "boolean") return "truth value";
  return typeof value === "object" ? "map" : typeof value === "string" ? "text" : "number";
}

export function changedFields(fields: readonly Field[]): readonly Field[] {
  return fields.filter((each) => !each.same);
}
/** What is shown of an object: as it is, and as it shall be. Another spelling of the same is no change. */
export function shownFields(fields: readonly Field[]): { readonly before: Fields; readonly after: Fields } {
  return {
    before: Object.fromEntries(fields.map(({ name, is }) => [name, is])),
    after: Object.fromEntries(fields.map(({ name, is, wanted, same: equal }) => [name, equal ? is : wanted])),
  };
}
export function bodyOf(fields: readonly Field[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(fields.map(({ key, send }) => [key, send]));
}

export function same(left: Value, right: Value): boolean {
  return stable(left) === stable(right);
}
function stable(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) =>
    typeof each === "object" && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
}

/** What an answer holds, as a value that can be shown. */
export function shownValue(value: unknown): Value {
  const parsed = z.json().safeParse(value ?? null);
  return parsed.success ? parsed.data : null;
}
