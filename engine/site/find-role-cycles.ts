import type { Report } from "./expect.ts";
import type { Role } from "./site.ts";

/** Roles that depend on themselves, each circle reported once, at the dependency that closes it. */
export function findRoleCycles(roles: ReadonlyMap<string, Role>, report: Report): void {
  const done = new Set<string>();
  const visit = (role: Role, chain: readonly string[]): void => {
    for (const use of role.dependencies) {
      const names = [...chain, role.name];
      const start = names.indexOf(use.role);
      if (start >= 0) {
        const circle = [...names.slice(start), use.role].join(" → ");
        const hint = "take one of these dependencies out";
        report({
          code: "role-cycle",
          message: `roles depend on each other in a circle: ${circle}`,
          place: use.place,
          hint,
        });
        continue;
      }
      const next = roles.get(use.role);
      if (next && !done.has(next.name)) visit(next, names);
    }
    done.add(role.name);
  };
  for (const role of roles.values()) if (!done.has(role.name)) visit(role, []);
}
