import { parseComposeEnv } from "../../engine/formats/compose-env.ts";
import { lintCompose } from "../../engine/formats/compose-lint.ts";
import { type ComposeModel, composeModel } from "../../engine/formats/compose-model.ts";
import { variablesIn } from "../../engine/formats/compose-variables.ts";
import { linkTarget } from "../../engine/formats/paths.ts";
import type { YamlValue } from "../../engine/formats/yaml-text.ts";
import { Secret } from "../../engine/module/index.ts";
import type { Params } from "./params.ts";
import { type ComposeFile, type ProjectFiles, projectFiles, textOf } from "./project-files.ts";

/** Files of variables as they are on the host; null: not there. Undefined as a whole: nobody has looked yet. */
export interface HostVariables {
  readonly dotEnv: string | null;
  readonly files: readonly (string | null)[];
}
export interface Trouble {
  readonly path: readonly (string | number)[];
  readonly message: string;
}
export interface Desired extends ProjectFiles {
  readonly model: ComposeModel;
  readonly errors: readonly Trouble[];
  readonly warnings: readonly string[];
  /** Variables that the compose files mention. */
  readonly variables: readonly string[];
}

/** What the project shall be. Without the host's variables what hangs on them is not known, and nothing is said of it. */
export function desiredOf(given: Params, host: HostVariables | undefined): Desired {
  const project = projectFiles(given);
  const dir = given.dir ?? "/";
  const errors: Trouble[] = [...project.trouble];
  const values = new Map<string, string>();
  let whole = host !== undefined || (given.env !== undefined && given.env_files.length === 0);
  for (const [name, value] of Object.entries(given.env ?? {})) values.set(name, textOf(value));
  const texts = host === undefined ? [] : [...(given.env === undefined ? [host.dotEnv] : []), ...host.files];
  const paths = [...(given.env === undefined ? [`${dir}/.env`] : []), ...envPaths(given)];
  for (const [index, text] of texts.entries()) {
    const path = paths[index] ?? "";
    if (text === null) {
      // The file may be one that this very task writes.
      const own = project.files.find((file) => file.path === path)?.content;
      if (own !== undefined && (typeof own === "string" || own instanceof Secret)) read(path, textOf(own));
      else if (path !== `${dir}/.env`) errors.push({ path: ["env_files"], message: `there is no file ${path}` });
    } else read(path, text);
  }
  function read(path: string, text: string): void {
    const parsed = parseComposeEnv(text, (name) => values.get(name) ?? null);
    if (parsed.ok) for (const [name, value] of parsed.values) values.set(name, value);
    else errors.push({ path: [], message: `${path}, line ${parsed.line}: ${parsed.message}` });
  }
  if (host === undefined && given.env_files.length > 0) whole = false;

  const reading = composeModel(
    project.compose.map(({ value }) => value),
    { lookUp: (name) => values.get(name) ?? (whole ? null : "unknown:yet"), dir },
  );
  const at = (path: readonly (string | number)[], message: string): Trouble =>
    given.definition !== undefined
      ? { path: ["definition", ...path], message }
      : { path: [given.template !== undefined ? "template" : "src"], message: `${path.join(".")}: ${message}` };
  for (const problem of reading.problems) {
    const hint = problem.message.endsWith("is not set")
      ? `: set it in env, or give it a default (\${NAME:-value})`
      : "";
    errors.push(at(problem.path, problem.message + hint));
  }
  const warnings: string[] = [];
  // Whoever has faults in the files gets those: what is missing in them would only repeat itself.
  if (project.compose.length > 0 && project.trouble.length === 0) {
    const secretText =
      project.compose.some(({ secrets }) => secrets === "everywhere") && !given.allow_secret_environment;
    for (const problem of lintCompose(reading.model, { allowLatest: given.allow_latest, secretText })) {
      if (problem.severity === "error") errors.push(at(problem.path, problem.message));
      else if (!given.allow_secret_environment || !problem.message.includes("looks like a secret"))
        warnings.push(`${problem.path.join(".")}: ${problem.message}`);
    }
    for (const name of given.services ?? []) {
      if (!reading.model.services.has(name))
        errors.push({ path: ["services"], message: `there is no service ${name} in the compose files` });
    }
    if (!given.allow_secret_environment) {
      for (const path of secretPlaces(given, project.compose)) errors.push(at(path, SEEN));
    }
    for (const text of project.compose.flatMap(({ sexagesimal }) => sexagesimal)) {
      warnings.push(`${text} without quotes is a number to the base of 60 for some readers of YAML: write "${text}"`);
    }
  }
  return { ...project, model: reading.model, errors, warnings, variables: reading.variables };
}

const SEEN =
  "a secret would stand there in plain text, and `docker inspect` shows it: hand it over as a file (files and secrets:, or env_file), or say allow_secret_environment: true";

export function envPaths({ dir, env_files }: Params): readonly string[] {
  return env_files.map((path) => linkTarget(`${dir ?? ""}/.`, path));
}

/** Where in services a secret of the site would end up: written there, or put in by a variable. */
function secretPlaces(given: Params, compose: readonly ComposeFile[]): readonly (readonly (string | number)[])[] {
  const hidden = new Set(
    Object.entries(given.env ?? {}).flatMap(([name, value]) => (value instanceof Secret ? [name] : [])),
  );
  const places: (readonly (string | number)[])[] = [];
  const walk = (value: YamlValue, path: readonly (string | number)[]): void => {
    if (typeof value === "string") {
      if (variablesIn(value).some((name) => hidden.has(name))) places.push(path);
    } else if (Array.isArray(value)) {
      for (const [index, each] of value.entries()) {
        // A name alone takes its value from the variables.
        if (path.at(-1) === "environment" && typeof each === "string" && hidden.has(each))
          places.push([...path, index]);
        walk(each, [...path, index]);
      }
    } else if (typeof value === "object" && value !== null) {
      for (const [key, each] of Object.entries(value)) {
        if (each === null && path.at(-1) === "environment" && hidden.has(key)) places.push([...path, key]);
        walk(each, [...path, key]);
      }
    }
  };
  for (const { value, secrets } of compose) {
    walk(value.services ?? null, ["services"]);
    // The place itself holds a secret, of which the engine has a sentence of its own: the map around it gets ours.
    if (secrets !== "everywhere") {
      for (const path of secrets) if (path[0] === "services") places.push(path.slice(0, -1));
    }
  }
  return places;
}
