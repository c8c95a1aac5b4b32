import { CONTENT_TYPES, PROPERTIES, type PropertyKind } from "./storage-types.ts";

/**
 * Why a value is refused, in the tools' words; null: it is fine. What a format says ends in a line feed, which on the
 * command line shows as an empty line before the usage.
 */
export function checkProperty(name: string, value: string): string | null {
  const property = PROPERTIES[name];
  return property === undefined ? null : checkKind(property, name, value);
}

export function checkKind(property: PropertyKind, name: string, value: string): string | null {
  switch (property.kind) {
    case "boolean":
      return parseBoolean(value) === null ? `type check ('boolean') failed - got '${value}'` : null;
    case "integer":
      if (!/^[+-]?\d+$/.test(value)) return `type check ('integer') failed - got '${value}'`;
      if (property.from !== undefined && Number(value) < property.from)
        return `value must have a minimum value of ${property.from}`;
      if (property.to !== undefined && Number(value) > property.to)
        return `value must have a maximum value of ${property.to}`;
      return null;
    case "one-of":
      return property.values.includes(value)
        ? null
        : `value '${value}' does not have a value in the enumeration '${property.values.join(", ")}'`;
    case "text": {
      if (property.pattern?.test(value) === false) return "value does not match the regex pattern";
      const wrong =
        property.check?.(value) ?? (property.format === undefined ? null : FORMATS[property.format]?.(value, name));
      return wrong == null ? null : `invalid format - ${wrong}\n`;
    }
  }
}

/** `1`, `0`, or null if it is no boolean. */
export function parseBoolean(value: string): "1" | "0" | null {
  if (/^(1|on|yes|true)$/i.test(value)) return "1";
  return /^(0|off|no|false)$/i.test(value) ? "0" : null;
}

/** How the value is kept: booleans as digits, lists without doubles, folders without a slash at the end. */
export function normaliseProperty(name: string, value: string): string {
  const format = formatOf(name);
  if (PROPERTIES[name]?.kind === "boolean") return parseBoolean(value) ?? value;
  if (format === "pve-storage-content-list") return splitList(value).join(",") || "none";
  if (format === "pve-node-list") return splitList(value).join(",");
  if (format === "pve-storage-path") return value.replace(/(.)\/+$/, "$1");
  if (format === "pve-dir-override-list") return [...splitList(value)].sort().join(",");
  return value;
}

/** Commas, semicolons, blanks and zero bytes between the words; each word once. */
export function splitList(text: string): readonly string[] {
  return [...new Set(text.split(/[,;\s\0]+/).filter((word) => word !== ""))];
}

function formatOf(name: string): string | undefined {
  const property = PROPERTIES[name];
  return property?.kind === "text" ? property.format : undefined;
}

const FORMATS: Readonly<Record<string, (value: string, name: string) => string | null>> = {
  "pve-storage-id": (value) =>
    /^[a-z][a-z0-9\-_.]*[a-z0-9]$/i.test(value) ? null : `storage ID '${value}' contains illegal characters`,
  "pve-vmid": (value) => (/^[1-9][0-9]{2,8}$/.test(value) ? null : "value does not look like a valid VM ID"),
  "pve-volume-id": (value) =>
    /^[a-z][a-z0-9\-_.]*[a-z0-9]:.+$/i.test(value) ? null : `unable to parse volume ID '${value}'`,
  "pve-storage-content-list": (value) => {
    const wrong = splitList(value).find((word) => !CONTENT_TYPES.includes(word));
    return wrong === undefined ? null : `invalid content type '${wrong}'`;
  },
  "pve-node-list": (value) =>
    splitList(value).every((word) => /^[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?$/.test(word))
      ? null
      : "value does not look like a valid node name",
  "pve-storage-path": (value) => (/^\/./.test(value) ? null : "value does not look like a valid absolute path"),
  "pve-storage-server": (value) =>
    /^[a-zA-Z0-9]([a-zA-Z0-9.:-]*[a-zA-Z0-9])?$/.test(value)
      ? null
      : "value does not look like a valid server name or IP address",
  "pve-dir-override-list": (value) => {
    const wrong = splitList(value).find((pair) => !/^(\w+)=(?!\/)[^,;\s]+$/.test(pair));
    return wrong === undefined ? null : `invalid override '${wrong}'`;
  },
  bwlimit: (value) =>
    subOptions("bwlimit", value, ["clone", "default", "migration", "move", "restore"], /^\d+(\.\d+)?$/, "number"),
  "prune-backups": (value) => {
    const known = ["keep-all", "keep-daily", "keep-hourly", "keep-last", "keep-monthly", "keep-weekly", "keep-yearly"];
    const wrong = subOptions("prune-backups", value, known, /^\d+$/, "integer");
    if (wrong !== null) return wrong;
    const kept = new Map(value.split(",").map((pair) => [pair.split("=")[0], pair.split("=")[1]]));
    return kept.get("keep-all") === "1" && kept.size > 1 ? "keep-all cannot be set together with other options." : null;
  },
};

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
