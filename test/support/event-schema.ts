import { z } from "zod";
import type { RunEvent } from "../../engine/run/events.ts";

/** The lines of `--format jsonl`, version 1, as a schema; what it says is held to the types of the sources by the compiler, below. */
const count = z.int().min(0);
const ms = z.number().min(0).describe("Milliseconds.");
const place = z
  .strictObject({
    file: z.string(),
    line: z.int().min(1),
    column: z.int().min(1),
    length: z.int().min(1).exactOptional(),
  })
  .describe("A position in a file of the site, counted from 1.");
const value = z.json().describe("Any value; secrets are `***`, what is not known yet is a text in parentheses.");
const status = z.enum(["ok", "changed", "failed", "skipped", "unreachable", "deferred"]);
const diagnostic = z.strictObject({
  code: z.string(),
  message: z.string(),
  place: place.exactOptional(),
  hint: z.string().exactOptional(),
  severity: z.enum(["error", "warning"]).exactOptional(),
  related: z.array(z.strictObject({ message: z.string(), place })).exactOptional(),
});
const fieldDiff = z.strictObject({
  path: z.string(),
  before: value.exactOptional(),
  after: value.exactOptional(),
  text: z.string().exactOptional().describe("A unified diff, where both sides are longer texts."),
  secret: z.boolean().exactOptional().describe("One side is secret: only that it changed is told."),
});
const hostRecap = z.strictObject({
  ok: count,
  changed: count,
  failed: count,
  skipped: count,
  unreachable: count,
  deferred: count,
  assumed: count,
  rescued: count,
  ignored: count,
  roundTrips: count,
  shared: count.exactOptional(),
  polls: count.exactOptional(),
  locks: count.exactOptional(),
  operations: count,
  forks: count,
  bytesSent: count,
  bytesReceived: count,
});
const head = { v: z.literal(1), seq: z.int().min(1), time: z.iso.datetime() };

const events = {
  run: z.strictObject({
    ...head,
    type: z.literal("run"),
    id: z.string(),
    playbooks: z.array(z.string()),
    check: z.boolean(),
    hosts: z.array(z.string()),
    shard: z
      .strictObject({ index: z.int().min(1), of: z.int().min(1), hosts: z.array(z.string()) })
      .exactOptional()
      .describe("With `--shard`: which part this is, of how many, and the hosts of all of them."),
  }),
  play: z.strictObject({
    ...head,
    type: z.literal("play"),
    id: z.string(),
    name: z.string(),
    hosts: z.array(z.string()),
    batch: z.strictObject({ number: z.int().min(1), of: z.int().min(1) }).exactOptional(),
    position: place,
  }),
  task: z.strictObject({
    ...head,
    type: z.literal("task"),
    id: z.string(),
    parent: z.string(),
    name: z.string(),
    module: z.string(),
    kind: z.enum(["task", "handler"]),
    role: z.string().exactOptional(),
    position: place,
  }),
  include: z.strictObject({
    ...head,
    type: z.literal("include"),
    id: z.string(),
    parent: z.string(),
    name: z.string(),
    host: z.string().exactOptional(),
    position: place,
  }),
  block: z.strictObject({
    ...head,
    type: z.literal("block"),
    id: z.string(),
    parent: z.string(),
    name: z.string(),
    host: z.string().exactOptional(),
    position: place,
  }),
  host: z.strictObject({
    ...head,
    type: z.literal("host"),
    name: z.string(),
    machine: z.string().exactOptional(),
    event: z.enum(["added", "unreachable", "ended"]),
    reason: z.string().exactOptional(),
    hint: z.string().exactOptional(),
  }),
  result: z.strictObject({
    ...head,
    type: z.literal("result"),
    id: z.string(),
    taskId: z.string(),
    host: z.string(),
    on: z.string().exactOptional(),
    item: value.exactOptional(),
    index: count.exactOptional(),
    attempt: z.int().min(1),
    kind: z.enum(["task", "handler", "item"]),
    name: z.string(),
    module: z.string(),
    role: z.string().exactOptional(),
    status,
    certainty: z.enum(["certain", "assumed"]).exactOptional(),
    because: z.array(z.string()).exactOptional(),
    reason: z.string().exactOptional(),
    hint: z.string().exactOptional(),
    rescued: z.boolean().exactOptional(),
    ignored: z.boolean().exactOptional(),
    changed: z.boolean(),
    before: value.exactOptional(),
    after: value.exactOptional(),
    diff: z.array(fieldDiff).exactOptional(),
    showDiff: z.boolean().exactOptional(),
    steps: z.array(z.string()).exactOptional(),
    mismatch: z.array(z.strictObject({ path: z.string(), wanted: value, got: value })).exactOptional(),
    result: value.exactOptional(),
    warnings: z.array(z.string()),
    durationMs: ms,
    position: place,
  }),
  step: z.strictObject({
    ...head,
    type: z.literal("step"),
    taskId: z.string(),
    host: z.string(),
    state: z.enum(["intent", "done", "failed", "unknown"]),
    step: z.string(),
  }),
  trip: z.strictObject({
    ...head,
    type: z.literal("trip"),
    host: z.string(),
    kind: z.enum(["look", "apply"]),
    operations: z.array(z.strictObject({ as: z.string().exactOptional(), text: z.string(), answer: z.string() })),
    script: z.string(),
    durationMs: ms,
    forks: count,
    bytesSent: count,
    bytesReceived: count,
  }),
  progress: z.strictObject({
    ...head,
    type: z.literal("progress"),
    taskId: z.string(),
    host: z.string(),
    text: z.string(),
    fraction: z.number().min(0).max(1).exactOptional(),
    attempt: z.strictObject({ number: z.int().min(1), of: z.int().min(1) }).exactOptional(),
  }),
  notify: z.strictObject({
    ...head,
    type: z.literal("notify"),
    handler: z.string(),
    host: z.string(),
    state: z.enum(["recorded", "fired", "cleared"]),
    from: z.string().exactOptional(),
  }),
  warning: z.strictObject({ ...head, type: z.literal("warning"), diagnostic }),
  recap: z.strictObject({
    ...head,
    type: z.literal("recap"),
    hosts: z.record(z.string(), hostRecap),
    durationMs: ms,
    exitCode: z.int().min(0).max(255),
  }),
};

/** Strict: for our own lines, of which every field is known. */
export const eventSchema = z.union(Object.values(events));

/** For readers of other versions, too: what is not known is ignored. */
export function eventJsonSchema(): object {
  const { $schema, ...schema } = z.toJSONSchema(z.union(Object.values(events)), {
    target: "draft-2020-12",
    unrepresentable: "any",
    override: ({ jsonSchema }) => {
      delete jsonSchema.additionalProperties;
    },
  });
  return { $schema, title: "An event of a run of lab, version 1", ...schema };
}

type Described = { readonly [Type in keyof typeof events]: z.output<(typeof events)[Type]> };
type Declared = { readonly [Type in RunEvent["type"]]: Extract<RunEvent, { readonly type: Type }> };
type Head = "v" | "seq" | "time";
/** Of one type: fields that only one of the two has, or that are optional in one alone. */
type Differs<A, B> =
  | Exclude<keyof A, keyof B>
  | Exclude<keyof B, keyof A>
  | Exclude<Optional<A>, Optional<B>>
  | Exclude<Optional<B>, Optional<A>>;
type Optional<T> = { [Key in keyof T]-?: object extends Pick<T, Key> ? Key : never }[keyof T];
type Differences =
  | {
      [Type in RunEvent["type"]]: Type extends keyof Described
        ? Differs<Omit<Described[Type], Head>, Declared[Type]>
        : Type;
    }[RunEvent["type"]]
  | Exclude<keyof Described, RunEvent["type"]>;
/** Does not compile where the schema and the types of the sources differ. */
const same: [Differences] extends [never] ? true : Differences = true;
export const schemaIsThatOfTheSources: boolean = same;
