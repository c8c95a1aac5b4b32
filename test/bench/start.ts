import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { succeeded } from "./contenders/contender.ts";
import { labEnvironment } from "./contenders/lab.ts";
import type { Series } from "./figures.ts";
import { interleave, type Measured } from "./interleave.ts";
import type { Options } from "./options.ts";
import { syntheticSite } from "./synthetic-site.ts";
import type { TimedRun } from "./timed-process.ts";

/** How long it takes until something is done, beside a bare start of node. */
export async function benchStart(options: Options, say: (text: string) => void): Promise<readonly Series[]> {
  const folder = mkdtempSync(join(tmpdir(), "lab-bench-start-"));
  try {
    const [home, site] = [join(folder, "home"), join(folder, "site")];
    mkdirSync(home);
    const files = syntheticSite(200);
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(site, path)), { recursive: true });
      writeFileSync(join(site, path), text);
    }
    const check = (run: TimedRun): undefined => void succeeded(run, "lab");
    const lab = (name: string, ...words: readonly string[]): Measured => ({
      name,
      command: {
        argv: [process.execPath, join(options.lab, "bin/lab.js"), ...words],
        cwd: site,
        env: labEnvironment(home),
      },
      check,
    });
    say(`start-up, and a site of ${Object.keys(files).length} files`);
    return await interleave(
      [
        { name: "node -e 0", command: { argv: [process.execPath, "-e", "0"] } },
        lab("lab --version", "--version"),
        lab("lab inventory list", "inventory", "list"),
        lab("lab check, nothing changed since", "check"),
        {
          ...lab("lab check, one file edited", "check"),
          before: () => appendFileSync(join(site, "roles/role_003/tasks/main.yml"), "# edited\n"),
        },
        lab("lab play --list-tasks", "play", "play0.yml", "--list-tasks"),
        {
          ...lab("lab check, nothing remembered", "check"),
          before: () => rmSync(join(home, ".cache"), { recursive: true, force: true }),
        },
      ],
      // They take little: more of them, for a median that holds still.
      { runs: options.runs * 3, limitMs: options.limitMs, say },
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
