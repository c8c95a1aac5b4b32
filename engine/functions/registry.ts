import { addressFunctions } from "./address-functions.ts";
import { codecFunctions } from "./codec-functions.ts";
import { compareFunctions } from "./compare-functions.ts";
import type { LabFunction } from "./function.ts";
import { hashFunctions } from "./hash-functions.ts";
import { listFunctions } from "./list-functions.ts";
import { lookupFunctions } from "./lookup-functions.ts";
import { mapFunctions } from "./map-functions.ts";
import { numberFunctions } from "./number-functions.ts";
import { pathFunctions } from "./path-functions.ts";
import { randomFunctions } from "./random-functions.ts";
import { recordFunctions } from "./record-functions.ts";
import { regexFunctions } from "./regex-functions.ts";
import { sequenceFunctions } from "./sequence-functions.ts";
import { setFunctions } from "./set-functions.ts";
import { textFunctions } from "./text-functions.ts";
import { textShapeFunctions } from "./text-shape-functions.ts";
import { timeFunctions } from "./time-functions.ts";
import { valueFunctions } from "./value-functions.ts";
import { versionFunctions } from "./version-functions.ts";

/** Every function of the language by name: helpers in templates, functions and methods in CEL. */
export const registry: ReadonlyMap<string, LabFunction> = new Map(
  [
    valueFunctions,
    compareFunctions,
    textFunctions,
    textShapeFunctions,
    versionFunctions,
    regexFunctions,
    listFunctions,
    setFunctions,
    sequenceFunctions,
    recordFunctions,
    mapFunctions,
    numberFunctions,
    codecFunctions,
    hashFunctions,
    addressFunctions,
    pathFunctions,
    randomFunctions,
    timeFunctions,
    lookupFunctions,
  ].flatMap((functions) => functions.map((entry): [string, LabFunction] => [entry.name, entry])),
);
