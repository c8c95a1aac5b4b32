import { dirname, join, resolve } from "node:path";
import type { Place } from "../errors/diagnostic.ts";
import type { LocalDest } from "../module/params.ts";
import { isInside, type SiteFiles } from "../site/files.ts";
import type { Parsed } from "../value/expression.ts";
import type { Context } from "./task.ts";

/**
 * Where a task writes on the controller. A relative path stays in the site, whatever variables (and with them names that
 * hosts gave themselves) were put into it, and whatever links stand on the way; an absolute one is the author's word.
 */
export function findLocalDest(
  files: SiteFiles,
  name: string,
  host: string,
  context: Context,
  place: Place,
): Parsed<LocalDest> {
  const complain = (code: string, message: string, hint?: string): Parsed<LocalDest> => ({
    ok: false,
    diagnostics: [{ code, message, place, ...(hint !== undefined && { hint }) }],
  });
  if (name === "" || name.includes("\0"))
    return complain("no-file", "expected a path on this machine, got an empty one");
  if (name.split("/").includes(".."))
    return complain("outside-site", `\`${name}\` must not hold \`..\``, "say where it leads, or give an absolute path");
  const path = name.startsWith("/") ? resolve(name) : join(context.playbookFolder, name);
  if (!name.startsWith("/")) {
    let there = path;
    while (files.kind(there) === undefined && there !== dirname(there)) there = dirname(there);
    if (!isInside(files, files.root, there) && !isInside(files, context.playbookFolder, there)) {
      return complain("outside-site", `\`${name}\` leads out of the site by a link`, "give an absolute path instead");
    }
  }
  return { ok: true, value: { kind: "local-dest", name, path: path.replace(/(.)\/+$/, "$1"), host } };
}
