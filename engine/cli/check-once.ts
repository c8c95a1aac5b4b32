import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Diagnostic } from "../errors/diagnostic.ts";
import { findRoot } from "../site/files.ts";
import { buildId } from "./cache/build-id.ts";
import { openCacheFolder } from "./cache/cache-folder.ts";
import { keepVerdict, recallVerdict, type Verdict, verdictName } from "./cache/verdicts.ts";
import { diskFiles } from "./disk-files.ts";
import { isModuleFile } from "./is-module-file.ts";
import { libraryRoles } from "./library-roles.ts";
import type { CallOptions } from "./load-call.ts";

export interface CheckResult extends Omit<Verdict, "shown"> {
  source(file: string): string | undefined;
  /** Nothing was checked: an earlier check had found it. */
  readonly recalled: boolean;
}

/**
 * A check of the site around a folder; or what an earlier one has found, where all that it saw is as it was. What checks is
 * loaded only if it is needed.
 */
export async function checkOnce(
  folder: string,
  playbooks: readonly string[],
  options: Pick<CallOptions, "inventory" | "extraVars">,
  ofBuild = buildId(),
): Promise<CheckResult> {
  const root = findRoot(diskFiles, folder);
  // Variables of the command line may be secrets, and a diagnostic may quote them.
  const build = (options.extraVars ?? []).length === 0 ? ofBuild : undefined;
  const cache = build === undefined ? null : openCacheFolder("checks");
  const name = verdictName([build, libraryRoles, folder, playbooks, options.inventory ?? null]);
  const known = cache && recallVerdict(cache, name);
  if (known) {
    return { ...known, recalled: true, source: readingTexts(root, known.shown) };
  }
  const sinceMs = Date.now();
  const { checkWhole } = await import("./check-whole.ts");
  const { loadSiteModules } = await import("./site-modules.ts");
  const own = await loadSiteModules(root);
  const checked = await checkWhole({ source: diskFiles, folder, playbooks, ...own, libraryRoles, options });
  const { diagnostics, files, playbooks: all } = checked;
  const shown = [...new Set(diagnostics.flatMap(filesOf))].filter((file) => checked.source(file) !== undefined);
  // What a module of the site has read while it was loaded nobody knows.
  const programs = (checked.seen.list(join(root, "modules")) ?? []).some(isModuleFile);
  if (cache && !programs)
    keepVerdict(cache, name, { diagnostics, files, playbooks: all, shown }, checked.seen, sinceMs);
  return { ...checked, recalled: false };
}

/** Texts as they are read of a site: each once, and without a byte order mark. */
function readingTexts(root: string, files: readonly string[]): (file: string) => string | undefined {
  const decoder = new TextDecoder("utf-8");
  const texts = new Map<string, string>();
  return (file) => {
    if (!files.includes(file)) return undefined;
    const text = texts.get(file) ?? decoder.decode(readFileSync(resolve(root, file)));
    texts.set(file, text);
    return text;
  };
}

function filesOf({ place, related = [] }: Diagnostic): readonly string[] {
  return [place, ...related.map((each) => each.place)].flatMap((each) => (each ? [each.file] : []));
}
