import { parseComposeEnv } from "../../../formats/compose-env.ts";
import { splitWords } from "../../../formats/shell-words.ts";
import type { YamlMap, YamlValue } from "../../../formats/yaml-text.ts";
import { nodeOf } from "../../files/look-at-path.ts";
import { nodeText } from "../../files/node.ts";
import type { Session } from "../../session.ts";
import { NotImitated } from "../../tool.ts";
import type { NewMount } from "../create-container.ts";
import type { Healthcheck, PortBinding } from "../state.ts";
import { ComposeError, type Condition, type Dependency, type Service } from "./project.ts";
import { IMITATED_KEYS } from "./service-keys.ts";

interface Around {
  readonly project: string;
  readonly dir: string;
  readonly merged: YamlMap;
  readonly env: Readonly<Record<string, string>>;
}

const isMap = (value: YamlValue | undefined): value is YamlMap =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const list = (value: YamlValue | undefined): readonly YamlValue[] =>
  Array.isArray(value) ? value : value === undefined || value === null ? [] : [value];
const text = (value: YamlValue | undefined): string | null =>
  value === undefined || value === null ? null : isMap(value) || Array.isArray(value) ? null : String(value);

/** A service of the merged files, its short forms taken apart. */
export function readService(session: Session, name: string, said: YamlMap, around: Around): Service {
  const strange = Object.keys(said).find((key) => !IMITATED_KEYS.has(key) && !key.startsWith("x-"));
  if (strange !== undefined)
    throw new NotImitated(`the embedded lab's docker compose does not know "${strange}" of a service`);
  const networkMode = text(said.network_mode);
  const environment = { ...envFiles(session, said, around), ...pairsOf(said.environment) };
  const { binds, mounts } = volumesOf(said, around);
  const deploy = isMap(said.deploy) ? said.deploy : {};
  const replicas = Number(said.scale ?? deploy.replicas ?? 1);
  const dependsOn = dependenciesOf(said, networkMode);
  const { build: _build, pull_policy, scale: _scale, depends_on: _depends, profiles, deploy: _deploy, ...rest } = said;
  return {
    name,
    image: text(said.image) ?? "",
    containerName: text(said.container_name),
    replicas,
    profiles: list(profiles).map(String),
    command: wordsOf(said.command),
    entrypoint: wordsOf(said.entrypoint),
    environment: Object.fromEntries(
      Object.entries(environment).map(([key, value]) => [key, value ?? around.env[key] ?? null]),
    ),
    labels: Object.fromEntries(Object.entries(pairsOf(said.labels)).map(([key, value]) => [key, value ?? ""])),
    ports: list(said.ports).flatMap(portsOf),
    expose: list(said.expose).map((port) => (String(port).includes("/") ? String(port) : `${String(port)}/tcp`)),
    binds,
    mounts: [...mounts, ...filesOf("secrets", said, around), ...filesOf("configs", said, around)],
    networks: networkMode === null ? networksOf(said.networks) : {},
    networkMode,
    dependsOn,
    restart: restartOf(text(said.restart)),
    healthcheck: checkOf(said.healthcheck),
    hostname: text(said.hostname),
    user: text(said.user),
    workdir: text(said.working_dir),
    stopMs: durationMs(text(said.stop_grace_period)) ?? 10_000,
    hostConfig: hostConfigOf(said),
    pullPolicy: text(pull_policy),
    definition: { ...rest, environment },
  };
}

function wordsOf(value: YamlValue | undefined): readonly string[] | null {
  if (value === undefined || value === null) return null;
  if (Array.isArray(value)) return value.map(String);
  const split = splitWords(String(value));
  return "error" in split ? [String(value)] : split.words;
}

function pairsOf(value: YamlValue | undefined): Record<string, string | null> {
  if (!isMap(value)) return {};
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, each === null ? null : String(each)]));
}

function envFiles(session: Session, said: YamlMap, { dir, env }: Around): Record<string, string> {
  const values: Record<string, string> = {};
  for (const each of list(said.env_file)) {
    const path = isMap(each) ? text(each.path) : text(each);
    const absolute = absolutePath(path ?? "", dir);
    const node = nodeOf(session, absolute);
    if (node?.type !== "file") {
      if (isMap(each) && each.required === false) continue;
      throw new ComposeError(`env file ${absolute} not found: stat ${absolute}: no such file or directory`, 14);
    }
    const parsed = parseComposeEnv(nodeText(node), (name) => env[name] ?? null);
    if (!parsed.ok) throw new ComposeError(`failed to read ${absolute}: line ${parsed.line}: ${parsed.message}`, 15);
    for (const [name, value] of parsed.values) values[name] = value;
  }
  return values;
}

function absolutePath(path: string, dir: string): string {
  const whole = path.startsWith("~/") ? `/root/${path.slice(2)}` : path.startsWith("/") ? path : `${dir}/${path}`;
  const parts: string[] = [];
  for (const part of whole.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}`;
}

function volumesOf(
  said: YamlMap,
  { dir }: Around,
): { readonly binds: readonly string[]; readonly mounts: readonly NewMount[] } {
  const binds: string[] = [];
  const mounts: NewMount[] = [];
  for (const each of list(said.volumes)) {
    if (isMap(each)) {
      const [kind, source, target] = [text(each.type) ?? "volume", text(each.source) ?? "", text(each.target) ?? ""];
      const readOnly = each.read_only === true;
      const bind = isMap(each.bind) ? each.bind : {};
      if (kind === "bind" && bind.create_host_path === true)
        binds.push(`${absolutePath(source, dir)}:${target}:${readOnly ? "ro" : "rw"}`);
      else if (kind === "bind" || kind === "volume" || kind === "tmpfs")
        mounts.push({ kind, source: kind === "bind" ? absolutePath(source, dir) : source, target, readOnly });
      continue;
    }
    const [source = "", target, mode = "rw"] = String(each).split(":");
    if (target === undefined) mounts.push({ kind: "volume", source: "", target: source, readOnly: false });
    else if (/^[./~]/.test(source)) binds.push(`${absolutePath(source, dir)}:${target}:${mode}`);
    else mounts.push({ kind: "volume", source, target, readOnly: mode.split(",").includes("ro") });
  }
  for (const each of list(said.tmpfs))
    mounts.push({ kind: "tmpfs", source: "", target: String(each).split(":")[0] ?? "", readOnly: false });
  return { binds, mounts };
}

/** Secrets and configs are files that are bound, in what is no swarm. */
function filesOf(kind: "secrets" | "configs", said: YamlMap, { merged, dir }: Around): readonly NewMount[] {
  const declared = isMap(merged[kind]) ? merged[kind] : {};
  return list(said[kind]).flatMap((each): readonly NewMount[] => {
    const source = isMap(each) ? (text(each.source) ?? "") : String(each);
    const there = declared[source];
    if (!isMap(there))
      throw new ComposeError(`service refers to undefined ${kind.slice(0, -1)} ${source}: invalid compose project`, 15);
    const file = text(there.file);
    if (file === null) throw new NotImitated(`the embedded lab's docker compose knows ${kind} from files alone`);
    const wanted = isMap(each) ? text(each.target) : null;
    const folder = kind === "secrets" ? "/run/secrets/" : "/";
    const target = wanted === null ? `${folder}${source}` : wanted.startsWith("/") ? wanted : `${folder}${wanted}`;
    return [{ kind: "bind", source: absolutePath(file, dir), target, readOnly: true }];
  });
}

function networksOf(value: YamlValue | undefined): Readonly<Record<string, readonly string[]>> {
  if (isMap(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([key, each]) => [key, isMap(each) ? list(each.aliases).map(String) : []]),
    );
  }
  const names = list(value).map(String);
  return Object.fromEntries((names.length === 0 ? ["default"] : names).map((name) => [name, []]));
}

function dependenciesOf(said: YamlMap, networkMode: string | null): Readonly<Record<string, Dependency>> {
  const found: Record<string, Dependency> = {};
  const value = said.depends_on;
  if (isMap(value)) {
    for (const [name, each] of Object.entries(value)) {
      const more = isMap(each) ? each : {};
      const condition = text(more.condition) ?? "service_started";
      found[name] = {
        condition: condition as Condition,
        restart: more.restart === true,
        required: more.required !== false,
      };
    }
  } else
    for (const name of list(value))
      found[String(name)] = { condition: "service_started", restart: false, required: true };
  const joined = networkMode?.startsWith("service:") ? networkMode.slice("service:".length) : null;
  // Only where nothing was said of it.
  if (joined !== null && found[joined] === undefined)
    found[joined] = { condition: "service_started", restart: true, required: true };
  return found;
}

function restartOf(said: string | null): Service["restart"] {
  const [name = "", retries] = (said ?? "").split(":");
  return { name, retries: Number(retries ?? 0) };
}

function portsOf(value: YamlValue): readonly PortBinding[] {
  if (isMap(value)) {
    const target = `${text(value.target) ?? ""}/${text(value.protocol) ?? "tcp"}`;
    return [{ target, ip: text(value.host_ip) ?? "", port: text(value.published) ?? "" }];
  }
  const [numbers = "", protocol = "tcp"] = String(value).split("/");
  const [, ip = "", published = "", target = ""] =
    /^(?:(\[[^\]]+\]|\d+\.\d+\.\d+\.\d+):)?(?:([\d-]*):)?([\d-]+)$/.exec(numbers) ?? [];
  const inside = range(target);
  const outside = published === "" ? [] : range(published);
  return inside.map((port, index) => ({
    target: `${port}/${protocol}`,
    ip: ip.replace(/^\[|\]$/g, ""),
    port: outside.length === 0 ? "" : String(outside[Math.min(index, outside.length - 1)]),
  }));
}
function range(said: string): readonly number[] {
  const [from = "", to = from] = said.split("-");
  return Array.from({ length: Math.max(0, Number(to) - Number(from) + 1) }, (_, index) => Number(from) + index);
}

function checkOf(value: YamlValue | undefined): Healthcheck | "none" | null {
  if (!isMap(value)) return null;
  if (value.disable === true) return "none";
  const test = Array.isArray(value.test)
    ? value.test.map(String)
    : value.test === undefined
      ? []
      : ["CMD-SHELL", String(value.test)];
  if (test[0] === "NONE") return "none";
  const ms = (key: string): number => durationMs(text(value[key])) ?? 0;
  return {
    test,
    intervalMs: ms("interval"),
    timeoutMs: ms("timeout"),
    startPeriodMs: ms("start_period"),
    retries: Number(value.retries ?? 0),
  };
}

/** `1m30s`. */
export function durationMs(said: string | null): number | null {
  if (said === null) return null;
  const parts = [...said.matchAll(/(\d+(?:\.\d+)?)(ms|us|ns|h|m|s)/g)];
  if (parts.length === 0) return null;
  const units: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1, us: 0.001, ns: 0.000001 };
  return parts.reduce((sum, [, number = "0", unit = "s"]) => sum + Number(number) * (units[unit] ?? 0), 0);
}

function hostConfigOf(said: YamlMap): Readonly<Record<string, unknown>> {
  const config: Record<string, unknown> = {};
  const take = (key: string, field: string): void => {
    if (said[key] !== undefined) config[field] = list(said[key]).map(String);
  };
  take("cap_add", "CapAdd");
  take("cap_drop", "CapDrop");
  take("security_opt", "SecurityOpt");
  take("group_add", "GroupAdd");
  take("dns", "Dns");
  take("dns_opt", "DnsOptions");
  take("dns_search", "DnsSearch");
  if (said.privileged === true) config.Privileged = true;
  if (said.read_only === true) config.ReadonlyRootfs = true;
  if (said.init === true) config.Init = true;
  if (said.devices !== undefined) {
    config.Devices = list(said.devices).map((each) => {
      const [onHost = "", inside = onHost, rights = "rwm"] = String(each).split(":");
      return { PathOnHost: onHost, PathInContainer: inside, CgroupPermissions: rights };
    });
  }
  return config;
}
