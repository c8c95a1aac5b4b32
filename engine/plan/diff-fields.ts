import { unifiedDiff } from "../text/unified-diff.ts";
import { equalValues } from "../value/equal.ts";
import { Secret } from "../value/secret.ts";
import { isList, isMap, type Value, type ValueMap } from "../value/value.ts";

/** One line of a change as users see it; `path` is the field's name. */
export interface FieldDiff {
  readonly path: string;
  readonly before?: Value;
  readonly after?: Value;
  /** A unified diff, where both sides are longer texts. */
  readonly text?: string;
  /** One side is secret: only that it changed is shown. */
  readonly secret?: boolean;
}
/** What differs between before and after, field by field, nested maps with dotted names. A secret on either side shows only that it changed. */
export function diffFields(before: ValueMap, after: ValueMap, prefix = ""): readonly FieldDiff[] {
  const fields = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return fields.flatMap((field): readonly FieldDiff[] => {
    const [from, to] = [before[field], after[field]];
    if (equalValues(from ?? null, to ?? null)) return [];
    const path = prefix + field;
    if (holdsSecret(from) || holdsSecret(to)) return [{ path, secret: true }];
    if (isMap(from) && isMap(to)) return diffFields(from, to, `${path}.`);
    const text = isText(from) || isText(to) ? textDiff(from, to) : null;
    return [
      {
        path,
        ...(from !== undefined && { before: from }),
        ...(to !== undefined && { after: to }),
        ...(text !== null && { text }),
      },
    ];
  });
}

function textDiff(from: Value | undefined, to: Value | undefined): string | null {
  if ((from ?? null) !== null && typeof from !== "string") return null;
  if ((to ?? null) !== null && typeof to !== "string") return null;
  return unifiedDiff(typeof from === "string" ? from : "", typeof to === "string" ? to : "");
}

function isText(value: Value | undefined): boolean {
  return typeof value === "string" && value.includes("\n");
}

function holdsSecret(value: Value | undefined): boolean {
  if (value instanceof Secret) return true;
  if (isList(value)) return value.some(holdsSecret);
  return isMap(value) && Object.values(value).some(holdsSecret);
}

/**
 * The two sides as they may be told: where a field holds a secret on either side, the other is one too. What stands there
 * now may be last month's password.
 */
export function hideBeside(before: ValueMap, after: ValueMap): { readonly before: ValueMap; readonly after: ValueMap } {
  const secret = new Set(
    [...Object.keys(before), ...Object.keys(after)].filter(
      (field) => holdsSecret(before[field]) || holdsSecret(after[field]),
    ),
  );
  const hide = (side: ValueMap): ValueMap =>
    Object.fromEntries(
      Object.entries(side).map(([field, value]) => [field, secret.has(field) ? hidden(value) : value]),
    );
  return { before: hide(before), after: hide(after) };
}

/** Nothing stays nothing: that there was none before is no secret. */
function hidden(value: Value): Value {
  return value === null || value instanceof Secret
    ? value
    : new Secret(typeof value === "string" ? value : JSON.stringify(value));
}
