import type { Diagnostic } from "../errors/diagnostic.ts";
import { becomeUserAlone } from "./become-user-alone.ts";
import { betterModule } from "./better-module.ts";
import { constantCondition } from "./constant-condition.ts";
import { couldRead } from "./could-read.ts";
import { duplicateHandler } from "./duplicate-handler.ts";
import { inSite, type Lint, type LintRequest } from "./lint.ts";
import { missingName } from "./missing-name.ts";
import { needlessShell } from "./needless-shell.ts";
import { plainPassword } from "./plain-password.ts";
import { shadowedVariable } from "./shadowed-variable.ts";
import { unusedArgument } from "./unused-argument.ts";
import { unusedFile } from "./unused-file.ts";
import { unusedHandler } from "./unused-handler.ts";
import { unusedRole } from "./unused-role.ts";
import { unusedVariable } from "./unused-variable.ts";

/** In no order that matters: what they find is sorted by its place. */
const lints: readonly Lint[] = [
  becomeUserAlone,
  betterModule,
  constantCondition,
  couldRead,
  duplicateHandler,
  missingName,
  needlessShell,
  plainPassword,
  shadowedVariable,
  unusedArgument,
  unusedFile,
  unusedHandler,
  unusedRole,
  unusedVariable,
];

/** What is most likely not meant, all of it warnings. */
export function lintSite(request: LintRequest): readonly Diagnostic[] {
  return lints
    .flatMap((lint) => [...lint(request)])
    .filter(({ place }) => place === undefined || inSite(place))
    .map((diagnostic) => ({ ...diagnostic, severity: "warning" }));
}
