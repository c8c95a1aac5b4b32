import { distinctWords } from "../command/formats.ts";
import type { Format } from "../command/schema.ts";
import { CONTENT_TYPES } from "./storage-types.ts";

export const contentList: Format = (value) => {
  const wrong = distinctWords(value).find((word) => !CONTENT_TYPES.includes(word));
  return wrong === undefined ? null : `invalid content type '${wrong}'`;
};
export const storagePath: Format = (value) =>
  /^\/./.test(value) ? null : "value does not look like a valid absolute path";
export const storageServer: Format = (value) =>
  /^[a-zA-Z0-9]([a-zA-Z0-9.:-]*[a-zA-Z0-9])?$/.test(value)
    ? null
    : "value does not look like a valid server name or IP address";
/** Folders by kind of content, below the storage's own. */
export const overrideList: Format = (value) => {
  const wrong = distinctWords(value).find((pair) => !/^(\w+)=(?!\/)[^,;\s]+$/.test(pair));
  return wrong === undefined ? null : `invalid override '${wrong}'`;
};
export const bandwidthLimit: Format = (value) =>
  subOptions("bwlimit", value, ["clone", "default", "migration", "move", "restore"], /^\d+(\.\d+)?$/, "number");
export const pruneBackupsFormat: Format = (value) => {
  const wrong = subOptions("prune-backups", value, KEEP, /^\d+$/, "integer");
  if (wrong !== null) return wrong;
  const kept = new Map(value.split(",").map((pair) => [pair.split("=")[0], pair.split("=")[1]]));
  return kept.get("keep-all") === "1" && kept.size > 1 ? "keep-all cannot be set together with other options." : null;
};
const KEEP = ["keep-all", "keep-daily", "keep-hourly", "keep-last", "keep-monthly", "keep-weekly", "keep-yearly"];

function subOptions(
  name: string,
  value: string,
  known: readonly string[],
  pattern: RegExp,
  type: string,
): string | null {
  const wrong = value
    .split(",")
    .filter((pair) => pair !== "")
    .flatMap((pair) => {
      const [key = "", given] = pair.split("=");
      if (!known.includes(key) || given === undefined)
        return [
          `${name}.${key}: property is not defined in schema and the schema does not allow additional properties`,
        ];
      return pattern.test(given) ? [] : [`${name}.${key}: type check ('${type}') failed - got '${given}'`];
    });
  return wrong.length === 0 ? null : `format error\n${wrong.join("\n")}`;
}
