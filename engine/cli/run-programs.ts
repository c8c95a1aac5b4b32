import { type HereAnswer, runHere } from "../connection/run-here.ts";
import type { Diagnostic } from "../errors/diagnostic.ts";
import { hostsToAskFor, type ProgramAnswer } from "../inventory/read-program.ts";
import type { SiteFiles } from "../site/files.ts";

export interface ProgramsAnswer {
  readonly printed: ReadonlyMap<string, ProgramAnswer>;
  readonly diagnostics: readonly Diagnostic[];
}

const timeoutMs = 60_000;
const maxBytes = 16 * 1024 * 1024;
/** Each may be an interpreter that takes its time to start. */
const atOnce = 4;

/**
 * Runs the programs of an inventory: with `--list`, and where that does not tell the variables of hosts, once more for
 * each host. One that fails is an error, never an inventory without hosts.
 */
export async function runPrograms(paths: readonly string[], files: SiteFiles, folder: string): Promise<ProgramsAnswer> {
  const diagnostics: Diagnostic[] = [];
  const printed = new Map<string, ProgramAnswer>();
  await Promise.all(
    paths.map(async (path) => {
      const shown = files.show(path);
      const ask = async (...args: readonly string[]): Promise<string | null> => {
        const answer = await runHere(path, args, { folder, timeoutMs, maxBytes, end: endGroup });
        const found = faultOf(answer, [shown, ...args].join(" "), shown);
        if (found !== null) diagnostics.push(found);
        return found === null || found.severity === "warning" ? answer.stdout : null;
      };
      const list = await ask("--list");
      if (list === null) return;
      const hostVars = new Map<string, string>();
      const left = [...hostsToAskFor(list)];
      const worker = async (): Promise<void> => {
        for (let host = left.shift(); host !== undefined; host = left.shift()) {
          const vars = await ask("--host", host);
          // One that fails most likely fails for all of them.
          if (vars === null) left.length = 0;
          else hostVars.set(host, vars);
        }
      };
      await Promise.all(Array.from({ length: atOnce }, worker));
      printed.set(path, { list, hostVars });
    }),
  );
  // In the order of the files, whoever was first.
  const inOrder = paths.flatMap((path): [string, ProgramAnswer][] => {
    const answer = printed.get(path);
    return answer === undefined ? [] : [[path, answer]];
  });
  return { printed: new Map(inOrder), diagnostics };
}

function endGroup(group: number): void {
  try {
    process.kill(-group, "SIGKILL");
  } catch {
    // It has ended by itself meanwhile.
  }
}

function faultOf({ code, stderr, trouble }: HereAnswer, call: string, file: string): Diagnostic | null {
  const said = stderr.trim().split("\n").slice(-5).join("\n").slice(0, 1000);
  const place = { file, line: 1, column: 1 };
  if (trouble === undefined && code === 0) {
    if (said === "") return null;
    const message = `${call} says: ${said}`;
    return { code: "inventory-program-says", severity: "warning", message, place };
  }
  const why = trouble ?? (code === null ? "it was ended by a signal" : `it ended with status ${code}`);
  return {
    code: "inventory-program-failed",
    message: `the hosts of ${file} are not known: ${call}: ${why}`,
    place,
    hint: said === "" ? "it says nothing on stderr; run it by hand" : `it says: ${said}`,
  };
}
