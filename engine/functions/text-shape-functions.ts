import type { Value } from "../value/value.ts";
import { numberOr, textOf, textOr, wholeWithin } from "./arguments.ts";
import { FunctionFailure, type LabFunction, type Param } from "./function.ts";
import { textToText } from "./text-to-text.ts";

const text: Param = { name: "text", type: "string" };

/** Named as people may have named variables of their own. */
function word(...made: Parameters<typeof textToText>): LabFunction {
  return { ...textToText(...made), sharesName: true };
}

function edge(
  name: "starts_with" | "ends_with",
  summary: string,
  part: string,
  test: (text: string, part: string) => boolean,
): LabFunction {
  return {
    name,
    topic: "texts",
    summary,
    params: [text, { name: "part", type: "string" }],
    returns: "boolean",
    run: ([value, wanted]) => test(textOf(value), textOf(wanted)),
    example: { template: `{{ ${name} "sda1" "${part}" }}`, cel: `"sda1".${name}("${part}")`, gives: true },
  };
}

const lines: LabFunction = {
  name: "lines",
  topic: "texts",
  summary: "The lines of a text, without an empty one at its end.",
  params: [text],
  returns: "list",
  sharesName: true,
  run: ([value]) =>
    textOf(value)
      .replace(/\r?\n$/, "")
      .split(/\r?\n/)
      .filter((_, index, all) => all.length > 1 || all[index] !== ""),
  example: { vars: { x: "a\nb\n" }, template: "{{ lines x }}", cel: "lines(x)", gives: ["a", "b"] },
};

const indent: LabFunction = {
  name: "indent",
  topic: "texts",
  summary:
    "The text with its lines set in by so many columns (4), the first line only if it is asked for, empty lines not.",
  params: [
    text,
    { name: "width", type: "integer", optional: true },
    { name: "first", type: "boolean", optional: true },
  ],
  returns: "string",
  sharesName: true,
  run([value, width, first]) {
    const space = " ".repeat(wholeWithin(numberOr(width, 4), "width", 0, 1000));
    const pad = (line: string, index: number): string =>
      line === "" || (index === 0 && first !== true) ? line : space + line;
    return textOf(value).split("\n").map(pad).join("\n");
  },
  example: { vars: { x: "a\nb" }, template: "{{ indent x 2 }}", cel: "indent(x, 2)", gives: "a\n  b" },
  more: [
    { vars: { x: "a\nb" }, template: "{{ indent x 2 first=true }}", cel: "indent(x, 2, true)", gives: "  a\n  b" },
  ],
};

const wordwrap: LabFunction = {
  name: "wordwrap",
  topic: "texts",
  summary: "The text in lines of at most so many characters (79), broken between words; a word that is longer is cut.",
  params: [text, { name: "width", type: "integer", optional: true }],
  returns: "string",
  run([value, width]) {
    const most = wholeWithin(numberOr(width, 79), "width", 1, 10_000);
    return textOf(value)
      .split("\n")
      .map((line) => wrapLine(line, most))
      .join("\n");
  },
  example: {
    template: '{{ wordwrap "one two three" 8 }}',
    cel: 'wordwrap("one two three", 8)',
    gives: "one two\nthree",
  },
};

const truncate: LabFunction = {
  name: "truncate",
  topic: "texts",
  summary: "The text cut to so many characters (255), with an ellipsis at its end where something is missing.",
  params: [
    text,
    { name: "length", type: "integer", optional: true },
    { name: "ellipsis", type: "string", optional: true },
  ],
  returns: "string",
  sharesName: true,
  run([value, length, ellipsis]) {
    const [characters, end] = [[...textOf(value)], [...textOr(ellipsis, "...")]];
    const most = wholeWithin(numberOr(length, 255), "length", end.length, 1_000_000);
    return characters.length <= most
      ? characters.join("")
      : [...characters.slice(0, most - end.length), ...end].join("");
  },
  example: { template: '{{ truncate "media server" 8 }}', cel: 'truncate("media server", 8)', gives: "media..." },
};

const comment: LabFunction = {
  name: "comment",
  topic: "texts",
  summary: "The text with `# ` before each of its lines, or what is given in its place.",
  params: [text, { name: "prefix", type: "string", optional: true }],
  returns: "string",
  sharesName: true,
  run([value, prefix]) {
    const before = textOr(prefix, "# ");
    return textOf(value)
      .replace(/\n$/, "")
      .split("\n")
      .map((line) => (before + line).trimEnd())
      .join("\n");
  },
  example: { template: '{{ comment "made by lab" }}', cel: 'comment("made by lab")', gives: "# made by lab" },
  more: [{ template: '{{ comment "a" "; " }}', cel: 'comment("a", "; ")', gives: "; a" }],
};

const format: LabFunction = {
  name: "format",
  topic: "texts",
  summary:
    "The text with `%s`, `%d`, `%x` or `%f` replaced by the arguments; `%03d` fills up with zeros, `%.2f` has two decimals.",
  params: [
    { name: "template", type: "string" },
    { name: "argument", type: "string, number or boolean" },
  ],
  variadic: true,
  returns: "string",
  sharesName: true,
  run: ([template, ...args]) => formatted(textOf(template), args),
  example: {
    template: '{{ format "vm-%03d on %s" 7 "pve1" }}',
    cel: 'format("vm-%03d on %s", 7, "pve1")',
    gives: "vm-007 on pve1",
  },
};

const strip: LabFunction = {
  name: "strip",
  topic: "texts",
  summary: "The text without any of these characters at its beginning and end.",
  params: [text, { name: "characters", type: "string" }],
  returns: "string",
  run([value, characters]) {
    const gone = new Set(textOf(characters));
    const all = [...textOf(value)];
    const first = all.findIndex((character) => !gone.has(character));
    return first < 0 ? "" : all.slice(first, all.findLastIndex((character) => !gone.has(character)) + 1).join("");
  },
  example: { template: '{{ strip "/etc/pve/" "/" }}', cel: 'strip("/etc/pve/", "/")', gives: "etc/pve" },
};

export const textShapeFunctions: readonly LabFunction[] = [
  word(
    "title",
    "The text with a capital at the beginning of each word.",
    (value) =>
      value
        .toLowerCase()
        .replace(/(^|[\s({[<-])(\S)/gu, (_, before: string, letter: string) => before + letter.toUpperCase()),
    ["media server", "Media Server"],
  ),
  word(
    "capitalize",
    "The text with a capital at its beginning, and all else in small letters.",
    (value) => value.slice(0, 1).toUpperCase() + value.slice(1).toLowerCase(),
    ["tANK", "Tank"],
  ),
  edge("starts_with", "Whether the text begins with another one.", "sd", (value, part) => value.startsWith(part)),
  edge("ends_with", "Whether the text ends with another one.", "1", (value, part) => value.endsWith(part)),
  lines,
  indent,
  wordwrap,
  truncate,
  comment,
  format,
  strip,
];

function wrapLine(line: string, width: number): string {
  const rows: string[] = [];
  let row = "";
  for (const word of line.split(/\s+/).filter((each) => each !== "")) {
    let rest = word;
    if (row !== "" && row.length + 1 + rest.length > width) {
      rows.push(row);
      row = "";
    }
    while (rest.length > width) {
      rows.push(rest.slice(0, width));
      rest = rest.slice(width);
    }
    row = row === "" ? rest : `${row} ${rest}`;
  }
  return [...rows, ...(row === "" ? [] : [row])].join("\n");
}

/** C's notation, as far as a configuration wants it. */
function formatted(template: string, args: readonly (Value | undefined)[]): string {
  let used = 0;
  const text = template.replace(
    /%(%|([-+0 ]*)(\d{1,3})?(?:\.(\d{1,2}))?([a-zA-Z]))/g,
    (whole, all: string, flags: string, width: string | undefined, precision: string | undefined, kind: string) => {
      if (all === "%") return "%";
      const value = args[used];
      if (used >= args.length || value === undefined)
        throw new FunctionFailure(`there are more places in the text than arguments: ${args.length}`);
      used += 1;
      return padded(printed(whole, kind, precision, value, flags), flags, Number(width ?? 0));
    },
  );
  if (used < args.length)
    throw new FunctionFailure(`the text has places for ${used} arguments, and there are ${args.length}`);
  return text;
}

function printed(whole: string, kind: string, precision: string | undefined, value: Value, flags: string): string {
  if (kind === "s") return String(value).slice(0, precision === undefined ? undefined : Number(precision));
  if (!"dixXof".includes(kind)) throw new FunctionFailure(`"${whole}" is not known`, "%s, %d, %x, %X, %o and %f are");
  if (typeof value !== "number")
    throw new FunctionFailure(
      `"${whole}" stands for a number, and this is a ${typeof value}`,
      "`int` makes a number of a text",
    );
  const sign = value >= 0 && flags.includes("+") ? "+" : "";
  if (kind === "f") return sign + value.toFixed(Number(precision ?? 6));
  const whole_ = Math.trunc(value);
  if (kind === "o") return sign + whole_.toString(8);
  if (kind === "d" || kind === "i") return sign + String(whole_);
  return kind === "x" ? sign + whole_.toString(16) : sign + whole_.toString(16).toUpperCase();
}

function padded(text: string, flags: string, width: number): string {
  if (flags.includes("-")) return text.padEnd(width);
  if (!flags.includes("0")) return text.padStart(width);
  const [, sign = "", digits = ""] = /^([+-]?)(.*)$/s.exec(text) ?? [];
  return sign + digits.padStart(width - sign.length, "0");
}
