import type { ComposeModel, ComposeService } from "../../engine/formats/compose-model.ts";
import { sha256Hex } from "../../engine/formats/sha256.ts";
import { type YamlMap, type YamlValue, yamlText } from "../../engine/formats/yaml-text.ts";
import { MARK, PARTS } from "./containers.ts";
import type { Params } from "./params.ts";
import { digestOf, type ProjectFile } from "./project-files.ts";

/** What a container was made from, in parts: digests by the place in the definition, or by the file. */
export type Parts = Readonly<Record<string, string>>;
export type DigestAt = (path: string) => string | null;

/** Keys that hold a map whose entries are told apart in the reason of a change. */
const SPLIT = new Set(["environment", "labels", "healthcheck", "logging", "sysctls", "deploy", "ulimits"]);

/** All that makes a container of this service what it is. `digestAt`: of a file on the host, null where there is none. */
export function partsOf(service: ComposeService, files: readonly ProjectFile[], digestAt: DigestAt): Parts {
  const parts: Record<string, string> = {};
  for (const [key, value] of Object.entries(service.definition)) {
    if (SPLIT.has(key) && isMap(value)) {
      for (const [inner, each] of Object.entries(value)) parts[`${key}.${inner}`] = shortHash(each);
    } else parts[key] = shortHash(value);
  }
  for (const [key, value] of service.uses) parts[key] = shortHash(value);
  const own = (path: string): string | null => {
    const file = files.find((each) => each.path === path);
    return file === undefined ? null : digestOf(file.content);
  };
  for (const { path, what } of [...service.envFiles, ...service.contents]) {
    parts[what] = (own(path) ?? digestAt(path) ?? "missing").slice(0, 12);
  }
  for (const { kind, source } of service.mounts) {
    if (kind !== "bind") continue;
    const inside = files.filter(({ path }) => path === source || path.startsWith(`${source}/`));
    const digest = inside.length > 0 ? null : digestAt(source);
    if (digest !== null) parts[`mounted file ${source}`] = digest.slice(0, 12);
    // A folder with very many files is told as one: a label is no list of files.
    if (inside.length > 40)
      parts[`mounted files in ${source}`] = shortHash(inside.map((file) => digestOf(file.content)));
    else for (const file of inside) parts[`mounted file ${file.path}`] = digestOf(file.content).slice(0, 12);
  }
  return parts;
}

export function markOf(parts: Parts): string {
  return sha256Hex(canonical(parts));
}

/** Which parts are otherwise than those that a container was made from, in words; empty: nobody knows. */
export function differingParts(now: Parts, then: string | null): readonly string[] {
  let earlier: unknown = null;
  try {
    earlier = then === null ? null : JSON.parse(then);
  } catch {}
  if (typeof earlier !== "object" || earlier === null) return [];
  const before = new Map(Object.entries(earlier));
  const names = [...new Set([...before.keys(), ...Object.keys(now)])].sort();
  return names.filter((name) => before.get(name) !== now[name]);
}

/** The generated override file: our marks on every service, whichever of them this task is about. */
export function overrideText(model: ComposeModel, partsBy: (service: ComposeService) => Parts): string {
  const services: Record<string, YamlMap> = {};
  for (const service of model.services.values()) {
    const parts = partsBy(service);
    services[service.name] = {
      // A dollar sign would begin a variable here, too.
      labels: { [MARK]: markOf(parts), [PARTS]: canonical(parts).replaceAll("$", "$$$$") },
    };
  }
  return `# Written by lab: what each container is made from. Changes here are lost.\n${yamlText({ services })}`;
}

/** Files on the host whose content counts: read by Compose, or mounted from the project's folder. */
export function watchedFiles(
  model: ComposeModel,
  { dir, volatile }: Params,
  files: readonly ProjectFile[],
): readonly string[] {
  const own = new Set(files.map(({ path }) => path));
  const ignored = new Set(volatile.map((inner) => `${dir ?? ""}/${inner}`));
  const watched = new Set<string>();
  for (const { envFiles, contents, mounts } of model.services.values()) {
    for (const { path } of [...envFiles, ...contents]) watched.add(path);
    for (const { kind, source } of mounts)
      if (kind === "bind" && source.startsWith(`${dir ?? ""}/`)) watched.add(source);
  }
  return [...watched].filter((path) => !own.has(path) && !ignored.has(path)).sort();
}

function shortHash(value: YamlValue): string {
  return sha256Hex(canonical(value)).slice(0, 12);
}

/** JSON with the keys of maps in order. */
function canonical(value: YamlValue): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (!isMap(value)) return JSON.stringify(value);
  const keys = Object.keys(value).sort();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canonical(value[key] ?? null)}`).join(",")}}`;
}
function isMap(value: YamlValue): value is YamlMap {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
