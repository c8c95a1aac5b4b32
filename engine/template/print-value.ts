import type { Place } from "../errors/diagnostic.ts";
import { aType } from "../functions/a-type.ts";
import { evaluationFailure } from "../functions/evaluation-failure.ts";
import { omit } from "../functions/omit.ts";
import { Secret } from "../value/secret.ts";
import type { Value } from "../value/value.ts";

/** A value as part of a longer text. Secrets are revealed: the caller makes a secret of the whole text. */
export function printValue(value: Value, at: () => Place): string {
  if (typeof value === "string") return value;
  if (typeof value === "boolean" || typeof value === "number") return String(value);
  if (value instanceof Secret) return value.reveal();
  if (value === null) {
    const hint = "give it a text with `default`, which also stands in for null";
    throw evaluationFailure("null-in-text", "null cannot stand inside a text", at(), hint);
  }
  if (value === omit) {
    throw evaluationFailure("omit-in-text", "`omit` cannot stand inside a text", at(), "it must be the whole value");
  }
  throw evaluationFailure(
    "list-in-text",
    `${aType(value)} cannot stand inside a text`,
    at(),
    "`to_json` prints it whole, `join` puts the items of a list together",
  );
}
