import { z } from "zod";
import { parentFolder } from "../engine/formats/paths.ts";
import type { TextLine } from "../engine/formats/text-lines.ts";
import { insertLine, joinLines, splitLines } from "../engine/formats/text-lines.ts";
import type { Plan, Stat } from "../engine/module/index.ts";
import {
  absolutePath,
  change,
  defineModule,
  givenOwnership,
  lineExpression,
  maybeSecret,
  newFileParams,
  newFileProblems,
  newFileTrouble,
  placeAmong,
  presence,
  read,
  Secret,
  write,
} from "../engine/module/index.ts";

const params = z
  .strictObject({
    path: absolutePath.describe("The file."),
    line: maybeSecret()
      .optional()
      .describe("The line as it shall stand, whole and without its newline. Groups of `regexp` are not put into it."),
    regexp: lineExpression()
      .optional()
      .describe(
        "Finds the line to replace (JavaScript's syntax, anywhere in the line). Of several the last is replaced, and the others are named in a warning.",
      ),
    state: presence.describe("`absent` removes every line that matches `regexp`, or that equals `line`."),
    insert_after: lineExpression()
      .optional()
      .describe("Where a new line goes: after the last line that matches, or `EOF` (the default)."),
    insert_before: lineExpression()
      .optional()
      .describe("Where a new line goes: before the last line that matches, or `BOF`, the beginning of the file."),
    ...newFileParams,
  })
  .superRefine((given, context) => {
    const wrong = (path: string, message: string) => context.addIssue({ code: "custom", path: [path], message });
    const { line, regexp, state } = given;
    const text = line instanceof Secret ? line.reveal() : line;
    if (text !== undefined && /[\n\r]/.test(text))
      wrong("line", "this is more than one line: use one task per line, or copy for the file");
    if (text?.includes("\0")) wrong("line", "a line of text cannot hold a NUL character");
    if (state === "present" && line === undefined) wrong("line", "say the line that shall be there");
    if (state === "absent" && line === undefined && regexp === undefined)
      context.addIssue({ code: "custom", message: "say which line shall go: line or regexp" });
    if (state === "absent" && line !== undefined && regexp !== undefined) {
      wrong("regexp", "with state: absent give line (equal lines go) or regexp (matching lines go), not both");
    }
    if (given.insert_after !== undefined && given.insert_before !== undefined) {
      wrong("insert_before", "insert_after and insert_before contradict each other: give one");
    }
    for (const name of ["insert_after", "insert_before"] as const) {
      if (state === "absent" && given[name] !== undefined) wrong(name, `${name} has no meaning with state: absent`);
    }
    for (const [parameter, message] of newFileProblems(given)) wrong(parameter, message);
  });
type Params = z.output<typeof params>;

export const line = defineModule({
  name: "line",
  summary: "Make sure that a file has one line, or has it no more.",
  description: `With \`regexp\` the last line that matches is replaced; if none does and the very line is not there either, it is inserted.
Without, an equal line anywhere is enough. Line ends are kept: a file with CRLF stays one, and a last line without a newline stays so
unless something comes after it.`,
  params,
  probes: ({ path, create }) => ({
    text: read.text(path),
    parent: create ? read.stat(parentFolder(path), { follow: true }) : undefined,
  }),
  plan(given, { text, parent = null }) {
    if (given.state === "absent") return absent(given, text);
    return present(given, given.line ?? "", text, parent);
  },
  result: ({ path, line, regexp }, { text }) => {
    const lines = splitLines(text ?? "");
    const wanted = regexp === undefined ? line : undefined;
    const numbers = lines.flatMap((each, index) => (matches(each, wanted, regexp) ? [index + 1] : []));
    return { path, line_numbers: numbers };
  },
  examples: [
    `line: { path: /etc/hosts, line: "192.0.2.10 nas.example" }`,
    `line: { path: /etc/lab-example.conf, regexp: "^#?PermitRootLogin ", line: PermitRootLogin prohibit-password, create: true }`,
    `line: { path: /etc/hosts, regexp: "nas[.]example$", state: absent }`,
  ],
});

function present(given: Params, line: string | Secret, text: string | null, parent: Stat | null): Plan {
  const { path, regexp, create } = given;
  const trouble = text === null ? newFileTrouble(path, create, parent) : null;
  if (trouble !== null) return trouble;
  const wanted = line instanceof Secret ? line.reveal() : line;
  const lines = splitLines(text ?? "");
  const found = regexp === undefined ? [] : indexes(lines, undefined, regexp);
  const last = found.at(-1);
  const equal = lines.some((each) => each.text === wanted);
  const old = last !== undefined ? (lines[last]?.text ?? null) : equal ? wanted : null;
  const place = placeAmong(lines, given, "the line");
  const next = last !== undefined ? replaced(lines, last, wanted) : insertLine(lines, place.index, wanted);
  const shown = (content: string | null) =>
    line instanceof Secret && content !== null ? new Secret(content) : content;
  return change(
    { line: shown(old) },
    { line: shown(wanted) },
    [
      old !== wanted &&
        write.text(
          path,
          line instanceof Secret ? new Secret(joinLines(next)) : joinLines(next),
          text === null ? givenOwnership(given) : {},
        ),
    ],
    {
      warnings: [
        found.length > 1 &&
          `regexp matches ${found.length} lines of ${path} (${numbers(found)}): only the last is looked after, the others stay`,
        regexp !== undefined &&
          !new RegExp(regexp).test(wanted) &&
          "regexp does not match the line itself: when the line changes some day, the old one will stay beside the new",
        old === null && place.warning,
      ],
    },
  );
}

function absent({ path, line, regexp }: Params, text: string | null): Plan {
  const wanted = line instanceof Secret ? line.reveal() : line;
  const lines = splitLines(text ?? "");
  const gone = indexes(lines, wanted, regexp);
  const secret = line instanceof Secret;
  const before = gone.map((index) => lines[index]?.text ?? "").map((each) => (secret ? new Secret(each) : each));
  const rest = joinLines(lines.filter((_, index) => !gone.includes(index)));
  return change({ lines: before }, { lines: [] }, [
    gone.length > 0 && write.text(path, secret ? new Secret(rest) : rest),
  ]);
}

function replaced(lines: readonly TextLine[], at: number, text: string): readonly TextLine[] {
  return lines.map((each, index) => (index === at ? { ...each, text } : each));
}
function indexes(lines: readonly TextLine[], line: string | undefined, regexp: string | undefined): readonly number[] {
  return lines.flatMap((each, index) => (matches(each, line, regexp) ? [index] : []));
}
function matches({ text }: TextLine, line: string | Secret | undefined, regexp: string | undefined): boolean {
  if (regexp !== undefined) return new RegExp(regexp).test(text);
  return text === (line instanceof Secret ? line.reveal() : line);
}
function numbers(indexes: readonly number[]): string {
  const shown = indexes.slice(0, 5).map((index) => index + 1);
  return `lines ${shown.join(", ")}${indexes.length > 5 ? ", …" : ""}`;
}
