import type { Diagnostic } from "../../errors/diagnostic.ts";
import { isError } from "../../errors/is-error.ts";
import { plural } from "../../text/plural.ts";
import { type CheckResult, checkOnce } from "../check-once.ts";
import { exitCodes } from "../exit-codes.ts";
import type { CallOptions } from "../load-call.ts";
import { version } from "../version.ts";

export interface CheckOptions extends Pick<CallOptions, "inventory" | "extraVars"> {
  readonly strict?: boolean;
  readonly format: "tty" | "json" | "sarif";
}

/** `lab check` */
export async function check(playbooks: readonly string[], options: CheckOptions): Promise<number> {
  const checked = await checkOnce(process.cwd(), playbooks, options);
  process.stdout.write(await shown(checked, options.format));
  const bad = options.strict ? checked.diagnostics.length > 0 : checked.diagnostics.some(isError);
  return bad ? exitCodes.wrong : exitCodes.done;
}

async function shown(checked: CheckResult, format: CheckOptions["format"]): Promise<string> {
  if (format === "json") return `${JSON.stringify(asJson(checked), null, 2)}\n`;
  if (format === "sarif") {
    const { readErrorPages } = await import("../error-pages.ts");
    const { sarif } = await import("../../report/sarif.ts");
    const pages = readErrorPages();
    const { diagnostics } = checked;
    const report = sarif({ diagnostics, version: version(), helpUri, rule: (code) => pages.get(code) });
    return `${JSON.stringify(report, null, 2)}\n`;
  }
  const looked = `${plural(checked.playbooks.length, "playbook")}, ${plural(checked.files, "file")}`;
  if (checked.diagnostics.length === 0) return `${looked}: nothing is wrong\n`;
  const { formatDiagnostics } = await import("../../errors/format-diagnostic.ts");
  const { moreAbout } = await import("../complain.ts");
  const { wantsColourOn } = await import("../wants-colour-on.ts");
  const look = {
    source: checked.source,
    colour: wantsColourOn(process.stdout),
    width: process.stdout.columns ?? 80,
  };
  return `${formatDiagnostics(checked.diagnostics, look)} in ${looked}\n${moreAbout(checked.diagnostics)}\n`;
}

/** The pages of the codes, as the published package of this version holds them. */
const helpUri = `https://unpkg.com/labplay@${version()}/docs/errors`;

function asJson({ diagnostics, files, playbooks }: CheckResult): unknown {
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
