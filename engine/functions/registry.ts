import { codecFunctions } from "./codec-functions.ts";
import type { LabFunction } from "./function.ts";
import { listFunctions } from "./list-functions.ts";
import { textFunctions } from "./text-functions.ts";
import { valueFunctions } from "./value-functions.ts";

/** Every function of the language by name: helpers in templates, functions and methods in CEL. */
export const registry: ReadonlyMap<string, LabFunction> = new Map(
  [...valueFunctions, ...textFunctions, ...listFunctions, ...codecFunctions].map((entry) => [entry.name, entry]),
);
