import { parseCidr, parseIp } from "../formats/cidr.ts";
import { formatDuration, parseDuration } from "../formats/duration.ts";
import { parseZfsSize, printZfsSize } from "../formats/zfs-size.ts";

/** What is wrong with a value of another type. */
export interface Misfit {
  readonly expected: string;
  readonly hint?: string;
}
interface TypeOfArgument {
  /** For manual pages. */
  readonly summary: string;
  /** Whether it is written as a text, so that a pattern and a secret have a meaning. */
  readonly text: boolean;
  check(value: unknown): Misfit | null;
  /** What `min` and `max` are about; undefined where they mean nothing. */
  measure?(value: unknown): number;
  readonly unit?: "character" | "item" | "entry";
  /** How a measure is written, where it is no bare number. */
  print?(measure: number): string;
}

const textual = (summary: string, expected: string, holds: (text: string) => boolean): TypeOfArgument => ({
  summary,
  text: true,
  check: (value) => {
    if (typeof value !== "string") return { expected, ...quotes(value) };
    return holds(value) ? null : { expected };
  },
});

const lengthOf = (value: unknown): number => (typeof value === "string" ? [...value].length : 0);
const asNumber = (value: unknown): number => Number(value);

/** The types by their names. What a type takes is told by its `expected`, after "expected ". */
export const argumentTypes = {
  string: {
    ...textual("a text", "a text", () => true),
    measure: lengthOf,
    unit: "character",
  },
  integer: {
    summary: "a whole number",
    text: false,
    check: (value) => (Number.isSafeInteger(value) ? null : { expected: "a whole number", ...bare(value) }),
    measure: asNumber,
  },
  number: {
    summary: "a number",
    text: false,
    check: (value) =>
      typeof value === "number" && Number.isFinite(value) ? null : { expected: "a number", ...bare(value) },
    measure: asNumber,
  },
  boolean: {
    summary: "true or false",
    text: false,
    check: (value) => (typeof value === "boolean" ? null : { expected: "true or false", ...booleanHint(value) }),
  },
  list: {
    summary: "a list; `items` says of what",
    text: false,
    check: (value) =>
      Array.isArray(value)
        ? null
        : { expected: "a list", ...(isPlainMap(value) ? {} : { hint: "write it in brackets: `[a, b]`" }) },
    measure: (value) => (Array.isArray(value) ? value.length : 0),
    unit: "item",
  },
  map: {
    summary: "a map; `keys` says with which keys, `values` of what",
    text: false,
    check: (value) => (isPlainMap(value) ? null : { expected: "a map" }),
    measure: (value) => (isPlainMap(value) ? Object.keys(value).length : 0),
    unit: "entry",
  },
  any: { summary: "anything", text: false, check: () => null },
  path: textual(
    "an absolute path, without `..`",
    "an absolute path, such as /srv/data",
    (text) => text.startsWith("/") && text.length < 4096 && !/[\0\n]/.test(text) && !text.split("/").includes(".."),
  ),
  size: {
    summary: "a size such as `500G`, or a number of bytes; units are powers of 1024",
    text: false,
    check: (value) => (sizeOf(value) === null ? { expected: "a size, such as 500G or 10M" } : null),
    measure: (value) => sizeOf(value) ?? 0,
    print: printZfsSize,
  },
  duration: {
    summary: "a length of time such as `90s`, `5m`, `1h30m`, or a number of seconds",
    text: false,
    check: (value) =>
      durationOf(value) === undefined ? { expected: "a length of time: seconds, or a text such as 30s or 5m" } : null,
    measure: (value) => durationOf(value) ?? 0,
    print: (seconds) => formatDuration(seconds * 1000),
  },
  ip: textual("an address, of IPv4 or IPv6", "an address, such as 192.0.2.7", (text) => parseIp(text) !== null),
  cidr: textual(
    "an address or network with its length, such as `192.0.2.0/24`",
    "a network with its length, such as 192.0.2.0/24",
    (text) => text.includes("/") && parseCidr(text) !== null,
  ),
  port: {
    summary: "a port, 1 to 65535",
    text: false,
    check: (value) =>
      Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 65_535
        ? null
        : { expected: "a port from 1 to 65535", ...bare(value) },
    measure: asNumber,
  },
  mode: {
    ...textual('an octal mode in quotes, such as `"0644"`', 'an octal mode in quotes, such as "0644"', (text) =>
      /^[0-7]{3,4}$/.test(text),
    ),
  },
  hostname: textual(
    "the name of a host, or an address",
    "the name of a host",
    (text) =>
      parseIp(text) !== null ||
      (text.length <= 253 &&
        /^(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?)(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?)*\.?$/i.test(text)),
  ),
  url: textual("a URL with its scheme", "a URL, such as https://example.org/", (text) => {
    // URL takes more than people mean: `a:b` has a scheme for it.
    return /^[a-z][a-z0-9+.-]*:\/\/[^\s]+$/i.test(text) && URL.canParse(text);
  }),
} as const satisfies Readonly<Record<string, TypeOfArgument>>;

export type ArgumentType = keyof typeof argumentTypes;

export function typeOf(type: ArgumentType): TypeOfArgument {
  return argumentTypes[type];
}

export function isArgumentType(word: string): word is ArgumentType {
  return Object.hasOwn(argumentTypes, word);
}

/** What other tools call these types. */
export const foreignTypes: ReadonlyMap<string, ArgumentType> = new Map([
  ["str", "string"],
  ["text", "string"],
  ["int", "integer"],
  ["float", "number"],
  ["double", "number"],
  ["bool", "boolean"],
  ["dict", "map"],
  ["object", "map"],
  ["array", "list"],
  ["raw", "any"],
  ["bytes", "size"],
  ["address", "ip"],
  ["network", "cidr"],
  ["enum", "string"],
]);

function isPlainMap(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function sizeOf(value: unknown): number | null {
  if (typeof value === "number") return Number.isSafeInteger(value) && value >= 0 ? value : null;
  return typeof value === "string" ? parseZfsSize(value) : null;
}

function durationOf(value: unknown): number | undefined {
  return typeof value === "string" || typeof value === "number" ? parseDuration(value) : undefined;
}

/** A text that would be right without its quotes. */
function bare(value: unknown): { readonly hint?: string } {
  if (typeof value !== "string") return {};
  if (/^-?\d+(\.\d+)?$/.test(value.trim())) return { hint: `it is a text: write ${value.trim()} without quotes` };
  return {};
}

function quotes(value: unknown): { readonly hint?: string } {
  return typeof value === "number" || typeof value === "boolean"
    ? { hint: `put it in quotes: "${String(value)}" (with -e: as JSON)` }
    : {};
}

function booleanHint(value: unknown): { readonly hint?: string } {
  if (typeof value !== "string") return {};
  const word = value.trim().toLowerCase();
  if (["yes", "on", "true"].includes(word)) return { hint: "write `true`" };
  if (["no", "off", "false"].includes(word)) return { hint: "write `false`" };
  return {};
}
