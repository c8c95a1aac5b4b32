/** What goes into an answer of -j. A bigint is a number of 64 bits, which JSON has and JavaScript has not. */
export type Json = string | number | bigint | { readonly [key: string]: Json | undefined };

/** In one line, as zpool prints it. */
export function printJson(value: Json): string {
  if (typeof value === "bigint") return String(value);
  if (typeof value !== "object") return JSON.stringify(value);
  const entries = Object.entries(value).flatMap(([key, each]) =>
    each === undefined ? [] : [`${JSON.stringify(key)}:${printJson(each)}`],
  );
  return `{${entries.join(",")}}`;
}

export function jsonAnswer(command: string, pools: Readonly<Record<string, Json>>): string {
  const version = { command: `zpool ${command}`, vers_major: 0, vers_minor: 1 };
  return `${printJson({ output_version: version, pools })}\n`;
}

/** Numbers as text, or with --json-int as numbers. */
export function jsonNumbers(exact: boolean): {
  readonly number: (value: number | string) => Json;
} {
  return { number: (value) => (exact ? (typeof value === "string" ? BigInt(value) : value) : String(value)) };
}

const SOURCES: Readonly<Record<"local" | "default" | "-", string>> = {
  local: "LOCAL",
  default: "DEFAULT",
  "-": "NONE",
};
/** A property's value with where it comes from. */
export function jsonProperty(value: Json, source: "local" | "default" | "-"): Json {
  return { value, source: { type: SOURCES[source], data: "-" } };
}
