import type { Diagnostic } from "../../errors/diagnostic.ts";
import { formatDiagnostics } from "../../errors/format-diagnostic.ts";
import { isError } from "../../errors/is-error.ts";
import { sarif } from "../../report/sarif.ts";
import { findRoot } from "../../site/files.ts";
import { plural } from "../../text/plural.ts";
import { checkWhole, type WholeCheck } from "../check-whole.ts";
import { moreAbout } from "../complain.ts";
import { diskFiles } from "../disk-files.ts";
import { readErrorPages } from "../error-pages.ts";
import { exitCodes } from "../exit-codes.ts";
import { libraryRoles } from "../library-roles.ts";
import type { CallOptions } from "../load-call.ts";
import { wantsColourOn } from "../open-reporter.ts";
import { loadSiteModules } from "../site-modules.ts";
import { version } from "../version.ts";

export interface CheckOptions extends Pick<CallOptions, "inventory" | "extraVars"> {
  readonly strict?: boolean;
  readonly format: "tty" | "json" | "sarif";
}

/** `lab check` */
export async function check(playbooks: readonly string[], options: CheckOptions): Promise<number> {
  const folder = process.cwd();
  const own = await loadSiteModules(findRoot(diskFiles, folder));
  const checked = await checkWhole({ source: diskFiles, folder, playbooks, ...own, libraryRoles, options });
  process.stdout.write(shown(checked, options.format));
  const bad = options.strict ? checked.diagnostics.length > 0 : checked.diagnostics.some(isError);
  return bad ? exitCodes.wrong : exitCodes.done;
}

function shown(checked: WholeCheck, format: CheckOptions["format"]): string {
  if (format === "json") return `${JSON.stringify(asJson(checked), null, 2)}\n`;
  if (format === "sarif") {
    const pages = readErrorPages();
    const { diagnostics } = checked;
    const report = sarif({ diagnostics, version: version(), helpUri, rule: (code) => pages.get(code) });
    return `${JSON.stringify(report, null, 2)}\n`;
  }
  const looked = `${plural(checked.playbooks.length, "playbook")}, ${plural(checked.files, "file")}`;
  if (checked.diagnostics.length === 0) return `${looked}: nothing is wrong\n`;
  const look = {
    source: checked.source,
    colour: wantsColourOn(process.stdout),
    width: process.stdout.columns ?? 80,
  };
  return `${formatDiagnostics(checked.diagnostics, look)} in ${looked}\n${moreAbout(checked.diagnostics)}\n`;
}

/** The pages of the codes, as the published package of this version holds them. */
const helpUri = `https://unpkg.com/labplay@${version()}/docs/errors`;

function asJson({ diagnostics, files, playbooks }: WholeCheck): unknown {
  const errors = diagnostics.filter(isError).length;
  return {
    v: 1,
    playbooks,
    files,
    errors,
    warnings: diagnostics.length - errors,
    diagnostics: diagnostics.map((diagnostic: Diagnostic) => ({ severity: "error", ...diagnostic })),
  };
}
