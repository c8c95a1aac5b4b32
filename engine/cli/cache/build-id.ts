import { statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { version } from "../version.ts";

/**
 * Another one for each build of lab, since what one build has found out says nothing about what another one would. Every
 * build writes all of its files anew, this one too. Undefined where lab runs from its sources, which change one by one.
 */
export function buildId(): string | undefined {
  const self = fileURLToPath(import.meta.url);
  if (self.endsWith(".ts")) return undefined;
  const { dev, ino, size, mtimeMs, ctimeMs } = statSync(self);
  return [version(), process.version, self, dev, ino, size, mtimeMs, ctimeMs].join(" ");
}
