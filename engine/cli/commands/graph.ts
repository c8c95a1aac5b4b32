import { resolve } from "node:path";
import type { Diagnostic } from "../../errors/diagnostic.ts";
import { isError } from "../../errors/is-error.ts";
import type { LabPicture } from "../../picture/picture.ts";
import { pictureInventory } from "../../picture/picture-inventory.ts";
import { pictureRoles } from "../../picture/picture-roles.ts";
import { renderMermaid } from "../../picture/render-mermaid.ts";
import { renderSvg } from "../../picture/render-svg.ts";
import { findRoot } from "../../site/files.ts";
import { complain } from "../complain.ts";
import { diskFiles } from "../disk-files.ts";
import { declareLab, drawLab } from "../draw-lab.ts";
import { exitCodes } from "../exit-codes.ts";
import { libraryRoles } from "../library-roles.ts";
import { type Call, type CallOptions, loadCall } from "../load-call.ts";
import { loadSiteModules } from "../site-modules.ts";
import { checkReportPath, writeReport } from "../write-report.ts";

export interface GraphOptions extends Pick<CallOptions, "inventory" | "limit" | "extraVars"> {
  readonly of: "lab" | "inventory" | "roles";
  readonly format?: Format;
  readonly output?: string;
}
type Format = "svg" | "mermaid" | "json";

/** `lab graph`: load → picture → text. */
export async function graph(playbooks: readonly string[], options: GraphOptions): Promise<number> {
  const folder = process.cwd();
  const named = playbooks.length > 0 ? playbooks : ["site.yml"];
  const own = await loadSiteModules(findRoot(diskFiles, folder));
  const loaded = await loadCall({ source: diskFiles, folder, playbooks: named, ...own, libraryRoles, options });
  const output = options.output === undefined ? undefined : resolve(folder, options.output);
  const diagnostics = [...loaded.diagnostics, ...(output === undefined ? [] : checkReportPath(output, "--output"))];
  if (!loaded.call || diagnostics.some(isError)) {
    complain(diagnostics, loaded.files);
    return exitCodes.wrong;
  }
  const picture = pictureOf(loaded.call, options.of, named);
  if (picture.notes.length > 0) complain(picture.notes.map(asWarning), loaded.files);
  const text = rendered(picture, options.format ?? formatOf(options.output));
  if (output === undefined) process.stdout.write(text);
  else writeReport(output, text);
  return exitCodes.done;
}

function pictureOf(call: Call, of: GraphOptions["of"], playbooks: readonly string[]): LabPicture {
  if (of === "inventory") return pictureInventory(call.inventory);
  if (of === "roles") return pictureRoles(call.site);
  return drawLab(`The lab of ${playbooks.join(", ")}`, declareLab(call));
}

function rendered(picture: LabPicture, format: Format): string {
  if (format === "mermaid") return renderMermaid(picture);
  return format === "json" ? `${JSON.stringify(picture, null, 2)}\n` : renderSvg(picture, { alone: true });
}

function formatOf(file: string | undefined): Format {
  if (file === undefined) return "svg";
  return /\.(mmd|mermaid|md)$/.test(file) ? "mermaid" : file.endsWith(".json") ? "json" : "svg";
}

function asWarning(message: string): Diagnostic {
  return { code: "picture-incomplete", severity: "warning", message };
}
