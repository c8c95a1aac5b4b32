import { compareVersions } from "../formats/apt-version.ts";
import { textOf, textOr } from "./arguments.ts";
import { FunctionFailure, type LabFunction } from "./function.ts";

const operators: Readonly<Record<string, (order: number) => boolean>> = {
  "==": (order) => order === 0,
  "!=": (order) => order !== 0,
  "<": (order) => order < 0,
  "<=": (order) => order <= 0,
  ">": (order) => order > 0,
  ">=": (order) => order >= 0,
};
const words: Readonly<Record<string, string>> = {
  eq: "==",
  "=": "==",
  ne: "!=",
  "<>": "!=",
  lt: "<",
  le: "<=",
  gt: ">",
  ge: ">=",
};
const schemes: Readonly<Record<string, (left: string, right: string) => number>> = {
  loose: compareLoosely,
  semver: compareSemver,
  debian: compareVersions,
};

const version: LabFunction = {
  name: "version",
  topic: "texts",
  summary:
    "Whether one version is `<`, `<=`, `==`, `!=`, `>=` or `>` another: number by number (loose, default), by semantic versioning (semver), or as dpkg does (debian).",
  params: [
    { name: "version", type: "string or number" },
    { name: "operator", type: "string" },
    { name: "other", type: "string or number" },
    { name: "scheme", type: "string", optional: true },
  ],
  returns: "boolean",
  sharesName: true,
  run([left, operator, right, scheme]) {
    const said = textOf(operator);
    const holds = operators[words[said] ?? said];
    if (holds === undefined)
      throw new FunctionFailure(`there is no operator "${said}"`, `there are ${Object.keys(operators).join(", ")}`);
    const compare = schemes[textOr(scheme, "loose")];
    if (compare === undefined)
      throw new FunctionFailure(
        `there is no scheme "${textOr(scheme, "")}"`,
        `there are ${Object.keys(schemes).join(", ")}`,
      );
    const text = (value: typeof left): string => (typeof value === "number" ? String(value) : textOf(value));
    return holds(compare(text(left), text(right)));
  },
  example: {
    vars: { v: "8.4.1" },
    template: '{{ version v ">=" "8.10" }}',
    cel: 'version(v, ">=", "8.10")',
    gives: false,
  },
  more: [
    {
      template: '{{ version "1.0.0-rc1" "<" "1.0.0" "semver" }}',
      cel: 'version("1.0.0-rc1", "<", "1.0.0", "semver")',
      gives: true,
    },
  ],
};

export const versionFunctions: readonly LabFunction[] = [version];

/** Numbers by size, words by their letters, and a number after a word's place counts more: 1.0 < 1.0a < 1.0.1. */
function compareLoosely(left: string, right: string): number {
  const [one, other] = [piecesOf(left), piecesOf(right)];
  for (let index = 0; index < Math.max(one.length, other.length); index += 1) {
    const [a, b] = [one[index], other[index]];
    if (a === undefined || b === undefined) return a === undefined ? -1 : 1;
    const order = comparePieces(a, b);
    if (order !== 0) return order;
  }
  return 0;
}

function piecesOf(text: string): readonly string[] {
  return text.match(/\d+|[A-Za-z]+/g) ?? [];
}

function comparePieces(one: string, other: string): number {
  const [numeric, otherNumeric] = [/^\d/.test(one), /^\d/.test(other)];
  if (numeric !== otherNumeric) return numeric ? 1 : -1;
  if (!numeric) return one < other ? -1 : one > other ? 1 : 0;
  // As long as they are: a date and a build number may be beyond what a double holds exactly.
  const [a, b] = [BigInt(one), BigInt(other)];
  return a < b ? -1 : a > b ? 1 : 0;
}

function compareSemver(left: string, right: string): number {
  const [one, other] = [semver(left), semver(right)];
  const core = compareLoosely(one.core, other.core);
  if (core !== 0) return core;
  // A version without a pre-release is above those with one.
  if (one.pre.length === 0 || other.pre.length === 0)
    return Number(one.pre.length === 0) - Number(other.pre.length === 0);
  for (let index = 0; index < Math.max(one.pre.length, other.pre.length); index += 1) {
    const [a, b] = [one.pre[index], other.pre[index]];
    if (a === undefined || b === undefined) return a === undefined ? -1 : 1;
    const numeric = [/^\d+$/.test(a), /^\d+$/.test(b)];
    const order =
      numeric[0] && numeric[1]
        ? comparePieces(a, b)
        : numeric[0] !== numeric[1]
          ? numeric[0]
            ? -1
            : 1
          : a < b
            ? -1
            : a > b
              ? 1
              : 0;
    if (order !== 0) return order;
  }
  return 0;
}

function semver(text: string): { readonly core: string; readonly pre: readonly string[] } {
  const [, core, pre] = /^v?(\d+\.\d+\.\d+)(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?$/.exec(text) ?? [];
  if (core === undefined)
    throw new FunctionFailure(`"${text}" is no semantic version`, "three numbers, such as 1.2.3 or 1.2.3-rc.1");
  return { core, pre: pre === undefined ? [] : pre.split(".") };
}
