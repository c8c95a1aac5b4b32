import { parseComposeEnv } from "../../../formats/compose-env.ts";
import { interpolate } from "../../../formats/compose-variables.ts";
import { parseYamlText, type YamlMap, type YamlValue } from "../../../formats/yaml-text.ts";
import { nodeOf } from "../../files/look-at-path.ts";
import { nodeText } from "../../files/node.ts";
import type { Session } from "../../session.ts";
import { mergeFiles } from "./merge-files.ts";
import { ComposeError, type Project, type Service, type Shared } from "./project.ts";
import { readService } from "./read-service.ts";
import { SERVICE_KEYS, TEXT_KEYS, TOP_KEYS } from "./service-keys.ts";

export interface ProjectOptions {
  readonly name: string | null;
  readonly dir: string | null;
  readonly files: readonly string[];
  readonly envFiles: readonly string[];
  readonly profiles: readonly string[];
  /** Services named on the command line are enabled, whatever their profile. */
  readonly selected: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** What `-f -` reads. */
  readonly stdin: string;
}

export const isMap = (value: YamlValue | undefined): value is YamlMap =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Reads the files of a project as Compose does; throws ComposeError with its words. */
export function loadProject(session: Session, options: ProjectOptions): Project {
  if (options.name !== null && !/^[a-z0-9][a-z0-9_-]*$/.test(options.name)) {
    throw new ComposeError(
      `invalid project name ${JSON.stringify(options.name)}: must consist only of lowercase alphanumeric characters, hyphens, and underscores as well as start with a letter or number`,
    );
  }
  const files = filesOf(session, options);
  const dir = options.dir ?? parent(files[0] ?? "/");
  const warnings: string[] = [];
  const variables = variablesOf(session, options, dir);
  const texts = files.map((path) => {
    if (path === "-") return options.stdin;
    const node = nodeOf(session, path);
    if (node?.type !== "file") throw new ComposeError(`open ${path}: no such file or directory`, 14);
    return nodeText(node);
  });
  const trees = texts.map((text, index) => readFile(session, files[index] ?? "", text, variables, warnings));
  const merged = mergeFiles(trees);
  const name = options.name ?? (typeof merged.name === "string" ? merged.name : projectName(dir));
  return assemble(session, options, { merged, name, dir, files, warnings: [...new Set(warnings)] });
}

function filesOf(session: Session, { files, dir, cwd }: ProjectOptions): readonly string[] {
  if (files.length > 0) return files.map((path) => (path === "-" || path.startsWith("/") ? path : `${cwd}/${path}`));
  const folder = dir ?? cwd;
  const found = ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"]
    .map((name) => `${folder === "/" ? "" : folder}/${name}`)
    .find((path) => nodeOf(session, path) !== undefined);
  if (found === undefined) throw new ComposeError("no configuration file provided: not found", 14);
  return [found];
}

const parent = (path: string): string => path.slice(0, path.lastIndexOf("/")) || "/";
export const projectName = (dir: string): string =>
  (dir.split("/").at(-1) ?? "")
    .toLowerCase()
    .replace(/[^a-z0-9_-]/g, "")
    .replace(/^[_-]+/, "");

function variablesOf(session: Session, { env, envFiles }: ProjectOptions, dir: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  const paths = envFiles.length > 0 ? envFiles : [`${dir}/.env`];
  for (const path of paths) {
    const node = nodeOf(session, path);
    if (node?.type !== "file") {
      if (envFiles.length > 0) throw new ComposeError(`Couldn't find env file: ${path}`);
      continue;
    }
    const parsed = parseComposeEnv(nodeText(node), (name) => env[name] ?? null);
    if (!parsed.ok) throw new ComposeError(`failed to read ${path}: line ${parsed.line}: ${parsed.message}`);
    for (const [name, value] of parsed.values) values.set(name, value);
  }
  for (const [name, value] of Object.entries(env)) values.set(name, value);
  return values;
}

const LOG = (session: Session, message: string): string =>
  `time="${new Date(session.host.clockMs).toISOString().slice(0, 19)}Z" level=warning msg=${JSON.stringify(message)}`;

export { LOG as logLine };

function readFile(
  session: Session,
  path: string,
  text: string,
  variables: ReadonlyMap<string, string>,
  warnings: string[],
): YamlMap {
  const parsed = parseYamlText(text);
  if (!parsed.ok) {
    const tab = text.split("\n").findIndex((line) => /^ *\t/.test(line));
    const why =
      tab >= 0
        ? `line ${tab + 1}: found character that cannot start any token`
        : `line ${parsed.line ?? 1}: ${parsed.message}`;
    throw new ComposeError(`yaml: ${why}`, 15);
  }
  if (parsed.value === null) throw new ComposeError("empty compose file", 15);
  if (!isMap(parsed.value)) throw new ComposeError("top-level object must be a mapping", 15);
  const filled = fill(session, parsed.value, [], variables, warnings);
  if (!isMap(filled)) throw new ComposeError("top-level object must be a mapping", 15);
  validate(path, filled);
  if (filled.version !== undefined) {
    warnings.push(
      LOG(
        session,
        `${path}: the attribute \`version\` is obsolete, it will be ignored, please remove it to avoid potential confusion`,
      ),
    );
  }
  return filled;
}

function fill(
  session: Session,
  value: YamlValue,
  path: readonly string[],
  variables: ReadonlyMap<string, string>,
  warnings: string[],
): YamlValue {
  if (typeof value === "string") return filledText(session, value, path, variables, warnings);
  if (Array.isArray(value))
    return value.map((each: YamlValue, index) => fill(session, each, [...path, `[${index}]`], variables, warnings));
  if (isMap(value))
    return Object.fromEntries(
      Object.entries(value).map(([key, each]) => [key, fill(session, each, [...path, key], variables, warnings)]),
    );
  return value;
}

/** What is not set is an empty text, and Compose says so once. */
function filledText(
  session: Session,
  text: string,
  path: readonly string[],
  variables: ReadonlyMap<string, string>,
  warnings: string[],
): string {
  const empty = new Set<string>();
  for (;;) {
    const said = interpolate(text, (name) => variables.get(name) ?? (empty.has(name) ? "" : null));
    if (said.ok) return said.text;
    const where = path.join(".").replaceAll(".[", "[");
    const required = /^the variable (\S+) is required(?:: ([\s\S]*))?$/.exec(said.message);
    if (required !== null) {
      throw new ComposeError(
        `error while interpolating ${where}: required variable ${required[1]} is missing a value${required[2] === undefined ? "" : `: ${required[2]}`}`,
        15,
      );
    }
    if (said.variable === null) {
      throw new ComposeError(
        `invalid interpolation format for ${where}.\nYou may need to escape any $ with another $.\n${text}`,
        15,
      );
    }
    empty.add(said.variable);
    warnings.push(LOG(session, `The "${said.variable}" variable is not set. Defaulting to a blank string.`));
  }
}

function validate(path: string, tree: YamlMap): void {
  const wrong = (what: string): never => {
    throw new ComposeError(`validating ${path}: ${what}`, 15);
  };
  const known = (at: string, map: YamlMap, keys: ReadonlySet<string>): void => {
    const unknown = Object.keys(map).find((key) => !keys.has(key) && !key.startsWith("x-"));
    if (unknown !== undefined) wrong(`${at} Additional property ${unknown} is not allowed`);
  };
  known("(root)", tree, TOP_KEYS);
  const { services } = tree;
  if (services === undefined || services === null) return;
  if (!isMap(services)) throw new ComposeError(`validating ${path}: services must be a mapping`, 15);
  for (const [name, service] of Object.entries(services)) {
    if (!isMap(service)) throw new ComposeError(`validating ${path}: services.${name} must be a mapping`, 15);
    known(`services.${name}`, service, SERVICE_KEYS);
    for (const [key, value] of Object.entries(service))
      if (TEXT_KEYS.has(key) && typeof value !== "string") wrong(`services.${name}.${key} must be a string`);
  }
}

interface Parts {
  readonly merged: YamlMap;
  readonly name: string;
  readonly dir: string;
  readonly files: readonly string[];
  readonly warnings: readonly string[];
}

function assemble(session: Session, options: ProjectOptions, { merged, name, dir, files, warnings }: Parts): Project {
  const networks = shared(merged.networks, name);
  const volumes = shared(merged.volumes, name);
  const all = new Map<string, Service>();
  for (const [key, value] of Object.entries(isMap(merged.services) ? merged.services : {}))
    if (isMap(value)) all.set(key, readService(session, key, value, { project: name, dir, merged, env: options.env }));
  for (const service of all.values()) {
    if (service.image === "")
      throw new ComposeError(
        `service "${service.name}" has neither an image nor a build context specified: invalid compose project`,
        15,
      );
    for (const dependency of Object.keys(service.dependsOn))
      if (!all.has(dependency))
        throw new ComposeError(
          `service "${service.name}" depends on undefined service "${dependency}": invalid compose project`,
          15,
        );
    for (const network of Object.keys(service.networks))
      if (network !== "default" && !networks.has(network))
        throw new ComposeError(
          `service "${service.name}" refers to undefined network ${network}: invalid compose project`,
          15,
        );
    for (const { kind, source } of service.mounts)
      if (kind === "volume" && source !== "" && !volumes.has(source))
        throw new ComposeError(
          `service "${service.name}" refers to undefined volume ${source}: invalid compose project`,
          15,
        );
  }
  refuseRing(all);
  const profiles = new Set([
    ...options.profiles,
    ...(options.env.COMPOSE_PROFILES ?? "").split(",").filter((each) => each !== ""),
  ]);
  const enabled = (service: Service): boolean =>
    service.profiles.length === 0 ||
    service.profiles.some((profile) => profiles.has(profile)) ||
    profiles.has("*") ||
    options.selected.includes(service.name);
  const pick = (wanted: boolean): ReadonlyMap<string, Service> =>
    new Map([...all].filter(([, each]) => enabled(each) === wanted));
  if (!networks.has("default"))
    networks.set("default", { name: `${name}_default`, external: false, internal: false, labels: {} });
  return { name, dir, files, services: pick(true), disabled: pick(false), networks, volumes, warnings };
}

function shared(section: YamlValue | undefined, project: string): Map<string, Shared> {
  const found = new Map<string, Shared>();
  for (const [key, value] of Object.entries(isMap(section) ? section : {})) {
    const said: YamlMap = isMap(value) ? value : {};
    const external = said.external === true;
    const name = typeof said.name === "string" ? said.name : external ? key : `${project}_${key}`;
    const labels = isMap(said.labels)
      ? Object.fromEntries(Object.entries(said.labels).map(([label, each]) => [label, String(each)]))
      : {};
    found.set(key, { name, external, internal: said.internal === true, labels });
  }
  return found;
}

function refuseRing(services: ReadonlyMap<string, Service>): void {
  const visit = (name: string, way: readonly string[]): void => {
    if (way.includes(name)) {
      const ring = [...way.slice(way.indexOf(name)), name];
      throw new ComposeError(`dependency cycle detected: ${ring.join(" -> ")}`, 15);
    }
    for (const next of Object.keys(services.get(name)?.dependsOn ?? {})) visit(next, [...way, name]);
  };
  for (const name of services.keys()) visit(name, []);
}
