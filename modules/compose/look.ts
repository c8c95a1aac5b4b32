import { isYamlMap } from "../../engine/formats/compose-merge.ts";
import { type ComposeModel, type ComposeService, inOrder } from "../../engine/formats/compose-model.ts";
import { type YamlValue, yamlText } from "../../engine/formats/yaml-text.ts";
import type { ContentFileObserved, ExecAnswer, ReadOp, Stat } from "../../engine/module/index.ts";
import { contentFileProbes, contentFileProbesAfter, read, Secret } from "../../engine/module/index.ts";
import { look } from "./commands.ts";
import { readContainers } from "./containers.ts";
import { type Desired, desiredOf, envPaths, type HostVariables } from "./desired.ts";
import { logLines } from "./logs.ts";
import { watchedFiles } from "./marks.ts";
import type { Params } from "./params.ts";
import { digestOf, OVERRIDE, type ProjectFile } from "./project-files.ts";

/** Looks by name: `old /srv/x` and the like belong to one file, `env 0` to a file of variables, `netns 77` to a process. */
export interface Seen {
  readonly engine: ExecAnswer;
  readonly compose: ExecAnswer;
  readonly listed: ExecAnswer;
  readonly inspected?: ExecAnswer | undefined;
  readonly dotEnv?: string | null | undefined;
  readonly override?: string | null | undefined;
  readonly valid?: ExecAnswer | undefined;
  readonly networks?: ExecAnswer | undefined;
  readonly volumes?: ExecAnswer | undefined;
  readonly oldCompose?: ExecAnswer | undefined;
  readonly others?: ExecAnswer | undefined;
  readonly images?: ExecAnswer | undefined;
  readonly allNetworks?: ExecAnswer | undefined;
  readonly allVolumes?: ExecAnswer | undefined;
  readonly [name: `env ${number}`]: string | null | undefined;
  readonly [name: `${"old" | "link" | "parent" | "bind"} ${string}`]: Stat | null | undefined;
  readonly [name: `bytes ${string}`]: Uint8Array | null | undefined;
  readonly [name: `netns ${number}`]: Stat | null | undefined;
  readonly [name: `log ${string}`]: ExecAnswer | undefined;
  readonly [name: `remote ${string}`]: ExecAnswer | undefined;
}
type Looks = Readonly<Record<string, ReadOp<never> | undefined>>;

export function firstLooks(given: Params) {
  const { project, state, dir, env, volumes } = given;
  const common = { engine: look.engine(), compose: look.compose(), listed: look.containers(project) };
  if (state === "absent") {
    return {
      ...common,
      networks: look.networks(project),
      volumes: volumes === "remove" ? look.volumes(project) : undefined,
    };
  }
  const desired = desiredOf(given, undefined);
  const names = namesOf(given, desired.model);
  const files: Record<string, ReadOp<Stat | null>> = {};
  for (const file of desired.files) {
    const { old, link, parent } = contentFileProbes(contentParams(file));
    Object.assign(files, { [`old ${file.path}`]: old, [`link ${file.path}`]: link, [`parent ${file.path}`]: parent });
  }
  return {
    ...common,
    ...files,
    ...Object.fromEntries(envPaths(given).map((path, index) => [`env ${index}`, read.text(path)])),
    inspected: names.length > 0 ? look.inspect(project, names) : undefined,
    dotEnv: env === undefined ? read.text(`${dir ?? ""}/.env`) : undefined,
    override: read.text(`${dir ?? ""}/${OVERRIDE}`),
  };
}

/** The name that Compose gives to a service's first container: who is found by it can be looked into at once. */
function namesOf({ project }: Params, model: ComposeModel): readonly string[] {
  return [...model.services.values()].map(({ name, containerName }) => containerName ?? `${project}-${name}-1`).sort();
}

export function secondLooks(given: Params, seen: Seen): Looks {
  const { project, state, pull } = given;
  const looks: Record<string, ReadOp<unknown> | undefined> = {};
  if (seen.compose.code !== 0) looks.oldCompose = look.oldCompose();
  if (!answers(seen)) return { ...fileLooks(given, seen), ...looks } as Looks;
  const known = readContainers(project, [seen.inspected]);
  const missing = idsOf(seen.listed).filter((id) => !known.some((each) => each.id === id));
  if (missing.length > 0) looks.others = look.inspect(project, missing);
  if (state !== "absent") {
    const desired = desiredOf(given, variablesOf(given, seen));
    Object.assign(looks, fileLooks(given, seen));
    const services = selectedOf(given, desired.model) ?? [];
    const images = [...new Set(services.map(({ image }) => image))].filter((image) => image !== "").sort();
    if (images.length > 0) looks.images = look.images(images);
    if (pull === "always")
      for (const image of images) if (!image.includes("@")) looks[`remote ${image}`] = look.remote(image);
    // What runs keeps its networks; what is stopped may have lost one, and could not be started.
    const stopped = known.some(({ state: is }) => is !== "running");
    if (stopped || desired.model.externalNetworks.length > 0) looks.allNetworks = look.networks(null);
    if (desired.model.externalVolumes.length > 0) looks.allVolumes = look.volumes(null);
    if (isNew(desired, seen)) looks.valid = look.validation(project, given.dir ?? "/", new Secret(plainText(desired)));
    if (services.some(({ shares }) => shares.has("network_mode"))) {
      for (const { pid } of known) if (pid > 0) looks[`netns ${pid}`] = read.stat(`/proc/${pid}/ns/net`);
    }
    for (const { id, state: is, health, exitCode } of known) {
      if (is === "restarting" || health === "unhealthy" || (is === "exited" && exitCode !== 0)) {
        looks[`log ${id}`] = look.logs(project, id, logLines);
      }
    }
  }
  return looks as Looks;
}

/** A file that decides what the project is will be written: Compose is asked about it before. */
function isNew({ compose, files }: Desired, seen: Seen): boolean {
  const deciding = files.filter(({ path }) => path.endsWith("/.env") || compose.some((file) => file.path === path));
  return deciding.some((file) => observedOf(file, seen).old?.sha256 !== digestOf(file.content));
}

/** The files as one, with nothing left to put in, and without env files, which may not be there yet. */
function plainText({ model }: Desired): string {
  const escaped = (value: YamlValue): YamlValue => {
    if (typeof value === "string") return value.replaceAll("$", "$$$$");
    if (Array.isArray(value)) return value.map(escaped);
    return isYamlMap(value)
      ? Object.fromEntries(Object.entries(value).map(([key, each]) => [key, escaped(each)]))
      : value;
  };
  const services = isYamlMap(model.document.services) ? model.document.services : {};
  const bare = Object.entries(services).map(([name, service]): [string, YamlValue] => {
    if (!isYamlMap(service)) return [name, service];
    const { env_file: _, ...rest } = service;
    return [name, rest];
  });
  return yamlText(escaped({ ...model.document, services: Object.fromEntries(bare) }));
}

/** Of the task's files their old text, for the diff; of others that count their digest; of mounts whether they are there. */
function fileLooks(given: Params, seen: Seen): Record<string, ReadOp<unknown> | undefined> {
  if (given.state === "absent") return {};
  const looks: Record<string, ReadOp<unknown> | undefined> = {};
  const desired = desiredOf(given, variablesOf(given, seen));
  for (const file of desired.files) {
    const { old } = observedOf(file, seen);
    looks[`bytes ${file.path}`] = contentFileProbesAfter(contentParams(file), file.content, { old }).oldBytes;
  }
  const watched = new Set(watchedFiles(desired.model, given, desired.files));
  for (const path of new Set([...watched, ...bindSources(desired)])) {
    looks[`bind ${path}`] = read.stat(path, { follow: true, sha256: watched.has(path) });
  }
  return looks;
}

export function bindSources({ model, files }: Desired): readonly string[] {
  const sources = [...model.services.values()].flatMap(({ mounts }) =>
    mounts.flatMap(({ kind, source, makesSource }) => (kind === "bind" && makesSource !== "asked" ? [source] : [])),
  );
  return [...new Set(sources)].filter(
    (path) => !files.some((file) => file.path === path || file.path.startsWith(`${path}/`)),
  );
}

/** The engine and Compose are there. */
export function answers({ engine, compose }: Pick<Seen, "engine" | "compose">): boolean {
  return engine.code === 0 && compose.code === 0;
}

export function variablesOf(given: Params, seen: Seen): HostVariables {
  return { dotEnv: seen.dotEnv ?? null, files: given.env_files.map((_, index) => seen[`env ${index}`] ?? null) };
}

/** The services that the task is about, each after what it needs; null: they need one another in a ring. */
export function selectedOf(given: Params, model: ComposeModel): readonly ComposeService[] | null {
  const active = [...model.services.values()].filter(
    ({ profiles }) => profiles.length === 0 || profiles.some((profile) => given.profiles.includes(profile)),
  );
  return inOrder(model, given.services ?? active.map(({ name }) => name));
}

export function contentParams(file: ProjectFile) {
  return { dest: file.path, parents: true, ...file.ownership };
}
export function observedOf({ path }: ProjectFile, seen: Seen): ContentFileObserved {
  return {
    old: seen[`old ${path}`] ?? null,
    link: seen[`link ${path}`] ?? null,
    parent: seen[`parent ${path}`] ?? null,
    oldBytes: seen[`bytes ${path}`],
  };
}

function idsOf({ stdout }: ExecAnswer): readonly string[] {
  return [...stdout.matchAll(/"ID":"([0-9a-f]+)"/g)].map(([, id = ""]) => id);
}
