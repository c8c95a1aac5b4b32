import { isUtf8 } from "node:buffer";
import { compileCondition, compileExpression } from "../condition/compile-condition.ts";
import type { Diagnostic, Place } from "../errors/diagnostic.ts";
import type { Module } from "../module/define-module.ts";
import { type Contributed, type LocalFile, noContributions } from "../module/params.ts";
import type { SiteFiles } from "../site/files.ts";
import { compileTemplateFile } from "../template/compile-template-file.ts";
import { EvaluationError } from "../value/evaluation-error.ts";
import { type Expression, type Parsed, UnknownRead, type ValueSource } from "../value/expression.ts";
import type { Scope } from "../value/scope.ts";
import { Secret } from "../value/secret.ts";
import { isList, isMap, type Value } from "../value/value.ts";
import { evaluateValue } from "../vars/compile-value.ts";
import { detachedOf, timeoutOf } from "./bind-amounts.ts";
import { BindError, wrongType } from "./bind-error.ts";
import { type Binding, rawParams, secretsIn, validateParams } from "./bind-params.ts";
import type { BoundTask } from "./bound-task.ts";
import { findLocalDest } from "./find-local-dest.ts";
import { findLocal, readLocalFile, readLocalTree } from "./find-local-file.ts";
import { LargeContent } from "./large-content.ts";
import { type BoundParams, settledParams } from "./settled-params.ts";
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
    const large: LargeContent[] = [];
    const { params, secrets } = settledParams(module, task.source) ?? evaluated(module, tools.files, request, large);
    const bound: BoundTask = {
      task,
      host: request.acting?.name ?? request.host,
      name: taskName(task, scope),
      ...(request.item && { item: request.item }),
      module,
      params,
      large,
      user: becomeUser(task.context, scope, request.defaults, request.acting?.scope),
      environment: environmentOf(task.context, scope),
      place: task.source.place,
      noLog: task.context.noLog,
      checkOnly: request.checkOnly,
      ...detachedOf(task, scope),
      ...timeoutOf(task.context, scope),
    };
    return { bound, secrets };
  });
  return outcome.kind === "value" ? { kind: "bound", ...outcome.value } : outcome;
}

/** The parameters with their templates rendered and their files found, as they are here and now. */
function evaluated(module: Module, files: SiteFiles, request: BindRequest, large: LargeContent[]): BoundParams {
  const { context, source } = request.task;
  const raw = rawParams(module, source.params, bindingFor(files, context, request.scope, request, large));
  const valid = validateParams(module, raw, source.params, source.modulePlace, request.scope);
  if (!valid.ok) throw new BindError(valid.diagnostics);
  return { params: valid.value, secrets: [...secretsIn(raw), ...secretsIn(valid.value)] };
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
  large: LargeContent[],
): Binding {
  const must = <T>(parsed: Parsed<T>): T => {
    if (!parsed.ok) throw new BindError(parsed.diagnostics);
    return parsed.value;
  };
  const noting = ({ content }: LocalFile): void => {
    if (content instanceof LargeContent) large.push(content);
  };
  return {
    scope,
    contributed,
    value: (source) => evaluateValue(source, scope),
    condition: (source) => must(parsedExpression(source, "condition")),
    expression: (source) => must(parsedExpression(source, "expression")),
    localFile: (name, place) => {
      const path = must(findLocal(files, name, { kind: "file", folder: "files" }, context, place));
      const file = readLocalFile(files, path, name);
      noting(file);
      return file;
    },
    localTree: (name, place) => {
      const path = must(findLocal(files, name, { kind: "folder", folder: "files" }, context, place));
      const tree = readLocalTree(files, path, name);
      for (const { file } of tree.files) noting(file);
      return tree;
    },
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
  const wrong = (keyword: ValueSource | undefined, what: string, wanted: string, got: Value): BindError =>
    keyword
      ? wrongType(keyword.place, what, wanted, got)
      : wrongType(there.whereIs?.(`lab_${what}`)?.place, `lab_${what}`, wanted, got);
  if (typeof become !== "boolean") throw wrong(context.become, "become", "true or false", become);
  if (!become) return null;
  const user = context.becomeUser
    ? evaluateValue(context.becomeUser, scope)
    : (there.get("lab_become_user") ?? defaults.becomeUser);
  if (typeof user !== "string" || !/^[a-z_][a-z0-9_.-]*\$?$/i.test(user))
    throw wrong(context.becomeUser, "become_user", "a user name", user);
  return user;
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
