import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadInventory } from "../../../engine/inventory/load-inventory.ts";
import { openSiteFiles } from "../../../engine/site/files.ts";
import { loadSite } from "../../../engine/site/load-site.ts";
import {
  compareProblems,
  diskFiles,
  fixtureModules,
  fixtureSites,
  statedProblems,
} from "../../support/site-fixture.ts";

describe("broken sites tell every fault where it stands, and nothing else", () => {
  const broken = readdirSync(fixtureSites).filter((name) => name.startsWith("broken-") && name !== "broken-inventory");

  it.each(broken)("%s", (name) => {
    const root = join(fixtureSites, name);
    const playbooks = readdirSync(join(root, "playbooks")).filter((file) => file.endsWith(".yml"));
    const { diagnostics } = loadSite(diskFiles, {
      root,
      playbooks,
      libraryRoles: join(root, "library"),
      moduleNames: fixtureModules,
    });
    expect(compareProblems(root, diagnostics)).toEqual([]);
    expect(statedProblems(root).length).toBeGreaterThan(4);
  });

  it("broken-inventory", () => {
    const root = join(fixtureSites, "broken-inventory");
    const files = openSiteFiles(diskFiles, root);
    const { diagnostics } = loadInventory(files, {
      sources: [join(root, "inventory")],
      playbookFolders: [join(root, "playbooks")],
    });
    expect(compareProblems(root, diagnostics)).toEqual([]);
  });
});
