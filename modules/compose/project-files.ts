import { composeEnvText } from "../../engine/formats/compose-env.ts";
import { sha256Hex } from "../../engine/formats/sha256.ts";
import { parseYamlText, type YamlMap, yamlText } from "../../engine/formats/yaml-text.ts";
import type { Ownership, WantedContent } from "../../engine/module/index.ts";
import { Secret } from "../../engine/module/index.ts";
import { openDefinition } from "./definition.ts";
import type { Params } from "./params.ts";

/** One file that the task writes. */
export interface ProjectFile {
  /** Absolute. */
  readonly path: string;
  readonly content: WantedContent;
  /** Of a mode that was not asked for only what a new file gets: who has changed it by hand has a reason. */
  readonly ownership: Ownership;
  readonly hidden: boolean;
}
/** A compose file, as it was written and parsed. */
export interface ComposeFile {
  readonly path: string;
  readonly value: YamlMap;
  /** Where secrets of the site stand in it; `everywhere`: it is the text of a template that has read one. */
  readonly secrets: readonly (readonly string[])[] | "everywhere";
  readonly sexagesimal: readonly string[];
}
export interface ProjectFiles {
  readonly files: readonly ProjectFile[];
  readonly compose: readonly ComposeFile[];
  /** What is wrong with them: at a parameter, or inside of one. */
  readonly trouble: readonly { readonly path: readonly (string | number)[]; readonly message: string }[];
}

export const OVERRIDE = ".lab.override.yaml";
const DEFAULTS = ["compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml"];

/** What the task writes into the project's folder: the compose files, what belongs to them, the variables. */
export function projectFiles(given: Params): ProjectFiles {
  const dir = given.dir ?? "/";
  const trouble: { path: readonly (string | number)[]; message: string }[] = [];
  const files: ProjectFile[] = [];
  const compose: ComposeFile[] = [];
  const add = (inner: string, content: WantedContent, ownership: Ownership, from: readonly string[]): void => {
    const path = `${dir}/${inner}`;
    if (inner === OVERRIDE)
      trouble.push({ path: from, message: `${OVERRIDE} is written by this module: take another name` });
    if (files.some((file) => file.path === path)) trouble.push({ path: from, message: `${inner} is given twice` });
    const hidden = content instanceof Secret;
    files.push({ path, content, hidden, ownership: hidden ? { mode: "0600", ...ownership } : ownership });
  };
  const parse = (inner: string, text: string | Secret, from: readonly string[]): void => {
    const parsed = parseYamlText(text instanceof Secret ? text.reveal() : text);
    const shown = parsed.ok || text instanceof Secret ? "" : `: ${parsed.message}`;
    if (!parsed.ok) {
      const line = parsed.line === null ? "" : `, line ${parsed.line}`;
      trouble.push({ path: from, message: `${inner}${line} is no YAML${shown}` });
    } else if (!isYamlMap(parsed.value)) {
      trouble.push({ path: from, message: `${inner} holds no map: expected a compose file, with services` });
    } else {
      const secrets = text instanceof Secret ? "everywhere" : [];
      compose.push({ path: `${dir}/${inner}`, value: parsed.value, secrets, sexagesimal: parsed.sexagesimal });
    }
  };

  if (given.definition !== undefined) {
    const { value, secrets } = openDefinition(given.definition);
    const text = yamlText(value);
    compose.push({ path: `${dir}/compose.yaml`, value, secrets, sexagesimal: [] });
    add("compose.yaml", secrets.length > 0 ? new Secret(text) : text, {}, ["definition"]);
  } else if (given.template !== undefined) {
    add("compose.yaml", given.template.content, {}, ["template"]);
    parse("compose.yaml", given.template.content, ["template"]);
  } else if (given.src !== undefined) {
    for (const { path, file, mode } of given.src.files) add(path, file, { mode }, ["src"]);
    for (const inner of composeNames(given)) {
      const found = given.src.files.find(({ path }) => path === inner);
      if (found?.file.text !== undefined) parse(inner, found.file.text, ["src"]);
      else {
        const there = found === undefined ? `there is no ${inner} in ${given.src.name}` : `${inner} is no text`;
        trouble.push({ path: given.compose_files === undefined ? ["src"] : ["compose_files"], message: there });
      }
    }
  }
  for (const [inner, { content, template, src, mode, owner, group }] of Object.entries(given.files)) {
    const ownership = {
      ...(mode !== undefined && { mode }),
      ...(owner !== undefined && { owner }),
      ...(group !== undefined && { group }),
    };
    add(inner, content ?? template?.content ?? src ?? "", ownership, ["files", inner]);
  }
  if (given.env !== undefined) {
    const values = Object.entries(given.env).map(([name, value]) => [name, textOf(value)]);
    const text = composeEnvText(Object.fromEntries(values));
    const hidden = Object.values(given.env).some((value) => value instanceof Secret);
    add(".env", hidden ? new Secret(text) : text, { mode: "0600" }, ["env"]);
  }
  return { files, compose, trouble };
}

export function textOf(value: string | Secret): string {
  return value instanceof Secret ? value.reveal() : value;
}

export function digestOf(content: WantedContent): string {
  if (typeof content !== "string" && !(content instanceof Secret)) return content.content.sha256;
  return sha256Hex(textOf(content));
}

/** Unsaid: the first name that Compose itself would look for, and the file that overrides it. */
function composeNames({ compose_files, src }: Params): readonly string[] {
  if (compose_files !== undefined) return compose_files;
  const there = new Set(src?.files.map(({ path }) => path));
  const main = DEFAULTS.find((name) => there.has(name)) ?? "compose.yaml";
  const override = [
    "compose.override.yaml",
    "compose.override.yml",
    "docker-compose.override.yaml",
    "docker-compose.override.yml",
  ];
  return [main, ...override.filter((name) => there.has(name)).slice(0, 1)];
}

function isYamlMap(value: unknown): value is YamlMap {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
