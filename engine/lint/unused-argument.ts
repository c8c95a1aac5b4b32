import { join } from "node:path";
import type { Diagnostic } from "../errors/diagnostic.ts";
import type { SiteFiles } from "../site/files.ts";
import type { LintRequest } from "./lint.ts";

/** An argument of a role that nothing in the role reads: whoever gives it believes in vain that it does something. */
export function* unusedArgument({ runs }: LintRequest): Iterable<Diagnostic> {
  const told = new Set<string>();
  for (const { site, files } of runs) {
    for (const role of site.roles.values()) {
      if (!role.arguments || told.has(role.folder)) continue;
      told.add(role.folder);
      const words = wordsOf(role.folder, files);
      for (const { declared } of role.arguments.entries.values()) {
        for (const { name, place, deprecated } of declared.values()) {
          // One that does nothing any more may still be given.
          if (words.has(name) || deprecated !== undefined) continue;
          const message = `nothing in role ${role.name} reads its argument \`${name}\``;
          yield { code: "unused-argument", message, place, hint: "is its name mistyped, here or where it is read?" };
        }
      }
    }
  }
}

/** Every word in the role's files: names may stand in conditions, templates, and arguments of roles that it uses. */
function wordsOf(folder: string, files: SiteFiles): ReadonlySet<string> {
  const words = new Set<string>();
  const walk = (at: string): void => {
    for (const name of files.list(at) ?? []) {
      const path = join(at, name);
      if (files.kind(path) === "folder") walk(path);
      else if (path !== join(folder, "meta", name) || name.startsWith("main."))
        for (const [word] of (files.read(path) ?? "").matchAll(/\w+/g)) words.add(word);
    }
  };
  for (const part of ["tasks", "handlers", "templates", "vars", "defaults", "meta"]) walk(join(folder, part));
  return words;
}
