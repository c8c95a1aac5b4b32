import { join } from "node:path";
import { createDriftReporter } from "../../report/drift.ts";
import { findRoot } from "../../site/files.ts";
import { complain } from "../complain.ts";
import { diskFiles } from "../disk-files.ts";
import { exitCodes } from "../exit-codes.ts";
import type { PlayOptions } from "../run-call.ts";
import { wantsColourOn } from "../wants-colour-on.ts";
import { play } from "./play.ts";

/** `lab drift`: a check that tells only what differs, and ends with 3 if anything does. */
export async function drift(playbooks: readonly string[], options: PlayOptions): Promise<number> {
  const wanted = playbooks.length > 0 ? playbooks : usualPlaybook();
  if (wanted === null) return exitCodes.wrong;
  const asked = { ...options, check: true, exitCode: true };
  return play(wanted, asked, {
    ...(options.format === undefined && {
      reporter: (call) =>
        createDriftReporter(process.stdout, {
          colour: wantsColourOn(process.stdout),
          diff: true,
          profile: false,
          verbosity: options.verbose,
          source: (file) => call.files.source(file),
        }),
    }),
  });
}

/** site.yml, where a site says all that holds. Null, and told why, where there is none. */
function usualPlaybook(): readonly string[] | null {
  const root = findRoot(diskFiles, process.cwd());
  const candidates = [process.cwd(), root, join(root, "playbooks")];
  if (candidates.some((folder) => diskFiles.kind(join(folder, "site.yml")) === "file")) return ["site.yml"];
  const there = (diskFiles.list(join(root, "playbooks")) ?? []).filter((name) => /\.ya?ml$/.test(name)).sort();
  const hint = there.length === 0 ? "name the playbook" : `name what is to be looked at: lab drift ${there.join(" ")}`;
  complain([{ code: "missing-playbook", message: "there is no site.yml", hint }], { source: () => undefined });
  return null;
}
