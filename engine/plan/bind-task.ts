import { isUtf8 } from "node:buffer";
import { compileCondition, compileExpression } from "../condition/compile-condition.ts";
import type { Diagnostic, Place } from "../errors/diagnostic.ts";
import type { Module } from "../module/define-module.ts";
import { type Contributed, noContributions } from "../module/params.ts";
import type { SiteFiles } from "../site/files.ts";
import { longestSeconds } from "../site/read-amount.ts";
import { compileTemplateFile } from "../template/compile-template-file.ts";
import { parseDuration } from "../text/duration.ts";
import { EvaluationError } from "../value/evaluation-error.ts";
import { type Expression, type Parsed, UnknownRead, type ValueSource } from "../value/expression.ts";
import type { Scope } from "../value/scope.ts";
import { Secret } from "../value/secret.ts";
import { isList, isMap, typeName, type Value } from "../value/value.ts";
import { evaluateValue } from "../vars/compile-value.ts";
import { type Binding, rawParams, secretsIn, validateParams } from "./bind-params.ts";
import type { BoundTask } from "./bound-task.ts";
import { findLocalDest } from "./find-local-dest.ts";
import { findLocal, readLocalFile, readLocalTree } from "./find-local-file.ts";
import type { Context, PlannedEntry, Task } from "./task.ts";
import { findVarsFile, findVarsTree } from "./vars-files.ts";

/** What binding a task to a host comes to. */
export type Bind =
  | { readonly kind: "bound"; readonly bound: BoundTask; readonly secrets: readonly Secret[] }
  | { readonly kind: "skipped"; readonly reason: string }
  /** It reads a value that is not known yet. */
  | { readonly kind: "unknown"; readonly why: string }
  | { readonly kind: "invalid"; readonly diagnostics: readonly Diagnostic[] };

export interface BindingTools {
  readonly files: SiteFiles;
  readonly modules: ReadonlyMap<string, Module>;
}

/** Makes what evaluation throws into a value: the only place where these errors are caught. */
export function evaluating<T>(
  evaluate: () => T,
): { readonly kind: "value"; readonly value: T } | (Bind & { readonly kind: "unknown" | "invalid" }) {
  try {
    return { kind: "value", value: evaluate() };
  } catch (error) {
    if (error instanceof UnknownRead) return { kind: "unknown", why: error.why };
    if (error instanceof EvaluationError) return { kind: "invalid", diagnostics: [error.diagnostic] };
    if (error instanceof BindError) return { kind: "invalid", diagnostics: error.diagnostics };
    // A text that outgrows what the machine can hold, or an expression nested beyond its stack: the site's doing.
    if (error instanceof RangeError) {
      return {
        kind: "invalid",
        diagnostics: [{ code: "too-large", message: `a value grows too large: ${error.message}` }],
      };
    }
    throw error;
  }
}

/** Carries diagnostics out of the depth of a binding. */
class BindError extends Error {
  readonly diagnostics: readonly Diagnostic[];
  constructor(diagnostics: readonly Diagnostic[]) {
    super(diagnostics.map(({ message }) => message).join("\n"));
    this.diagnostics = diagnostics;
  }
}

export interface BindRequest {
  readonly task: Task;
  readonly host: string;
  readonly scope: Scope;
  readonly item?: { readonly value: Value; readonly index: number; readonly label: Value };
  /** Who acts, where it is another host: its name, and the variables that say as whom. */
  readonly acting?: { readonly name: string; readonly scope: Scope };
  /** What applies where neither the task nor its play says. */
  readonly defaults: { readonly become: boolean; readonly becomeUser: string };
  readonly checkOnly: boolean;
  /** What was contributed so far in the run; throws UnknownRead. Unsaid: nothing. */
  contributed?(to: string): Contributed;
}

/** Renders and validates: Task + variables of a host → BoundTask. Conditions have been decided before. */
export function bindTask(tools: BindingTools, request: BindRequest): Bind {
  const { task, scope } = request;
  const module = tools.modules.get(task.source.module);
  if (!module) {
    return {
      kind: "invalid",
      diagnostics: [
        {
          code: "unknown-module",
          message: `there is no module \`${task.source.module}\``,
          place: task.source.modulePlace,
        },
      ],
    };
  }
  const outcome = evaluating(() => {
    const binding = bindingFor(tools.files, task.context, scope, request);
    const raw = rawParams(module, task.source.params, binding);
    const valid = validateParams(module, raw, task.source.params, task.source.modulePlace);
    if (!valid.ok) throw new BindError(valid.diagnostics);
    const bound: BoundTask = {
      task,
      host: request.acting?.name ?? request.host,
      name: taskName(task, scope),
      ...(request.item && { item: request.item }),
      module,
      params: valid.value,
      user: becomeUser(task.context, scope, request.defaults, request.acting?.scope),
      environment: environmentOf(task.context, scope),
      place: task.source.place,
      noLog: task.context.noLog,
      checkOnly: request.checkOnly,
      ...detachedOf(task, scope),
      ...timeoutOf(task.context, scope),
    };
    return { bound, secrets: [...secretsIn(raw), ...secretsIn(valid.value)] };
  });
  return outcome.kind === "value" ? { kind: "bound", ...outcome.value } : outcome;
}

/** The name as shown; a name that cannot be rendered is shown as written. */
export function taskName(task: Task, scope: Scope): string {
  const { name, module } = task.source;
  if (!name) return module;
  const rendered = evaluating(() => evaluateValue(name, scope));
  if (rendered.kind === "value") return String(rendered.value);
  return writtenName(task);
}

export function writtenName({ source }: Pick<PlannedEntry, "source">): string {
  if (!source.name) return wordOf(source);
  if (source.name.kind === "literal") return String(source.name.value);
  return source.name.kind === "expression" ? source.name.expression.source : wordOf(source);
}

/** What an entry is: its module, or the word that stands in its place. */
export function wordOf(source: PlannedEntry["source"]): string {
  return source.kind === "task" ? source.module : source.kind.replace("-", "_");
}

const expressions = new WeakMap<ValueSource, Parsed<Expression>>();

/** A literal text of the playbook that a parameter takes as an expression; parsed once. */
export function parsedExpression(
  source: ValueSource & { readonly kind: "literal" },
  as: "condition" | "expression",
): Parsed<Expression> {
  const known = expressions.get(source);
  if (known) return known;
  const at = {
    place: source.place,
    placeAt: (offset: number, length?: number): Place => source.placeAt?.(offset, length) ?? source.place,
  };
  const text = String(source.value);
  const parsed = as === "condition" ? compileCondition(text, at) : compileExpression(text, at);
  expressions.set(source, parsed);
  return parsed;
}

function bindingFor(
  files: SiteFiles,
  context: Context,
  scope: Scope,
  { host, contributed = () => noContributions }: Pick<BindRequest, "host" | "contributed">,
): Binding {
  const must = <T>(parsed: Parsed<T>): T => {
    if (!parsed.ok) throw new BindError(parsed.diagnostics);
    return parsed.value;
  };
  return {
    scope,
    contributed,
    value: (source) => evaluateValue(source, scope),
    condition: (source) => must(parsedExpression(source, "condition")),
    expression: (source) => must(parsedExpression(source, "expression")),
    localFile: (name, place) =>
      readLocalFile(files, must(findLocal(files, name, { kind: "file", folder: "files" }, context, place)), name),
    localTree: (name, place) =>
      readLocalTree(files, must(findLocal(files, name, { kind: "folder", folder: "files" }, context, place)), name),
    varsFile: (name, place) => must(findVarsFile(files, name, context, place)),
    varsTree: (name, place) => must(findVarsTree(files, name, context, place)),
    localDest: (name, place) => must(findLocalDest(files, name, host, context, place)),
    templateFile: (name, place) => {
      const path = must(findLocal(files, name, { kind: "file", folder: "templates" }, context, place));
      const content = must(templateAt(files, path)).evaluate(scope);
      return { kind: "template-file", name, content: content instanceof Secret ? content : String(content) };
    },
  };
}

const templates = new WeakMap<SiteFiles, Map<string, Parsed<Expression>>>();

/** A template of the site; read and parsed once. */
export function templateAt(files: SiteFiles, path: string): Parsed<Expression> {
  const known = templates.get(files) ?? new Map<string, Parsed<Expression>>();
  templates.set(files, known);
  const parsed = known.get(path) ?? readTemplate(files, path);
  known.set(path, parsed);
  return parsed;
}

function readTemplate(files: SiteFiles, path: string): Parsed<Expression> {
  const file = files.show(path);
  if (isUtf8(files.bytes(path) ?? new Uint8Array())) return compileTemplateFile(files.read(path) ?? "", file);
  const message = "the template is not UTF-8 text";
  const hint = "save it as UTF-8; what is no text is put on a host with `copy`";
  return { ok: false, diagnostics: [{ code: "not-utf8", message, place: { file, line: 1, column: 1 }, hint }] };
}

/** `there`: of the host that is acted on, if it is another one. */
export function becomeUser(
  context: Context,
  scope: Scope,
  defaults: BindRequest["defaults"],
  there = scope,
): string | null {
  const become = context.become ? evaluateValue(context.become, scope) : (there.get("lab_become") ?? defaults.become);
  if (typeof become !== "boolean") throw wrongType(context.become?.place, "become", "true or false", become);
  if (!become) return null;
  const user = context.becomeUser
    ? evaluateValue(context.becomeUser, scope)
    : (there.get("lab_become_user") ?? defaults.becomeUser);
  if (typeof user !== "string" || !/^[a-z_][a-z0-9_.-]*\$?$/i.test(user))
    throw wrongType(context.becomeUser?.place, "become_user", "a user name", user);
  return user;
}

function timeoutOf({ timeout }: Context, scope: Scope): Pick<BoundTask, "timeoutMs"> {
  const ms = timeout ? lengthMs(timeout, "timeout", scope) : 0;
  return ms > 0 ? { timeoutMs: ms } : {};
}

/** How often a task is tried at most, and how long the pause between two tries is. */
export interface Tries {
  readonly most: number;
  readonly delayMs: number;
}

/** Null: it is carried out once. `until` alone asks for three more tries; `retries` alone, for as many until it does not fail. */
export function triesOf({ source }: Task, scope: Scope): Tries | null {
  const { until, retries, delay } = source.keywords;
  if (until === undefined && retries === undefined) return null;
  const again = retries ? countOf(retries, "retries", scope) : defaultRetries;
  return { most: 1 + again, delayMs: delay ? lengthMs(delay, "delay", scope) : defaultDelayMs };
}

const defaultRetries = 3;
const defaultDelayMs = 5_000;

/** The keyword's length of time. */
function lengthMs(source: ValueSource, what: string, scope: Scope): number {
  const value = evaluateValue(source, scope);
  const seconds = typeof value === "number" || typeof value === "string" ? parseDuration(value) : undefined;
  if (seconds !== undefined && seconds <= longestSeconds) return 1000 * seconds;
  throw wrongAmount(source, what, `whole seconds from 0 to ${longestSeconds}, or a text such as 30s or 5m`, value);
}

const mostTimes = 1_000_000;

function countOf(source: ValueSource, what: string, scope: Scope): number {
  const value = evaluateValue(source, scope);
  const count = typeof value === "string" && /^\d{1,7}$/.test(value) ? Number(value) : value;
  if (typeof count === "number" && Number.isInteger(count) && count >= 0 && count <= mostTimes) return count;
  throw wrongAmount(source, what, `a whole number from 0 to ${mostTimes}`, value);
}

function wrongAmount(source: ValueSource, what: string, wanted: string, value: Value): BindError {
  const got = typeof value === "number" || typeof value === "string" ? JSON.stringify(value) : typeName(value);
  return new BindError([
    { code: "wrong-type", message: `\`${what}\`: expected ${wanted}, got ${got}`, place: source.place },
  ]);
}

export function detachedOf({ source }: Task, scope: Scope): Pick<BoundTask, "detached"> {
  const { async: limit, poll } = source.keywords;
  if (limit === undefined) return {};
  const limitMs = 1000 * wholeSeconds(limit, "async", 1, scope);
  if (poll === undefined) return { detached: { limitMs, leave: false } };
  const pollMs = 1000 * wholeSeconds(poll, "poll", 0, scope);
  return { detached: pollMs === 0 ? { limitMs, leave: true } : { limitMs, pollMs, leave: false } };
}

/** The keyword's seconds. A template may have made a text of a number. */
function wholeSeconds(source: ValueSource, what: string, least: number, scope: Scope): number {
  const value = evaluateValue(source, scope);
  const seconds = typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value;
  if (typeof seconds === "number" && Number.isInteger(seconds) && seconds >= least && seconds <= longestSeconds) {
    return seconds;
  }
  throw wrongAmount(source, what, `whole seconds from ${least} to ${longestSeconds}`, value);
}

export function environmentOf(context: Context, scope: Scope): Readonly<Record<string, string>> {
  const merged: Record<string, string> = {};
  for (const source of context.environment) {
    const value = evaluateValue(source, scope);
    if (!isMap(value)) throw wrongType(source.place, "environment", "a map of names and values", value);
    for (const [name, entry] of Object.entries(value)) {
      if (entry instanceof Secret)
        throw wrongType(
          source.place,
          `environment variable ${name}`,
          "no secret (it would be seen in the process list)",
          entry,
        );
      if (entry !== null && (isMap(entry) || isList(entry)))
        throw wrongType(source.place, `environment variable ${name}`, "a text", entry);
      merged[name] = String(entry ?? "");
    }
  }
  return merged;
}

function wrongType(place: Place | undefined, what: string, wanted: string, got: Value): BindError {
  return new BindError([
    { code: "wrong-type", message: `\`${what}\`: expected ${wanted}, got ${typeName(got)}`, ...(place && { place }) },
  ]);
}
