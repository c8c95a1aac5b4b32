import { type DdrescueMap, parseDdrescueMap, summaryOf } from "../../engine/formats/ddrescue-map.ts";
import { type JobProgress, type Refusal, refuse, type Stat } from "../../engine/module/index.ts";
import { deviceOf, mapOf, type Params } from "./params.ts";

/** How far a rescue is, by its map alone: ddrescue ends with 0 also where it could not read. */
export type Rescue = { readonly kind: "new" } | Begun | Done;
export interface Begun extends Reading {
  readonly kind: "begun";
}
/** All was tried that shall be. */
export interface Done extends Reading {
  readonly kind: "done";
}
/** Bytes. */
interface Reading {
  readonly rescued: number;
  readonly bad: number;
  readonly badAreas: number;
  readonly extent: number;
  /** Everything was tried once: what is left are edges and bad areas. */
  readonly copied: boolean;
}

export function rescueState(given: Params, text: string | null, image: Stat | null): Rescue | Refusal {
  const path = mapOf(given);
  if (text === null) {
    if (image === null) return { kind: "new" };
    return refuse(
      `${given.image} is there, but its map ${path} is not: nobody knows what of it was read`,
      "name another image, or say with `map` where its map is",
    );
  }
  if (image === null) {
    return refuse(
      `the map ${path} is there, but not the image that it tells of`,
      `bring ${given.image} back, or remove the map`,
    );
  }
  if (image.type !== "file") return refuse(`${given.image} is no file, but a ${image.type}`);
  const map = parseDdrescueMap(text);
  if ("error" in map)
    return refuse(
      `${path} is no map of ddrescue: ${map.error}`,
      "restore it from a copy: without it the rescue cannot go on",
    );
  const stranger = strangerOf(given, map);
  if (stranger !== null) return stranger;
  const { rescued, bad, badAreas, left, extent } = summaryOf(map);
  const copied = !map.blocks.some(({ status }) => status === "?");
  const done = left === 0 && (bad === 0 || (map.status === "+" && retriesIn(map) >= given.retries));
  return { kind: done ? "done" : "begun", rescued, bad, badAreas, extent, copied };
}

/** ddrescue must never go on with the map of another disk: it would mix two disks into one image. */
function strangerOf(given: Params, { commandLine }: DdrescueMap): Refusal | null {
  const wanted = ` ${deviceOf(given)} ${given.image} ${mapOf(given)}`;
  if (commandLine === null || commandLine.endsWith(wanted)) return null;
  return refuse(
    `the map ${mapOf(given)} is of another rescue: "${commandLine}"`,
    "an image that goes on with the map of another disk is of no use: name another image",
  );
}

/** How many retries the last command was to make. */
function retriesIn({ commandLine }: DdrescueMap): number {
  return Number(/ -r(\d+) /.exec(commandLine ?? "")?.[1] ?? -1);
}

/** How far it is, for whoever watches. `answer` is the map. */
export function progressOf(total: number): (answer: string | null) => JobProgress | null {
  return (answer) => {
    const map = answer === null ? null : parseDdrescueMap(answer);
    if (map === null || "error" in map) return null;
    const { rescued, bad, badAreas } = summaryOf(map);
    const doing =
      { "?": "copying", "*": "trimming", "/": "scraping", "-": "retrying", "+": "finished" }[map.status] ?? "";
    const lost = bad === 0 ? "" : `, ${bad} bytes in ${badAreas} bad area${badAreas === 1 ? "" : "s"}`;
    return { done: rescued, total, unit: "bytes", note: `${doing}${lost}` };
  };
}
