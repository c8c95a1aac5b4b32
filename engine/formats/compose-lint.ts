import { nearest } from "../text/nearest.ts";
import { OWN_NETWORK_KEYS, SERVICE_KEYS, SHAPES, TOP_KEYS } from "./compose-keys.ts";
import { leakingSubnets, splitMounts } from "./compose-media.ts";
import { assignments, dependencies, isYamlMap, listOf, named } from "./compose-merge.ts";
import { type ComposeModel, type ComposeProblem, type ComposeService, inOrder } from "./compose-model.ts";
import { parsePorts } from "./compose-ports.ts";
import type { YamlMap, YamlValue } from "./yaml-text.ts";

export interface LintOptions {
  readonly allowLatest: boolean;
  /** Whether a secret of the site is in the environment is looked for elsewhere; true: it may be anywhere in the text. */
  readonly secretText: boolean;
}

/**
 * What is wrong with a project although its YAML is fine: what Compose or Docker would refuse only after half of the
 * work, and what works and is a trap. Errors first.
 */
export function lintCompose(model: ComposeModel, options: LintOptions): readonly ComposeProblem[] {
  const problems: ComposeProblem[] = [];
  const say =
    (severity: "error" | "warning") =>
    (path: readonly (string | number)[], message: string): void => {
      problems.push({ path, message, severity });
    };
  const wrong = say("error");
  const { document, services } = model;
  for (const key of Object.keys(document)) {
    if (key === "include")
      wrong([key], "includes other files, which cannot be followed from here: name them in compose_files");
    else if (!TOP_KEYS.includes(key) && !key.startsWith("x-"))
      wrong([key], `Compose knows no key ${key}${near(key, TOP_KEYS)}`);
  }
  if (!isYamlMap(document.services) || Object.keys(document.services).length === 0) {
    wrong(["services"], "there are no services");
    return problems;
  }
  for (const service of services.values()) lintService(service, model, options, wrong, say("warning"));
  sharedNames(model, wrong);
  if (inOrder(model, [...services.keys()]) === null)
    wrong(["services"], `services depend on one another in a ring: ${ringOf(model)}`);
  return problems.toSorted((one, other) => Number(one.severity === "warning") - Number(other.severity === "warning"));
}

type Say = (path: readonly (string | number)[], message: string) => void;

function lintService(service: ComposeService, model: ComposeModel, options: LintOptions, wrong: Say, warn: Say): void {
  const { name } = service;
  const raw = rawOf(model, name);
  const at = (...path: readonly (string | number)[]) => ["services", name, ...path];
  if (!/^[a-zA-Z0-9._-]+$/.test(name))
    wrong(at(), `"${name}" is no name of a service: letters, digits, dots, dashes and underscores`);
  for (const [key, value] of Object.entries(raw)) {
    if (!SERVICE_KEYS.includes(key) && !key.startsWith("x-"))
      wrong(at(key), `Compose knows no key ${key}${near(key, SERVICE_KEYS)}`);
    const shape = SHAPES[key];
    if (shape !== undefined && value !== null && !fits(value, shape)) wrong(at(key), `expected a ${shape}`);
  }
  if (raw.build !== undefined) {
    wrong(at("build"), "images are not built here: build and push it elsewhere, and name it under image");
  } else if (service.image === "") wrong(at("image"), "expected the name of an image, with its tag");
  else lintImage(service, options, wrong, at);
  if (!Number.isInteger(service.scale) || service.scale < 0 || service.scale > 1000)
    wrong(at("scale"), "expected a whole number from 0 to 1000");
  if (service.containerName !== null && service.scale > 1)
    wrong(at("container_name"), `${service.scale} containers cannot have one name`);
  if (service.restart !== null && !/^(no|false|always|unless-stopped|on-failure(:\d+)?)$/.test(service.restart)) {
    wrong(
      at("restart"),
      `"${service.restart}" is no way to restart: no, always, unless-stopped, on-failure or on-failure:NUMBER`,
    );
  }
  lintDependencies(service, model, raw, wrong, at);
  lintUses(raw, model, wrong, at);
  lintEnvironment(service, options, wrong, warn, at);
  const targets = service.mounts.map(({ target }) => target);
  const twice = targets.find((target, index) => target !== "" && targets.indexOf(target) !== index);
  if (twice !== undefined) wrong(at("volumes"), `two mounts at ${twice}`);
  for (const [index, mount] of service.mounts.entries()) {
    if (mount.source.startsWith("~"))
      wrong(at("volumes", index), `${mount.source} hangs on whose home it is: write the whole path`);
    if (mount.kind !== "other" && !mount.target.startsWith("/"))
      wrong(at("volumes", index), `"${mount.target}" is no place in the container: expected an absolute path`);
  }
  const split = splitMounts(service);
  if (split !== null) {
    warn(
      at("volumes"),
      `${split.join(" and ")} are two mounts: no hard link crosses them, and what is imported is copied. Mount the folder that holds both, once`,
    );
  }
  if (raw.privileged === true || raw.privileged === "true")
    warn(at("privileged"), "it may do anything to the host: cap_add and devices give it what it needs");
}

function lintImage({ image }: ComposeService, { allowLatest }: LintOptions, wrong: Say, at: At): void {
  if (/[\s\0]|^-/.test(image)) {
    wrong(at("image"), `"${image}" is no name of an image`);
    return;
  }
  const tag = /:([^:/@]+)$/.exec(image.split("@")[0] ?? "")?.[1];
  if (allowLatest || image.includes("@")) return;
  if (tag === undefined || tag === "latest") {
    wrong(
      at("image"),
      `${image} is not pinned: what it means changes by itself. Name a tag, or say allow_latest: true`,
    );
  }
}

function lintDependencies(service: ComposeService, model: ComposeModel, raw: YamlMap, wrong: Say, at: At): void {
  const { name } = service;
  for (const [key, other] of service.shares) {
    if (!model.services.has(other))
      wrong(at(key), `there is no service ${other}${near(other, [...model.services.keys()])}`);
    const dependency = dependencies(raw.depends_on)[other];
    if (
      dependency !== undefined &&
      !(isYamlMap(dependency) && (dependency.restart === true || dependency.restart === "true"))
    ) {
      wrong(
        at("depends_on"),
        `${name} lives in the ${key === "network_mode" ? "network" : key} of ${other}, and this depends_on takes away that it is restarted with it: say {${other}: {condition: service_healthy, restart: true}}`,
      );
    }
  }
  const host = service.shares.get("network_mode");
  if (host !== undefined) {
    for (const key of OWN_NETWORK_KEYS) {
      if (raw[key] === undefined || raw[key] === null) continue;
      const hint =
        key === "ports" || key === "expose"
          ? `: they belong to ${host}, in whose network it lives`
          : `: it lives in the network of ${host}`;
      wrong(at(key), `${name} cannot have ${key} of its own${hint}`);
    }
  }
  if (raw.network_mode !== undefined && raw.network_mode !== null && raw.networks !== undefined && host === undefined) {
    wrong(at("networks"), "network_mode and networks contradict each other: give one");
  }
  for (const [other, { condition }] of service.dependsOn) {
    const target = model.services.get(other);
    if (target === undefined) {
      const how = dependencies(raw.depends_on)[other];
      const optional = isYamlMap(how) && (how.required === false || how.required === "false");
      if (!optional && ![...service.shares.values()].includes(other)) {
        wrong(at("depends_on"), `there is no service ${other}${near(other, [...model.services.keys()])}`);
      }
      continue;
    }
    const { healthcheck } = target.definition;
    if (condition === "service_healthy" && isYamlMap(healthcheck) && healthcheck.disable === true) {
      wrong(at("depends_on"), `${other} has no health to wait for: its healthcheck is disabled`);
    }
  }
  for (const [other, how] of Object.entries(dependencies(raw.depends_on))) {
    const condition = isYamlMap(how) ? (how.condition ?? "service_started") : "service_started";
    if (!["service_started", "service_healthy", "service_completed_successfully"].includes(String(condition))) {
      wrong(
        at("depends_on"),
        `"${String(condition)}" is no condition (of ${other}): service_started, service_healthy or service_completed_successfully`,
      );
    }
  }
}

/** What it uses must be defined. */
function lintUses(raw: YamlMap, model: ComposeModel, wrong: Say, at: At): void {
  const defined = (kind: string): readonly string[] => {
    const all = model.document[kind];
    return isYamlMap(all) ? Object.keys(all) : [];
  };
  const need = (key: string, kind: string, name: string): void => {
    if (name === "" || (kind === "networks" && name === "default") || defined(kind).includes(name)) return;
    wrong(at(key), `${name} is not among the ${kind} of the file${near(name, defined(kind))}`);
  };
  for (const name of Object.keys(named(raw.networks))) need("networks", "networks", name);
  const { mounts } = model.services.get(String(at()[1])) ?? { mounts: [] };
  for (const { kind, source } of mounts)
    if (kind === "volume" && !source.startsWith("~")) need("volumes", "volumes", source);
  for (const kind of ["secrets", "configs"] as const) {
    for (const each of listOf(raw[kind])) {
      const name = isYamlMap(each) ? String(each.source ?? "") : String(each);
      need(kind, kind, name);
      const all = model.document[kind];
      const definition = isYamlMap(all) ? all[name] : undefined;
      if (isYamlMap(definition) && definition.external !== undefined && definition.external !== false) {
        wrong(at(kind), `${name} is external, which only a swarm has: say file`);
      }
    }
  }
}

const SECRET_NAME = /(PASSWORD|PASSWD|SECRET|TOKEN|PRIVATE_KEY|PRESHARED_KEY|API_?KEY|_KEY|_PASS)$/i;
/** They name a file, or a switch: no secret. */
const NO_SECRET_NAME = /(_FILE|_PATH|PUBLIC_KEY|SECRETFILE)$/i;

function lintEnvironment(service: ComposeService, options: LintOptions, wrong: Say, warn: Say, at: At): void {
  for (const [name, value] of Object.entries(assignments(service.definition.environment))) {
    if (
      value !== null &&
      value.length > 3 &&
      SECRET_NAME.test(name) &&
      !NO_SECRET_NAME.test(name) &&
      !/^(true|false|none|\/.*)$/i.test(value)
    ) {
      const say = options.secretText ? wrong : warn;
      say(
        at("environment"),
        `${name} looks like a secret, and whoever may ask Docker reads a container's environment: hand it over as a file (secrets:), or say allow_secret_environment: true`,
      );
    }
    if (name === "FIREWALL_ENABLED_DISABLING_IT_SHOOTS_YOU_IN_YOUR_FOOT" && /^(off|false|no|0)$/i.test(value ?? "")) {
      wrong(
        at("environment"),
        "gluetun's firewall is its kill switch: without it everything goes out past the tunnel when that is down",
      );
    }
  }
  for (const subnet of leakingSubnets(service)) {
    wrong(
      at("environment"),
      `FIREWALL_OUTBOUND_SUBNETS: ${subnet} holds the tunnel's own gateway (10.2.0.1), so no port can be forwarded: name the network at home alone`,
    );
  }
}

function sharedNames({ services }: ComposeModel, wrong: Say): void {
  const names = new Map<string, string>();
  const ports = new Map<string, string>();
  for (const { name, containerName, definition } of services.values()) {
    if (containerName !== null) {
      const other = names.get(containerName);
      if (other !== undefined) wrong(["services", name, "container_name"], `${other} has the same container_name`);
      names.set(containerName, name);
    }
    for (const [index, port] of listOf(definition.ports).entries()) {
      const parsed = parsePorts(port);
      if (!parsed.ok) {
        wrong(["services", name, "ports", index], parsed.message);
        continue;
      }
      for (const published of parsed.published) {
        const taken = ports.get(published);
        if (taken !== undefined && taken !== name)
          wrong(["services", name, "ports", index], `${published} is published by ${taken}, too`);
        ports.set(published, name);
      }
    }
  }
}

function ringOf(model: ComposeModel): string {
  const names = [...model.services.keys()].filter((name) => inOrder(model, [name]) === null);
  return names.join(", ");
}

type At = (...path: readonly (string | number)[]) => readonly (string | number)[];

function rawOf({ document }: ComposeModel, name: string): YamlMap {
  const services = isYamlMap(document.services) ? document.services : {};
  const raw = services[name];
  return isYamlMap(raw) ? raw : {};
}

function fits(value: YamlValue, shape: string): boolean {
  return (shape.includes("map") && isYamlMap(value)) || (shape.includes("list") && Array.isArray(value));
}

function near(word: string, known: readonly string[]): string {
  const found = nearest(word, known);
  return found === undefined ? "" : ` (did you mean ${found}?)`;
}
