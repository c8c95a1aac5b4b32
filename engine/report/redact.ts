import type { RunEvent } from "../run/events.ts";
import { Secret } from "../value/secret.ts";
import { Unknown } from "../value/unknown.ts";
import { secretForms } from "./secret-forms.ts";

/** Takes out of texts what must not be seen. The second net: the first is that secrets are a value kind of their own. */
export interface Redactor {
  /** From now on this text is a secret. */
  add(secret: string): void;
  redact(text: string): string;
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

export function createRedactor(): Redactor {
  const whole = new Set<string>();
  const forms = new Set<string>();
  const lines = new Set<string>();
  let finder: RegExp | undefined;

  function redact(text: string): string {
    if (whole.has(text)) return mask;
    return maskLines(maskForms(text));
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

  function maskForms(text: string): string {
    if (forms.size === 0 || text.length === 0) return text;
    // One pass over a text, however many secrets there are; built again only when one is added.
    finder ??= new RegExp([...forms].sort(longerFirst).map(literally).join("|"));
    return finder.test(text) ? maskAll(text, forms) : text;
  }

  function redactValue(value: unknown): unknown {
    if (typeof value === "string") return redact(value);
    if (typeof value !== "object" || value === null) return value;
    if (value instanceof Secret) return mask;
    if (value instanceof Unknown) return new Unknown(redact(value.why));
    if (Array.isArray(value)) return value.map(redactValue);
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, redactValue(inner)]));
  }

  return {
    add(secret) {
      if (secret.trim() === "") return;
      whole.add(secret).add(secret.trim());
      for (const form of secretForms(secret)) forms.add(form);
      for (const line of secret.split("\n")) if (line.trim().length >= shortest) lines.add(line.trim());
      finder = undefined;
    },
    redact,
    redactEvent(event) {
      if (whole.size === 0 && !holdsSecretValue(event)) return event;
      const entries = Object.entries(event).map(([key, value]) => [key, redactField(event.type, key, value)]);
      // The shape is untouched: strings stay strings, and only those that users and hosts wrote.
      return Object.fromEntries(entries) as typeof event;
    },
  };

  function redactField(type: RunEvent["type"], key: string, value: unknown): unknown {
    if (ownFields.has(key) || (type === "host" && key === "name")) return value;
    return redactValue(value);
  }
}

function longerFirst(left: string, right: string): number {
  return right.length - left.length;
}

function literally(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}

/** Masks the union of all places: of two secrets that overlap, replacing one first would leave a piece of the other. */
function maskAll(text: string, forms: ReadonlySet<string>): string {
  const places: [number, number][] = [];
  for (const form of forms) {
    for (let at = text.indexOf(form); at !== -1; at = text.indexOf(form, at + 1)) places.push([at, at + form.length]);
  }
  places.sort((left, right) => left[0] - right[0]);
  let masked = "";
  let end = 0;
  for (const [from, to] of places) {
    if (from >= end) masked += text.slice(end, from) + mask;
    end = Math.max(end, to);
  }
  return masked + text.slice(end);
}

function holdsSecretValue(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return value instanceof Secret || Object.values(value).some(holdsSecretValue);
}
