import { dirname, join } from "node:path";
import { nearest } from "../text/nearest.ts";
import { isInside } from "./files.ts";
import type { LoadContext, RoleRequest } from "./load-context.ts";

export interface RoleFolders {
  /** Absolute, in the order of search. */
  readonly rolesPath: readonly string[];
  /** The roles that ship with lab. */
  readonly libraryRoles: string;
}

/** The absolute folder of a role: beside the playbook, in the site, in npm packages, in the library. */
export function resolveRole(request: RoleRequest, folders: RoleFolders, context: LoadContext): string | undefined {
  const { files, report } = context;
  const { name, place } = request;
  if (!/^(@[a-z0-9][\w.-]*\/)?[A-Za-z0-9_][\w.-]*(\/[A-Za-z0-9_][\w.-]*)?$/.test(name)) {
    report({
      code: "bad-name",
      message: `\`${name}\` cannot be the name of a role`,
      place,
      hint: "write NAME, package/NAME or @scope/package/NAME",
    });
    return undefined;
  }
  const own = [...new Set([join(request.playbookFolder, "roles"), ...folders.rolesPath])];
  const slash = name.lastIndexOf("/");
  const ofPackage =
    slash < 0
      ? []
      : packageFolders(files.root, name.slice(0, slash)).flatMap((folder) => [join(folder, "roles"), folder]);
  const bare = name.slice(slash + 1);
  const candidates = [
    ...own.map((folder) => join(folder, name)),
    ...ofPackage.map((folder) => join(folder, bare)),
    join(folders.libraryRoles, name),
  ];
  const found = candidates.find((folder) => isRole(folder, context));
  if (found !== undefined) {
    // A folder named by the settings may lie anywhere; a symlink in it that leads out of it may not.
    const home = own.find((folder) => found.startsWith(`${folder}/`));
    if (home !== undefined && ![home, files.root].some((folder) => isInside(files, folder, found))) {
      report({
        code: "outside-site",
        message: `role ${name} lies outside of the site`,
        place,
        hint: `in ${files.realPath(found) ?? found}: link nothing from outside, install it as an npm package`,
      });
      return undefined;
    }
    return found;
  }
  const near = [...own, ...ofPackage, folders.libraryRoles].flatMap((folder) => files.list(folder) ?? []);
  const guess = nearest(bare, near);
  const empty = candidates.find((folder) => files.kind(folder) === "folder");
  if (empty !== undefined) {
    const message = `${files.show(empty)} is no role: it has no tasks, handlers, defaults, vars or meta`;
    report({ code: "unknown-role", message, place, hint: "put its tasks into tasks/main.yml" });
    return undefined;
  }
  const searched = [
    ...own.map(files.show),
    ...(slash < 0 ? [] : [`node_modules/${name.slice(0, slash)}`]),
    "the library",
  ];
  const hint =
    guess === undefined ? `looked in ${searched.join(", ")}` : `did you mean ${name.slice(0, slash + 1)}${guess}?`;
  report({ code: "unknown-role", message: `there is no role ${name}`, place, hint });
  return undefined;
}

function isRole(folder: string, { files }: LoadContext): boolean {
  return ["tasks", "handlers", "defaults", "vars", "meta"].some((part) => files.kind(join(folder, part)) === "folder");
}

/** `node_modules/PACKAGE` of a folder and of all above it, as Node looks for packages. */
function packageFolders(folder: string, name: string): readonly string[] {
  const here = join(folder, "node_modules", name);
  return folder === dirname(folder) ? [here] : [here, ...packageFolders(dirname(folder), name)];
}
