import { treeAttributes } from "./tree-attributes.ts";

/** The named scripts: constant texts for work over a whole tree. Their data comes through argv and stdin alone. */
export const namedScripts: ReadonlyMap<string, string> = new Map([["tree-attributes", treeAttributes]]);
