import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { openLab } from "../../../engine/sim/sandbox/open-lab.ts";
import { connectionSuite } from "../connection/connection-suite.ts";

const folder = mkdtempSync(join(tmpdir(), "lab-sim-"));
afterAll(() => rmSync(folder, { recursive: true }));

connectionSuite("lab", {}, async () => {
  const lab = openLab(folder, { pid: process.pid, alive: () => true });
  return { open: () => lab.open({ name: "pve1", connection: "lab" }), folder: "/tmp" };
});
connectionSuite("lab as a user", {}, async () => {
  const lab = openLab(join(folder, "another"), { pid: process.pid, alive: () => true });
  return { open: () => lab.open({ name: "pve1", connection: "lab", user: "ada" }), folder: "/home/ada" };
});
