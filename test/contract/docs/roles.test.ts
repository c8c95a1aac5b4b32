import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { openRole } from "../../../engine/cli/find-roles.ts";
import { modules } from "../../support/all-modules.ts";
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
    expect(declared.length).toBeGreaterThan(0);
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

  it.each(roles)(
    "%s runs a command only where it says when it is needless, and names each in its README.md",
    (name) => {
      const readme = readFileSync(join(repository, "roles", name, "README.md"), "utf8");
      const commands = readme.split(/^## /m).find((part) => part.startsWith("Commands\n")) ?? "";
      for (const task of commandsOf(join(repository, "roles", name))) {
        expect(task.needless, `${name}: ${task.name} has neither creates, removes nor unless`).toBe(true);
        expect(commands, `${name}: ## Commands, of the task ${task.name}`).toContain(task.program);
      }
    },
  );

  it.each(roles)("%s has what a role has: a test, something that verifies it, and an example", (name) => {
    const folder = join(repository, "roles", name);
    expect(existsSync(join(folder, "tasks", "verify.yml"))).toBe(true);
    expect(readFileSync(join(folder, "README.md"), "utf8")).toMatch(/```yaml/);
  });
});

interface Command {
  readonly name: string;
  /** The first word of what is run. */
  readonly program: string;
  readonly needless: boolean;
}

/** Tasks of a role that run a command which is not known to read only. */
function commandsOf(folder: string): readonly Command[] {
  return ["tasks", "handlers"]
    .flatMap((part) =>
      existsSync(join(folder, part)) ? readdirSync(join(folder, part)).map((file) => join(folder, part, file)) : [],
    )
    .filter((path) => path.endsWith(".yml"))
    .flatMap((path) => parseAllDocuments(readFileSync(path, "utf8"), { logLevel: "silent" }))
    .flatMap((document) => tasksIn(document.toJS()));
}

function tasksIn(value: unknown): readonly Command[] {
  if (Array.isArray(value)) return value.flatMap(tasksIn);
  if (!isRecord(value)) return [];
  const inner = ["block", "rescue", "always"].flatMap((part) => tasksIn(value[part]));
  const called = value.command ?? value.shell;
  if (called === undefined || value.reads === true) return inner;
  const words = isRecord(called) ? Object.keys(called) : [];
  const needless = words.some((word) => /^(creates|removes|unless)$/.test(word));
  return [...inner, { name: String(value.name), program: programOf(called), needless }];
}

/** Of `argv` as a list or an expression, or of a text: its first word. */
function programOf(called: unknown): string {
  const given = isRecord(called) ? (called.argv ?? called.cmd) : called;
  const first = Array.isArray(given) ? String(given[0]) : String(given);
  return /[\w./-]+/.exec(first)?.[0] ?? first;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
