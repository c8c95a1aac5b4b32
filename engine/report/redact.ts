import type { Diagnostic } from "../errors/diagnostic.ts";
import type { RunEvent } from "../run/events.ts";
import { Secret } from "../value/secret.ts";
import { Unknown } from "../value/unknown.ts";
import { createSecretFinder, type SecretFinder } from "./secret-finder.ts";
import { digitForms, plainForms, secretForms } from "./secret-forms.ts";
import { asBytes, type Unfolded, withoutBreaks, withoutPercent } from "./unfold.ts";

/** Takes out of texts what must not be seen. The second net: the first is that secrets are a value kind of their own. */
export interface Redactor {
  /** From now on this is a secret, each line of it too. Of a text that was made from secrets, these are. */
  add(secret: string | Secret): void;
  redact(text: string): string;
  redactDiagnostic(diagnostic: Diagnostic): Diagnostic;
  /** The event with every secret in its values replaced by `***`. Names of fields stay. */
  redactEvent<Event extends RunEvent>(event: Event): Event;
}

const mask = "***";
/** Shorter lines (`}`, `-`) say nothing, and masking them all over a diff would. */
const shortest = 3;

// What the engine itself chose: ids, kinds, and the names of hosts, by which events refer to each other. A user whose
// password is `changed` or `pve1` must still get events that can be read.
const ownFields = new Set(
  "type id parent taskId because host hosts status certainty kind event state module".split(" "),
);

type Place = readonly [from: number, to: number];

export function createRedactor(): Redactor {
  const given = new Set<string>();
  const composed = new Set<string>();
  const whole = new Set<string>();
  const lines = new Set<string>();
  const forms = createSecretFinder();
  const broken = createSecretFinder();
  const bytes = createSecretFinder();

  function add(secret: string | Secret): void {
    const text = typeof secret === "string" ? secret : secret.reveal();
    const parts = typeof secret === "string" ? [] : secret.parts;
    const known = parts.length === 0 ? given : composed;
    if (text.trim() === "" || known.has(text)) return;
    known.add(text);
    whole.add(text).add(text.trim());
    for (const part of parts) add(part);
    if (parts.length === 0) addLines(text);
    // The lines of a configuration with one password in it are not secret, but for that one.
    const pieces = parts.flatMap((part) => part.reveal().split("\n")).filter((piece) => piece.trim() !== "");
    for (const line of text.split("\n")) if (pieces.some((piece) => line.includes(piece))) addLines(line);
  }

  function addLines(text: string): void {
    for (const form of secretForms(text)) forms.add(form);
    for (const form of digitForms(text)) if (form.length > shortestBroken) broken.add(form);
    for (const form of plainForms(text)) bytes.add(asBytes(form));
    for (const line of text.split("\n")) if (line.trim().length >= shortest) lines.add(line.trim());
  }

  function redact(text: string, further: readonly Place[] = []): string {
    if (whole.has(text)) return mask;
    const places = [
      ...further,
      ...forms.places(text),
      ...placesUnder(withoutBreaks(text), broken),
      ...placesUnder(withoutPercent(text), bytes),
    ];
    return maskLines(masked(text, places));
  }

  /** A line of a text, such as a diff, that is a secret as a whole: also one that is too short to be looked for inside of others. */
  function maskLines(text: string): string {
    if (lines.size === 0 || !text.includes("\n")) return text;
    return text
      .split("\n")
      .map((line) => {
        const sign = /^[-+ ]/.exec(line)?.[0] ?? "";
        return lines.has(line.slice(sign.length).trim()) || lines.has(line.trim()) ? sign + mask : line;
      })
      .join("\n");
  }

  /** What a command printed, line by line: a secret may go on in the next one. */
  function redactLines(items: readonly string[]): readonly string[] {
    const across = placesUnder(withoutBreaks(items.join("\n")), broken);
    let start = 0;
    return items.map((item) => {
      const end = start + item.length;
      const inside = across
        .filter(([from, to]) => from < end && to > start)
        .map(([from, to]): Place => [Math.max(from, start) - start, Math.min(to, end) - start]);
      start = end + 1;
      return redact(item, inside);
    });
  }

  function redactValue(value: unknown): unknown {
    if (typeof value === "string") return redact(value);
    // A PIN of an encrypted file is a number; shorter ones could be anything.
    if (typeof value === "number") return Math.abs(value) >= 1e7 && whole.has(String(value)) ? mask : value;
    if (typeof value !== "object" || value === null) return value;
    if (value instanceof Secret) return mask;
    if (value instanceof Unknown) return new Unknown(redact(value.why));
    if (isTexts(value)) return redactLines(value);
    if (Array.isArray(value)) return value.map(redactValue);
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [redactKey(key), redactValue(inner)]));
  }

  /** Keys that hosts and APIs chose may hold a secret; a short one that equals a field's name does not take that away. */
  function redactKey(key: string): string {
    return masked(key, forms.places(key));
  }

  function redactField(type: RunEvent["type"], key: string, value: unknown): unknown {
    if (ownFields.has(key) || (type === "host" && key === "name")) return value;
    return redactValue(value);
  }

  return {
    add,
    redact: (text) => redact(text),
    redactDiagnostic({ hint, ...diagnostic }) {
      const message = redact(diagnostic.message);
      return { ...diagnostic, message, ...(hint !== undefined && { hint: redact(hint) }) };
    },
    redactEvent(event) {
      if (whole.size === 0 && !holdsSecretValue(event)) return event;
      const entries = Object.entries(event).map(([key, value]) => [key, redactField(event.type, key, value)]);
      // The shape is untouched: strings stay strings, and only those that users and hosts wrote.
      return Object.fromEntries(entries) as typeof event;
    },
  };
}

/** Masks the union of all places: of two secrets that overlap, replacing one first would leave a piece of the other. */
function masked(text: string, places: readonly Place[]): string {
  if (places.length === 0) return text;
  let result = "";
  let end = 0;
  for (const [from, to] of places.toSorted((left, right) => left[0] - right[0])) {
    if (from >= end) result += text.slice(end, from) + mask;
    end = Math.max(end, to);
  }
  return result + text.slice(end);
}

/** No tool breaks a line that is shorter. */
const shortestBroken = 12;

/** Where secrets stand in what a text becomes when something is undone, as places of the text itself. */
function placesUnder(all: Iterable<Unfolded>, find: SecretFinder): readonly Place[] {
  return [...all].flatMap(({ text, from, to }) =>
    find.places(text).map(([start, end]): Place => [from[start] ?? 0, to[end - 1] ?? 0]),
  );
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length > 1 && value.every((item) => typeof item === "string");
}

function holdsSecretValue(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return value instanceof Secret || Object.values(value).some(holdsSecretValue);
}
