import type { Refusal } from "./plan.ts";
import { refuse } from "./plan.ts";

/** The refusal of a module that makes no folders by itself. */
export function noFolder(folder: string): Refusal {
  return refuse(`the folder ${folder} does not exist`, "make it first, with the module file");
}
