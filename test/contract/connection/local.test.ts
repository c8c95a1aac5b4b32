import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openLocal } from "../../../engine/connection/local.ts";
import { testEnvironment } from "../../support/connection-environment.ts";
import { connectionSuite } from "./connection-suite.ts";

connectionSuite("local", { disk: true, shell: true }, async () => {
  const test = testEnvironment();
  const folder = mkdtempSync(join(tmpdir(), "lab-local-"));
  return {
    open: () => openLocal(test.environment)({ name: "controller", connection: "local" }),
    folder,
    remove: () => {
      rmSync(folder, { recursive: true });
      test.remove();
    },
  };
});
