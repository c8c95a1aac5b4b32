import { assignments, dependencies, isYamlMap, listOf, mergeCompose, mergeService, named } from "./compose-merge.ts";
import { type Mount, mountOf } from "./compose-mounts.ts";
import { interpolate, type LookUp, variablesIn } from "./compose-variables.ts";
import { linkTarget } from "./paths.ts";
import type { YamlMap, YamlValue } from "./yaml-text.ts";

/** Where in the file, and what is wrong there. */
export interface ComposeProblem {
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly severity: "error" | "warning";
}
export type Condition = "service_started" | "service_healthy" | "service_completed_successfully";
export interface Dependency {
  readonly condition: Condition;
  /** It is restarted when Compose has replaced the other. */
  readonly restart: boolean;
}
/** A file of variables or of content that a service reads from the host. */
export interface ReadFile {
  readonly path: string;
  readonly required: boolean;
  /** In words, for the reason of a change: `env file gluetun.env`. */
  readonly what: string;
}
export interface ComposeService {
  readonly name: string;
  readonly image: string;
  /** As Compose understands it, variables in place; without what does not make a container (dependencies, scale, profiles). */
  readonly definition: YamlMap;
  readonly dependsOn: ReadonlyMap<string, Dependency>;
  /** Namespaces of other services that it lives in, by the key that says so. */
  readonly shares: ReadonlyMap<"network_mode" | "ipc" | "pid", string>;
  readonly containerName: string | null;
  readonly scale: number;
  readonly profiles: readonly string[];
  readonly restart: string | null;
  readonly mounts: readonly Mount[];
  readonly envFiles: readonly ReadFile[];
  /** Files of its secrets and configs. */
  readonly contents: readonly ReadFile[];
  /** Definitions elsewhere in the file that it uses, by `networks.NAME` and the like. */
  readonly uses: ReadonlyMap<string, YamlValue>;
}
export interface ComposeModel {
  readonly services: ReadonlyMap<string, ComposeService>;
  /** All of the file, merged, variables in place. */
  readonly document: YamlMap;
  readonly externalNetworks: readonly string[];
  readonly externalVolumes: readonly string[];
}
export interface ComposeReading {
  readonly model: ComposeModel;
  readonly problems: readonly ComposeProblem[];
  /** Every variable that the files mention. */
  readonly variables: readonly string[];
}

/** Keys that do not make a container: Compose, too, leaves them out of its hash. */
const NO_PART = new Set("build depends_on develop env_file extends profiles pull_policy scale attach".split(" "));

/** Compose files, parsed, as one model. `dir`: what relative paths begin at. */
export function composeModel(
  files: readonly YamlMap[],
  { lookUp, dir }: { readonly lookUp: LookUp; readonly dir: string },
): ComposeReading {
  const problems: ComposeProblem[] = [];
  const variables = new Set<string>();
  const wrong = (path: readonly (string | number)[], message: string): void => {
    problems.push({ path, message, severity: "error" });
  };
  const filled = (value: YamlValue, path: readonly (string | number)[]): YamlValue => {
    if (typeof value === "string") {
      for (const name of variablesIn(value)) variables.add(name);
      const said = interpolate(value, lookUp);
      if (!said.ok) wrong(path, said.message);
      return said.ok ? said.text : value;
    }
    if (Array.isArray(value)) return value.map((each, index) => filled(each, [...path, index]));
    if (!isYamlMap(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, filled(each, [...path, key])]));
  };
  const document = files
    .map((file) => filled(file, []))
    .reduce<YamlMap>((merged, file) => (isYamlMap(file) ? mergeCompose(merged, file) : merged), {});
  const raw = isYamlMap(document.services) ? document.services : {};
  const services = new Map<string, ComposeService>();
  for (const name of Object.keys(raw)) {
    const whole = extended(name, raw, wrong, []);
    if (whole !== null) services.set(name, serviceOf(name, whole, document, { dir, lookUp }));
  }
  const external = (kind: "networks" | "volumes"): readonly string[] =>
    Object.entries(isYamlMap(document[kind]) ? document[kind] : {}).flatMap(([key, value]) =>
      isYamlMap(value) && isExternal(value.external) ? [String(value.name ?? key)] : [],
    );
  return {
    model: { services, document, externalNetworks: external("networks"), externalVolumes: external("volumes") },
    problems,
    variables: [...variables],
  };
}

/** Services of a selection and all that they need, each after what it depends on. Null: they depend on one another in a ring. */
export function inOrder(model: ComposeModel, selected: readonly string[]): readonly ComposeService[] | null {
  const order: ComposeService[] = [];
  const state = new Map<string, "open" | "done">();
  const visit = (name: string): boolean => {
    if (state.get(name) === "open") return false;
    const service = model.services.get(name);
    if (service === undefined || state.get(name) === "done") return true;
    state.set(name, "open");
    if (!needsOf(service).every(visit)) return false;
    state.set(name, "done");
    order.push(service);
    return true;
  };
  return selected.every(visit) ? order : null;
}

export function needsOf({ dependsOn, shares }: ComposeService): readonly string[] {
  return [...new Set([...shares.values(), ...dependsOn.keys()])];
}

function isExternal(value: YamlValue | undefined): boolean {
  return value === true || value === "true" || isYamlMap(value);
}

/** With what it extends, of the same file. */
function extended(
  name: string,
  services: YamlMap,
  wrong: (path: readonly (string | number)[], message: string) => void,
  way: readonly string[],
): YamlMap | null {
  const own = services[name];
  if (!isYamlMap(own)) {
    wrong(["services", name], "expected a map with at least an image");
    return null;
  }
  const { extends: base, ...rest } = own;
  if (base === undefined || base === null) return rest;
  const path = ["services", name, "extends"];
  if (isYamlMap(base) && base.file !== undefined) {
    wrong(path, "extends another file, which cannot be followed from here: write that file's keys into this one");
    return rest;
  }
  const other = isYamlMap(base) ? String(base.service ?? "") : String(base);
  if (way.includes(other) || other === name || !Object.hasOwn(services, other)) {
    wrong(
      path,
      Object.hasOwn(services, other) ? `${other} and ${name} extend each other` : `there is no service ${other}`,
    );
    return rest;
  }
  const whole = extended(other, services, wrong, [...way, name]);
  return whole === null ? rest : mergeService(whole, rest);
}

interface Place {
  readonly dir: string;
  readonly lookUp: LookUp;
}

function serviceOf(name: string, raw: YamlMap, document: YamlMap, { dir, lookUp }: Place): ComposeService {
  const shares = new Map<"network_mode" | "ipc" | "pid", string>();
  for (const key of ["network_mode", "ipc", "pid"] as const) {
    const other = /^service:(.+)$/.exec(String(raw[key] ?? ""))?.[1];
    if (other !== undefined) shares.set(key, other);
  }
  const dependsOn = new Map<string, Dependency>();
  for (const [other, how] of Object.entries(dependencies(raw.depends_on))) {
    const said = isYamlMap(how) ? how : {};
    dependsOn.set(other, {
      condition: conditionOf(said.condition),
      restart: said.restart === true || said.restart === "true",
    });
  }
  // Compose's own rule: who says nothing of the service whose network it shares is restarted with it.
  for (const other of shares.values()) {
    if (!dependsOn.has(other)) dependsOn.set(other, { condition: "service_started", restart: true });
  }
  for (const link of listOf(raw.links)) {
    const other = String(link).split(":")[0] ?? "";
    if (!dependsOn.has(other)) dependsOn.set(other, { condition: "service_started", restart: false });
  }
  const environment: Record<string, string> = {};
  for (const [variable, value] of Object.entries(assignments(raw.environment))) {
    const given = value ?? lookUp(variable);
    if (given !== null) environment[variable] = given;
  }
  const definition: Record<string, YamlValue> = {};
  for (const [key, value] of Object.entries(raw)) {
    if (NO_PART.has(key) || key.startsWith("x-") || value === null) continue;
    definition[key] = key === "labels" ? assignments(value) : key === "deploy" ? withoutReplicas(value) : value;
  }
  if (Object.keys(environment).length > 0 || raw.environment !== undefined) definition.environment = environment;
  const deploy = isYamlMap(raw.deploy) ? raw.deploy : {};
  return {
    name,
    image: typeof raw.image === "string" ? raw.image : "",
    definition,
    dependsOn,
    shares,
    containerName: typeof raw.container_name === "string" ? raw.container_name : null,
    scale: Number(raw.scale ?? deploy.replicas ?? 1),
    profiles: listOf(raw.profiles).map(String),
    restart: raw.restart === undefined || raw.restart === null ? null : String(raw.restart),
    mounts: listOf(raw.volumes).map((mount) => mountOf(mount, dir)),
    envFiles: listOf(raw.env_file).map((file) => {
      const path = isYamlMap(file) ? String(file.path ?? "") : String(file);
      const required = !(isYamlMap(file) && (file.required === false || file.required === "false"));
      return { path: linkTarget(`${dir}/.`, path), required, what: `env file ${path}` };
    }),
    contents: (["secrets", "configs"] as const).flatMap((kind) => filesOf(kind, raw[kind], document, dir)),
    uses: usedBy(raw, document, lookUp),
  };
}

function conditionOf(value: YamlValue | undefined): Condition {
  return value === "service_healthy" || value === "service_completed_successfully" ? value : "service_started";
}

function withoutReplicas(value: YamlValue): YamlValue {
  if (!isYamlMap(value)) return value;
  const { replicas: _, ...rest } = value;
  return rest;
}

function filesOf(
  kind: "secrets" | "configs",
  value: YamlValue | undefined,
  document: YamlMap,
  dir: string,
): readonly ReadFile[] {
  const all = isYamlMap(document[kind]) ? document[kind] : {};
  return listOf(value).flatMap((each) => {
    const name = isYamlMap(each) ? String(each.source ?? "") : String(each);
    const defined = all[name];
    if (!isYamlMap(defined) || defined.file === undefined) return [];
    const path = linkTarget(`${dir}/.`, String(defined.file));
    return [{ path, required: true, what: `${kind === "secrets" ? "secret" : "config"} ${name}` }];
  });
}

/** A secret or config that is the value of a variable is what that is. */
function withValue(defined: YamlValue, lookUp: LookUp): YamlValue {
  if (!isYamlMap(defined) || typeof defined.environment !== "string") return defined;
  return { ...defined, value: lookUp(defined.environment) };
}

/** Elsewhere in the file: a network or volume that is defined otherwise needs new containers, too. */
function usedBy(raw: YamlMap, document: YamlMap, lookUp: LookUp): ReadonlyMap<string, YamlValue> {
  const uses = new Map<string, YamlValue>();
  const use = (kind: "networks" | "volumes" | "configs" | "secrets", name: string): void => {
    const all = isYamlMap(document[kind]) ? document[kind] : {};
    const defined = all[name];
    if (defined !== undefined && defined !== null && !(isYamlMap(defined) && Object.keys(defined).length === 0)) {
      uses.set(`${kind}.${name}`, withValue(defined, lookUp));
    }
  };
  if (raw.network_mode === undefined) {
    const names = Object.keys(named(raw.networks));
    for (const name of names.length === 0 ? ["default"] : names) use("networks", name);
  }
  for (const mount of listOf(raw.volumes)) {
    const { kind, source } = mountOf(mount, "/");
    if (kind === "volume" && source !== "") use("volumes", source);
  }
  for (const kind of ["configs", "secrets"] as const) {
    for (const each of listOf(raw[kind])) use(kind, isYamlMap(each) ? String(each.source ?? "") : String(each));
  }
  return uses;
}
