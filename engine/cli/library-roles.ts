import { join } from "node:path";
import { packageFolder } from "./package-folder.ts";

/** The folder of the roles that ship with lab, as the built program finds it. */
export const libraryRoles = join(packageFolder, "roles");
