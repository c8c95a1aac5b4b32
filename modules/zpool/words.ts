import { wantedZfsValue } from "../../engine/formats/zfs-value.ts";
import { wantedPoolValue } from "../../engine/formats/zpool-properties.ts";
import { layoutWords } from "./layout.ts";
import type { Params } from "./params.ts";

/** 4096 bytes: what nearly every disk of today has, whatever it says. */
const DEFAULT_ASHIFT = 12;

/** Behind `zpool create`. */
export function creationWords(given: Params): readonly string[] {
  const { name, ashift = DEFAULT_ASHIFT, properties, filesystem, force, mountpoint } = given;
  const options = Object.entries(properties).map(([key, value]) => `${key}=${poolValue(key, value)}`);
  const ofRoot = Object.entries(filesystem).map(([key, value]) => {
    const wanted = wantedZfsValue(key, value);
    return `${key}=${"error" in wanted ? value : wanted.set}`;
  });
  return [
    ...(force ? ["-f"] : []),
    ...[`ashift=${ashift}`, ...options].flatMap((pair) => ["-o", pair]),
    ...ofRoot.flatMap((pair) => ["-O", pair]),
    ...(mountpoint === undefined ? [] : ["-m", mountpoint]),
    name,
    ...layoutWords(given),
  ];
}

export function poolValue(name: string, value: string | number | boolean): string {
  const wanted = wantedPoolValue(name, value);
  return "error" in wanted ? String(value) : wanted.set;
}
