import type { Value } from "../value/value.ts";
import { numberOf, numberOr, textOf, textOr, wholeWithin } from "./arguments.ts";
import { FunctionFailure, type LabFunction, type Param } from "./function.ts";

const number: Param = { name: "number", type: "number" };

function plain(
  name: string,
  summary: string,
  change: (value: number) => number,
  [input, gives]: readonly [number, number],
): LabFunction {
  return {
    name,
    topic: "numbers",
    summary,
    params: [number],
    returns: "number",
    sharesName: true,
    run: ([value]) => finite(change(numberOf(value))),
    example: { vars: { x: input }, template: `{{ ${name} x }}`, cel: `${name}(x)`, gives },
  };
}

const round: LabFunction = {
  name: "round",
  sharesName: true,
  topic: "numbers",
  summary: "The number with so many decimals, none if unsaid.",
  params: [number, { name: "decimals", type: "integer", optional: true }],
  returns: "number",
  run([value, decimals]) {
    const factor = 10 ** wholeWithin(numberOr(decimals, 0), "decimals", -15, 15);
    return finite(Math.round(numberOf(value) * factor) / factor);
  },
  example: { template: "{{ round 2.75 1 }}", cel: "round(2.75, 1)", gives: 2.8 },
};

const log: LabFunction = {
  name: "log",
  topic: "numbers",
  summary: "The logarithm, natural unless a base is given.",
  params: [number, { name: "base", type: "number", optional: true }],
  returns: "number",
  sharesName: true,
  run([value, base]) {
    const of = numberOf(value);
    if (base === undefined) return finite(Math.log(of));
    // The quotient of two logarithms is off by the last bit: log(1000, 10) would be 2.9999999999999996.
    if (base === 10) return finite(Math.log10(of));
    return finite(base === 2 ? Math.log2(of) : Math.log(of) / Math.log(numberOf(base)));
  },
  example: { template: "{{ log 1000 10 }}", cel: "log(1000, 10)", gives: 3 },
};

const pow: LabFunction = {
  name: "pow",
  topic: "numbers",
  summary: "The first number to the power of the second.",
  params: [number, { name: "exponent", type: "number" }],
  returns: "number",
  sharesName: true,
  run: ([value, exponent]) => finite(numberOf(value) ** numberOf(exponent)),
  example: { template: "{{ pow 2 10 }}", cel: "pow(2, 10)", gives: 1024 },
};

const units = ["Bytes", "KB", "MB", "GB", "TB", "PB", "EB"] as const;

const humanReadable: LabFunction = {
  name: "human_readable",
  topic: "numbers",
  summary: "A number of bytes in the largest unit that fits, or in the one that is named, by steps of 1024.",
  params: [number, { name: "unit", type: "string", optional: true }],
  returns: "string",
  run([value, unit]) {
    const bytes = numberOf(value);
    const fitting = units.findLastIndex((_, index) => Math.abs(bytes) >= 1024 ** index);
    const power = unit === undefined ? Math.max(0, fitting) : powerOf(textOf(unit));
    return `${(bytes / 1024 ** power).toFixed(2)} ${units[power]}`;
  },
  example: { template: "{{ human_readable 10485760 }}", cel: "human_readable(10485760)", gives: "10.00 MB" },
  more: [{ template: '{{ human_readable 1536 "K" }}', cel: 'human_readable(1536, "K")', gives: "1.50 KB" }],
};

const humanToBytes: LabFunction = {
  name: "human_to_bytes",
  topic: "numbers",
  summary:
    "The bytes that a text such as `10 MB`, `1.5G` or `512MiB` spells, by steps of 1024; one without a unit in the second argument.",
  params: [
    { name: "size", type: "string or number" },
    { name: "unit", type: "string", optional: true },
  ],
  returns: "integer",
  run([size, unit]) {
    const [, digits = "", said = ""] = /^\s*(\d+(?:\.\d+)?)\s*([A-Za-z]*)\s*$/.exec(String(sizeText(size))) ?? [];
    if (digits === "") throw new FunctionFailure(`no size is in "${sizeText(size)}"`, "such as 10 MB, 1.5G or 512");
    const bytes = Math.round(Number(digits) * 1024 ** powerOf(said === "" ? textOr(unit, "B") : said));
    if (!Number.isSafeInteger(bytes)) throw new FunctionFailure("the size is too large to be an exact integer");
    return bytes;
  },
  example: { template: '{{ human_to_bytes "1.5 GB" }}', cel: 'human_to_bytes("1.5 GB")', gives: 1_610_612_736 },
};

export const numberFunctions: readonly LabFunction[] = [
  round,
  plain("abs", "The number without its sign.", Math.abs, [-2, 2]),
  plain("floor", "The next whole number below, or the number itself.", Math.floor, [2.7, 2]),
  plain("ceil", "The next whole number above, or the number itself.", Math.ceil, [2.1, 3]),
  log,
  pow,
  humanReadable,
  humanToBytes,
];

/** Neither JSON nor YAML can say what is no number, and -0 is one that nobody means. */
function finite(value: number): number {
  if (!Number.isFinite(value)) throw new FunctionFailure("the result is no finite number");
  return value === 0 ? 0 : value;
}

function sizeText(size: Value | undefined): string {
  return typeof size === "number" ? String(size) : textOf(size);
}

function powerOf(unit: string): number {
  const power = ["b", "k", "m", "g", "t", "p", "e"].indexOf(unit.slice(0, 1).toLowerCase());
  if (power >= 0 && /^(b|bytes?|[kmgtpe](i?b)?)$/i.test(unit)) return power;
  throw new FunctionFailure(`there is no unit "${unit}"`, `there are ${units.join(", ")}`);
}
