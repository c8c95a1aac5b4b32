import type { Diagnostic } from "../errors/diagnostic.ts";
import { type ScalarSpan, scalarSpans } from "../site/scalar-spans.ts";
import { nearest } from "../text/nearest.ts";
import type { Opened } from "../value/sealed.ts";
import { isArmored } from "./sealed-header.ts";
import { asBlock, asText, type Edit, edited } from "./yaml-scalar.ts";

/** A YAML text with encrypted values: a new text, or what is wrong. */
export type Rewritten =
  | { readonly ok: true; readonly text: string; readonly count: number }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

type Open = (armored: string) => Opened<string>;
type Seal = (value: string) => Promise<string>;

/** Whether a text holds encrypted values, or may: a cheap look before it is parsed. */
export function mayHoldSealed(text: string): boolean {
  return text.includes("!secret");
}

/** The text with its encrypted values in clear. For reading without their tags, for editing with them. */
export function openValues(file: string, text: string, open: Open, keepTags: boolean): Rewritten {
  return rewriteSealed(file, text, open, (span, value) => asText(text, span, value, keepTags));
}

/** Every encrypted value encrypted anew, for others than before. */
export async function resealValues(file: string, text: string, open: Open, seal: Seal): Promise<Rewritten> {
  const values: { readonly span: ScalarSpan; readonly value: string }[] = [];
  const opened = rewriteSealed(file, text, open, (span, value) => {
    values.push({ span, value });
    return { start: span.start, end: span.start, text: "" };
  });
  if (!opened.ok) return opened;
  const edits: Edit[] = [];
  for (const { span, value } of values) edits.push(asBlock(text, span, "!secret", await seal(value)));
  return { ok: true, text: edited(text, edits), count: edits.length };
}

/**
 * After an edit: what is tagged `!secret` is encrypted; but where the value is the same as before, the encrypted text
 * is, too, so that a diff shows what somebody changed and no more.
 */
export async function sealAgain(file: string, now: string, before: string, open: Open, seal: Seal): Promise<Rewritten> {
  const parsed = scalarSpans(file, now);
  if (parsed.diagnostics.length > 0) return { ok: false, diagnostics: parsed.diagnostics };
  const known = new Map<string, string[]>();
  for (const { tag, value } of scalarSpans(file, before).spans) {
    if (tag !== "!secret" || typeof value !== "string") continue;
    const opened = open(value);
    if (opened.kind === "opened") known.set(opened.content, [...(known.get(opened.content) ?? []), value]);
  }
  const edits: Edit[] = [];
  for (const span of parsed.spans) {
    if (span.tag !== "!secret") continue;
    const value = plainText(span.value);
    // Pasted from elsewhere, as `lab secret encrypt` prints it.
    if (isArmored(value)) continue;
    // Each of several equal values keeps its own.
    const same = known.get(value);
    const armored = (same !== undefined && same.length > 1 ? same.shift() : same?.[0]) ?? (await seal(value));
    edits.push(asBlock(now, span, "!secret", armored));
  }
  return { ok: true, text: edited(now, edits), count: edits.length };
}

/** Encrypts values of a YAML text by their names: `db_password`, `users.0.password`. */
export async function sealNamed(file: string, text: string, names: readonly string[], seal: Seal): Promise<Rewritten> {
  const { spans, diagnostics } = scalarSpans(file, text);
  if (diagnostics.length > 0) return { ok: false, diagnostics };
  const edits: Edit[] = [];
  const wrong: Diagnostic[] = [];
  for (const name of names) {
    const span = spans.find(({ path }) => path.join(".") === name);
    if (span === undefined) wrong.push(missing(file, name, spans));
    else if (span.tag === "!secret") wrong.push(refused(`${name} of ${file} is encrypted already`));
    else if (span.tag !== undefined && span.tag !== "!raw") {
      wrong.push(refused(`${name} of ${file} is tagged ${span.tag}`, "encrypt what it is made from"));
    } else if (span.value === null) wrong.push(refused(`${name} of ${file} has no value`));
    else if (typeof span.value === "string" && span.tag !== "!raw" && span.value.includes("{{")) {
      const hint = "encrypt what it is made from; braces of a plain text are tagged !raw";
      wrong.push(refused(`${name} of ${file} is a template, and an encrypted value is not rendered`, hint));
    } else {
      const tagged = asBlock(text, { ...span, tag: undefined }, "!secret", await seal(writtenText(text, span)));
      edits.push({ ...tagged, start: span.tagStart });
    }
  }
  return wrong.length > 0
    ? { ok: false, diagnostics: wrong }
    : { ok: true, text: edited(text, edits), count: edits.length };
}

/** One value by its name, in clear. */
export function openNamed(file: string, text: string, name: string, open: Open): Rewritten {
  const { spans, diagnostics } = scalarSpans(file, text);
  if (diagnostics.length > 0) return { ok: false, diagnostics };
  const span = spans.find(({ path }) => path.join(".") === name);
  if (span === undefined) return { ok: false, diagnostics: [missing(file, name, spans)] };
  if (span.tag !== "!secret") return { ok: true, text: plainText(span.value), count: 0 };
  const opened = open(plainText(span.value));
  if (opened.kind === "opened") return { ok: true, text: opened.content, count: 1 };
  return { ok: false, diagnostics: opened.kind === "closed" ? [opened.problem] : [] };
}

function rewriteSealed(
  file: string,
  text: string,
  open: Open,
  rewrite: (span: ScalarSpan, value: string) => Edit,
): Rewritten {
  const { spans, diagnostics } = scalarSpans(file, text);
  if (diagnostics.length > 0) return { ok: false, diagnostics };
  const edits: Edit[] = [];
  const wrong: Diagnostic[] = [];
  for (const span of spans) {
    if (span.tag !== "!secret") continue;
    const opened = open(plainText(span.value));
    if (opened.kind === "opened") edits.push(rewrite(span, opened.content));
    else if (opened.kind === "closed") wrong.push({ ...opened.problem, place: placeOf(file, text, span) });
  }
  return wrong.length > 0
    ? { ok: false, diagnostics: wrong }
    : { ok: true, text: edited(text, edits), count: edits.length };
}

/** As it is written, where it is no text: the PIN 0123 is no 123. */
function writtenText(source: string, { value, start, end }: ScalarSpan): string {
  return typeof value === "string" ? value : source.slice(start, end);
}

function plainText(value: unknown): string {
  return typeof value === "string" ? value : String(value);
}

function placeOf(file: string, text: string, { tagStart }: ScalarSpan) {
  const before = text.slice(0, tagStart).split("\n");
  return { file, line: before.length, column: (before.at(-1)?.length ?? 0) + 1, length: "!secret".length };
}

function missing(file: string, name: string, spans: readonly ScalarSpan[]): Diagnostic {
  const guess = nearest(
    name,
    spans.map(({ path }) => path.join(".")),
  );
  const hint =
    guess === undefined ? "values inside of others are named with dots: users.0.password" : `did you mean ${guess}?`;
  return { code: "no-value", message: `${file} has no value ${name}`, hint };
}

function refused(message: string, hint?: string): Diagnostic {
  return { code: "cannot-encrypt", message, ...(hint !== undefined && { hint }) };
}
