import type { HostRecap, RunEvent } from "../run/events.ts";

type Check = (value: unknown) => boolean;
/** A check for each field, so that one which is added to the type is missed here by the compiler. */
type Shape<T> = { readonly [Field in keyof Required<T>]: Check };

const any: Check = () => true;
const text: Check = (value) => typeof value === "string";
const number: Check = (value) => typeof value === "number" && Number.isFinite(value);
const flag: Check = (value) => typeof value === "boolean";
const oneOf =
  (...words: readonly string[]): Check =>
  (value) =>
    words.some((word) => word === value);
const maybe =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const list =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const map =
  (check: Check): Check =>
  (value) =>
    isFields(value) && Object.values(value).every(check);
const fields =
  (shape: Readonly<Record<string, Check>>): Check =>
  (value) =>
    isFields(value) && Object.entries(shape).every(([name, check]) => check(own(value, name)));

const place = fields({ file: text, line: number, column: number, length: maybe(number) });
const diagnostic = fields({
  code: text,
  message: text,
  place: maybe(place),
  hint: maybe(text),
  severity: maybe(oneOf("error", "warning")),
  related: maybe(list(fields({ message: text, place }))),
});
const fieldDiff = fields({ path: text, before: any, after: any, text: maybe(text), secret: maybe(flag) });
const ofHost: Shape<HostRecap> = {
  ok: number,
  changed: number,
  failed: number,
  skipped: number,
  unreachable: number,
  deferred: number,
  assumed: number,
  rescued: number,
  ignored: number,
  roundTrips: number,
  shared: maybe(number),
  polls: maybe(number),
  locks: maybe(number),
  operations: number,
  forks: number,
  bytesSent: number,
  bytesReceived: number,
};
const within = { id: text, parent: text, name: text, position: place };
const many = fields({ number, of: number });

const shapes: { readonly [Event in RunEvent as Event["type"]]: Shape<Omit<Event, "type">> } = {
  run: {
    id: text,
    playbooks: list(text),
    check: flag,
    hosts: list(text),
    shard: maybe(fields({ index: number, of: (value) => number(value) && Number(value) <= 1000, hosts: list(text) })),
  },
  play: { id: text, name: text, hosts: list(text), batch: maybe(many), position: place },
  task: { ...within, module: text, kind: oneOf("task", "handler"), role: maybe(text) },
  include: { ...within, host: maybe(text) },
  block: { ...within, host: maybe(text) },
  host: {
    name: text,
    machine: maybe(text),
    event: oneOf("added", "unreachable", "ended"),
    reason: maybe(text),
    hint: maybe(text),
  },
  result: {
    id: text,
    taskId: text,
    host: text,
    on: maybe(text),
    item: any,
    index: maybe(number),
    attempt: number,
    kind: oneOf("task", "handler", "item"),
    name: text,
    module: text,
    role: maybe(text),
    status: oneOf("ok", "changed", "failed", "skipped", "unreachable", "deferred"),
    certainty: maybe(oneOf("certain", "assumed")),
    because: maybe(list(text)),
    reason: maybe(text),
    hint: maybe(text),
    rescued: maybe(flag),
    ignored: maybe(flag),
    changed: flag,
    before: any,
    after: any,
    diff: maybe(list(fieldDiff)),
    showDiff: maybe(flag),
    steps: maybe(list(text)),
    mismatch: maybe(list(fields({ path: text }))),
    result: any,
    warnings: list(text),
    durationMs: number,
    position: place,
  },
  step: { taskId: text, host: text, state: oneOf("intent", "done", "failed", "unknown"), step: text },
  trip: {
    host: text,
    kind: oneOf("look", "apply"),
    operations: list(fields({ as: maybe(text), text, answer: text })),
    script: text,
    durationMs: number,
    forks: number,
    bytesSent: number,
    bytesReceived: number,
  },
  progress: { taskId: text, host: text, text, fraction: maybe(number), attempt: maybe(many) },
  notify: { handler: text, host: text, state: oneOf("recorded", "fired", "cleared"), from: maybe(text) },
  warning: { diagnostic },
  recap: { hosts: map(fields(ofHost)), durationMs: number, exitCode: number },
};

/**
 * Whether an object has all that its type of event has: it comes from a file, that somebody else may have written. Of types
 * that are not known here nothing is asked, and nothing made.
 */
export function hasEventShape(event: { readonly type: string }): boolean {
  const shape: Readonly<Record<string, Check>> | undefined = Object.hasOwn(shapes, event.type)
    ? shapes[event.type as RunEvent["type"]]
    : undefined;
  return shape === undefined || fields(shape)(event);
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function own(value: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(value, name) ? value[name] : undefined;
}
