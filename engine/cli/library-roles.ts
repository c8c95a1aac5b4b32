import { fileURLToPath } from "node:url";

/** The folder of the roles that ship with lab, as the built program finds it. */
export const libraryRoles = fileURLToPath(new URL("../../../roles", import.meta.url));
