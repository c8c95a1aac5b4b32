import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { openRole } from "../../../engine/cli/find-roles.ts";
import { modules } from "../../../modules/index.ts";
import { roleReadme } from "../../support/role-readme.ts";
import { diskFiles } from "../../support/site-fixture.ts";

const repository = resolve(import.meta.dirname, "../../..");
const roles = readdirSync(join(repository, "roles"));
const open = (name: string) =>
  openRole(
    name,
    { source: diskFiles, root: repository, libraryRoles: join(repository, "roles") },
    modules.map((module) => module.name),
  );

describe("the roles of the library", () => {
  it.each(roles)("%s declares what it takes, and every argument says what it means", (name) => {
    const { role, diagnostics } = open(name);
    expect(diagnostics).toEqual([]);
    const declared = [...(role?.arguments?.entries.get("main")?.declared.values() ?? [])];
    expect(declared.length).toBeGreaterThan(2);
    expect(declared.filter(({ description }) => description === undefined).map((each) => each.name)).toEqual([]);
    expect(role?.meta.description).toBeDefined();
  });

  // `npm run docs` writes the tables anew.
  it.each(roles)("%s: its README.md has the table of its arguments", async (name) => {
    const path = join(repository, "roles", name, "README.md");
    const { role } = open(name);
    if (!role) throw new Error(`there is no role ${name}`);
    const text = roleReadme(role, readFileSync(path, "utf8"));
    expect(text).not.toBeNull();
    await expect(text).toMatchFileSnapshot(path);
  });
});
