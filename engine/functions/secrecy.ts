import { UnknownRead } from "../value/expression.ts";
import { Secret } from "../value/secret.ts";
import { Unknown } from "../value/unknown.ts";
import { isList, isMap, type Value } from "../value/value.ts";
import { omit } from "./omit.ts";

/** Whether a Secret is in the value or anywhere inside. */
export function holdsSecret(value: Value): boolean {
  if (value instanceof Secret) return true;
  if (isList(value)) return value.some(holdsSecret);
  if (isMap(value)) return Object.values(value).some(holdsSecret);
  return false;
}

/** The value with every Secret replaced by its text: for functions alone, which hide their answer again. */
export function revealed(value: Value): Value {
  if (value instanceof Secret) return value.reveal();
  if (isList(value)) return value.map(revealed);
  if (isMap(value)) return mapValues(value, revealed);
  return value;
}

/**
 * The value with every text made a Secret; numbers and booleans say too little to hide. `from`: what it was made from.
 * Where all of that stands in a text as it was, the rest of the text is no secret.
 */
export function hidden(value: Value, from: readonly Secret[] = []): Value {
  if (typeof value === "string") {
    const whole = from.every((secret) => secret.reveal() !== "" && value.includes(secret.reveal()));
    return new Secret(value, whole ? from : []);
  }
  if (isList(value)) return value.map((item) => hidden(item, from));
  if (isMap(value)) return mapValues(value, (item) => hidden(item, from));
  return value;
}

/** Every Secret in the values. */
export function secretsAmong(values: readonly (Value | undefined)[]): readonly Secret[] {
  return values.flatMap((value): readonly Secret[] => {
    if (value instanceof Secret) return [value];
    if (isList(value)) return secretsAmong(value);
    return isMap(value) ? secretsAmong(Object.values(value)) : [];
  });
}

/** Throws UnknownRead when an Unknown is in the value or anywhere inside: what is made from all of it is unknown too. */
export function requireKnown(value: Value): void {
  if (value instanceof Unknown && value !== omit) throw new UnknownRead(value.why);
  if (isList(value)) for (const item of value) requireKnown(item);
  else if (isMap(value)) for (const item of Object.values(value)) requireKnown(item);
}

function mapValues(map: { readonly [key: string]: Value }, change: (value: Value) => Value): Value {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, change(value)]));
}
