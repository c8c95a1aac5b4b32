import { readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import type { Diagnostic } from "../../engine/errors/diagnostic.ts";
import type { FileSource } from "../../engine/site/files.ts";

/** Modules that the fixtures use; which parameters they take is no matter here. */
export const fixtureModules = [
  "assert",
  "command",
  "copy",
  "cron",
  "debug",
  "fail",
  "file",
  "line",
  "package",
  "service",
  "set_fact",
  "shell",
  "sysctl",
  "template",
];

export const fixtureSites = resolve(import.meta.dirname, "../fixtures/sites");

/** The real file system. */
export const diskFiles: FileSource = {
  kind(path) {
    const stats = statSync(path, { throwIfNoEntry: false });
    return stats === undefined ? undefined : stats.isFile() ? "file" : stats.isDirectory() ? "folder" : "other";
  },
  list: (folder) => (diskFiles.kind(folder) === "folder" ? readdirSync(folder) : undefined),
  bytes: (path) => (diskFiles.kind(path) === "file" ? readFileSync(path) : undefined),
  realPath: (path) => (diskFiles.kind(path) === undefined ? undefined : realpathSync(path)),
};

/** A file system that holds just these texts, by absolute path. */
export function textFiles(texts: Readonly<Record<string, string>>): FileSource {
  const folders = new Map<string, Set<string>>();
  for (const path of Object.keys(texts)) {
    for (let at = path; at !== "/"; at = dirname(at)) {
      const names = folders.get(dirname(at)) ?? new Set();
      folders.set(dirname(at), names.add(at.slice(dirname(at).length).replace(/^\//, "")));
    }
  }
  const kind: FileSource["kind"] = (path) =>
    texts[path] !== undefined ? "file" : folders.has(path) ? "folder" : undefined;
  return {
    kind,
    list: (folder) => (folders.has(folder) ? [...(folders.get(folder) ?? [])] : undefined),
    bytes: (path) => (texts[path] === undefined ? undefined : new TextEncoder().encode(texts[path])),
    realPath: (path) => (kind(path) === undefined ? undefined : path),
  };
}

/** A problem in one line: `file:line: ERROR code`, and `@column` where `columns` names the line. */
interface Stated {
  readonly file: string;
  readonly line: number;
  readonly column: number | undefined;
  readonly severity: string;
  readonly code: string;
  readonly text: string;
}

/**
 * What the files of a fixture say is wrong with them: `# ERROR code: text` or `# WARNING code: text` at the end of the
 * offending line, `# ERROR@7 …` with its column. `text` is in the message or hint.
 */
export function statedProblems(folder: string): readonly Stated[] {
  return yamlFilesIn(folder).flatMap((path) =>
    readFileSync(path, "utf8")
      .split(/\r?\n/)
      .flatMap((text, index) =>
        [...text.matchAll(/# (ERROR|WARNING)(?:@(\d+))? ([\w-]+)(?:: ([^#]*))?/g)].map(
          (match): Stated => ({
            file: relative(folder, path),
            line: index + 1,
            column: match[2] === undefined ? undefined : Number(match[2]),
            severity: (match[1] ?? "").toLowerCase(),
            code: match[3] ?? "",
            text: (match[4] ?? "").trim(),
          }),
        ),
      ),
  );
}

/** What was stated and not found, and what was found and not stated. Empty when a fixture behaves as it says. */
export function compareProblems(folder: string, found: readonly Diagnostic[]): readonly string[] {
  const left = [...found];
  const missing = statedProblems(folder).flatMap((stated) => {
    const at = left.findIndex((diagnostic) => agrees(diagnostic, stated));
    if (at >= 0) left.splice(at, 1);
    const column = stated.column === undefined ? "" : `:${stated.column}`;
    return at >= 0
      ? []
      : [`missing: ${stated.file}:${stated.line}${column} ${stated.severity} ${stated.code}: ${stated.text}`];
  });
  return [
    ...missing,
    ...left.map(({ code, message, place, hint, severity }) => {
      const where = place === undefined ? "nowhere" : `${place.file}:${place.line}:${place.column}`;
      return `not stated: ${where} ${severity ?? "error"} ${code}: ${message} (${hint ?? ""})`;
    }),
  ];
}

function agrees({ code, message, place, hint, severity }: Diagnostic, stated: Stated): boolean {
  return (
    code === stated.code &&
    (severity ?? "error") === stated.severity &&
    place?.file === stated.file &&
    place.line === stated.line &&
    (stated.column === undefined || place.column === stated.column) &&
    `${message}\n${hint ?? ""}`.includes(stated.text)
  );
}

function yamlFilesIn(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? yamlFilesIn(path) : /\.(ya?ml|ini)$/.test(entry.name) ? [path] : [];
  });
}
