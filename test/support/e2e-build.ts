import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    /** The folder of an installed `lab`: bin/, dist/, roles/, playbooks/. */
    readonly lab: string;
  }
}

/**
 * Installs the command once for all end-to-end tests, built from the sources as they are now: the repository's own
 * `dist/` may be older, or be written by somebody else at this moment.
 */
export default function buildLab(project: TestProject): () => void {
  const repository = resolve(import.meta.dirname, "../..");
  const folder = mkdtempSync(join(tmpdir(), "lab-installed-"));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  for (const name of ["bin", "roles", "playbooks", "package.json"]) {
    cpSync(join(repository, name), join(folder, name), { recursive: true });
  }
  symlinkSync(join(repository, "node_modules"), join(folder, "node_modules"));
  try {
    execFileSync(process.execPath, [join(repository, "build/bundle.mjs"), join(folder, "dist")], {
      stdio: ["ignore", "inherit", "inherit"],
    });
  } catch (error) {
    remove();
    throw error;
  }
  project.provide("lab", folder);
  return remove;
}
