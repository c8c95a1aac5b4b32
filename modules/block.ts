import { z } from "zod";
import { parentFolder } from "../engine/formats/paths.ts";
import { splitWords } from "../engine/formats/shell-words.ts";
import { findBlock, withBlock, withoutBlock } from "../engine/formats/text-block.ts";
import { splitLines } from "../engine/formats/text-lines.ts";
import type { Plan, Stat } from "../engine/module/index.ts";
import {
  absolutePath,
  atCreate,
  change,
  defineModule,
  fileMode,
  givenOwnership,
  maybeSecret,
  ownerName,
  read,
  refuse,
  Secret,
  write,
} from "../engine/module/index.ts";

const expression = () =>
  z
    .string()
    .min(1, { error: "an empty expression matches every line" })
    .refine(isExpression, { error: "this is no regular expression (JavaScript's)" });

const params = z
  .strictObject({
    path: absolutePath.describe("The file."),
    block: maybeSecret().optional().describe("The lines between the marks. Nothing outside of them is touched."),
    name: z
      .string()
      .regex(/^[^\0-\x1f\x7f]{1,100}$/, { error: "a name is one line" })
      .refine((name) => name.trim() === name && name !== "", { error: "a name cannot begin or end with a blank" })
      .default("lab")
      .describe("What the block is found again by: a file may have several."),
    marker: z
      .string()
      .regex(/^[^\0-\x1f\x7f]*$/, { error: "a mark is one line" })
      .refine((marker) => marker.includes("{mark}") && marker.includes("{name}"), {
        error: 'expected a line with {mark} (BEGIN, END) and {name} in it, such as "// {mark} {name}"',
      })
      .default("# {mark} {name}")
      .describe("The line above and below, a comment of the file's language. `{mark}` is BEGIN or END."),
    state: z
      .enum(["present", "absent"], { error: "expected present or absent" })
      .default("present")
      .describe("`absent` removes the block with its marks."),
    insert_after: expression()
      .optional()
      .describe("Where a new block goes: after the last line that matches, or `EOF` (the default)."),
    insert_before: expression()
      .optional()
      .describe("Where a new block goes: before the first line that matches, or `BOF`, the beginning of the file."),
    create: z.boolean().default(false).describe("Make the file if there is none."),
    mode: atCreate(fileMode.optional()).describe('Permissions of a file that is made, `"0644"`.'),
    owner: atCreate(ownerName.optional()).describe("Owner of a file that is made."),
    group: atCreate(ownerName.optional()).describe("Group of a file that is made."),
    validate: z
      .union([z.string(), z.array(z.string()).min(1)], { error: "expected a command: a text, or a list of words" })
      .transform((command, context) => {
        const split = typeof command === "string" ? splitWords(command) : { words: command };
        if (!("error" in split) && split.words.slice(1).includes("{}")) return [...split.words];
        const message = "error" in split ? split.error : "one word of the command must be {}, the path of the new file";
        context.addIssue({ code: "custom", message });
        return z.NEVER;
      })
      .optional()
      .describe('A command that must accept the new file before it takes the old one\'s place: `[visudo, -cf, "{}"]`.'),
  })
  .superRefine((given, context) => {
    const wrong = (path: string, message: string) => context.addIssue({ code: "custom", path: [path], message });
    const { block, state, insert_after, insert_before, create } = given;
    if (state === "present" && block === undefined) wrong("block", "say the lines that shall be there");
    if (state === "absent" && block !== undefined)
      wrong("block", "state: absent takes no block: it is found by its name");
    if (insert_after !== undefined && insert_before !== undefined)
      wrong("insert_before", "insert_after and insert_before contradict each other: give one");
    if (state === "absent" && create) wrong("create", "create has no meaning with state: absent");
    for (const each of ["mode", "owner", "group"] as const) {
      if (given[each] !== undefined && !create)
        wrong(each, `${each} is that of a file that is made: it goes with create: true`);
    }
    const text = block instanceof Secret ? block.reveal() : (block ?? "");
    if (text.includes("\0")) wrong("block", "a text cannot hold a NUL character");
    if (typeof given.marker !== "string" || typeof given.name !== "string") return;
    const { begin, end } = markersOf(given);
    if (text.split(/\r?\n/).some((line) => line.trim() === begin || line.trim() === end))
      wrong("block", "the block holds one of its own marks: give it another name or marker");
  });
type Params = z.output<typeof params>;

export const block = defineModule({
  name: "block",
  summary: "Keep a block of lines in a text file, between two marks.",
  description: `The marks say whose the lines are; the rest of the file stays byte for byte, its line ends too. Marks that are
there only half, or twice, are an error, for nobody knows which lines between are meant.`,
  params,
  probes: ({ path, create }: Params) => ({
    text: read.text(path),
    parent: create ? read.stat(parentFolder(path), { follow: true }) : undefined,
  }),
  plan(given, { text, parent = null }) {
    const found = findBlock(text ?? "", markersOf(given));
    if (found.kind === "broken") return refuse(`in ${given.path} ${found.why}`, "mend or remove the marks by hand");
    const is = found.kind === "block" ? found.text : null;
    return given.state === "absent" ? absent(given, text, is) : present(given, text, is, parent);
  },
  result: (given, { text }) => {
    const found = findBlock(text ?? "", markersOf(given));
    return { path: given.path, line: found.kind === "block" ? found.start + 1 : null };
  },
  examples: [
    `block:
  path: /etc/hosts
  name: lab hosts
  block: |
    192.0.2.10 nas1
    192.0.2.11 pve1`,
    `block:
  path: /etc/lab-example.conf
  block: answer = 42
  marker: "; {mark} {name}"
  create: true
  mode: "0644"
  validate: [test, -s, "{}"]`,
    "block: { path: /etc/hosts, name: lab hosts, state: absent }",
  ],
});

function present(given: Params, text: string | null, is: string | null, parent: Stat | null): Plan {
  const { path, create, validate } = given;
  if (text === null && !create) return refuse(`there is no file ${path}`, "say create: true to have it made");
  if (text === null && parent?.type !== "directory") {
    return refuse(`the folder ${parentFolder(path)} does not exist`, "make it first, with the module file");
  }
  const secret = given.block instanceof Secret;
  const source = given.block instanceof Secret ? given.block.reveal() : (given.block ?? "");
  // The newline that ends a text in YAML ends its last line, and is no line of its own.
  const wanted = source.replace(/\r\n/g, "\n").replace(/\n$/, "");
  const place = placeIn(given, text ?? "");
  const next = withBlock(text ?? "", markersOf(given), wanted, place.index);
  const hide = (content: string | null) => (secret && content !== null ? new Secret(content) : content);
  const options = { ...(text === null && givenOwnership(given)), ...(validate !== undefined && { validate }) };
  return change(
    { block: hide(is) },
    { block: hide(wanted) },
    [is !== wanted && write.text(path, secret ? new Secret(next) : next, options)],
    { warnings: [is === null && place.warning] },
  );
}
function absent(given: Params, text: string | null, is: string | null): Plan {
  const rest = withoutBlock(text ?? "", markersOf(given));
  const { validate } = given;
  return change({ block: is }, { block: null }, [
    is !== null && write.text(given.path, rest, validate === undefined ? {} : { validate }),
  ]);
}

function placeIn(
  { insert_after, insert_before }: Params,
  text: string,
): { readonly index: number; readonly warning?: string } {
  const lines = splitLines(text);
  if (insert_before === "BOF") return { index: 0 };
  const source = insert_before ?? insert_after;
  if (source === undefined || source === "EOF") return { index: lines.length };
  const matches = (line: { readonly text: string }) => new RegExp(source).test(line.text);
  const at = insert_before === undefined ? lines.findLastIndex(matches) + 1 : lines.findIndex(matches);
  if (insert_before === undefined ? at > 0 : at >= 0) return { index: at };
  return { index: lines.length, warning: `no line matches ${source}: the block goes to the end of the file` };
}
function markersOf({ marker, name }: Pick<Params, "marker" | "name">) {
  const line = (mark: string) =>
    marker
      .replaceAll("{mark}", mark)
      .replaceAll("{name}", () => name)
      .trim();
  return { begin: line("BEGIN"), end: line("END") };
}
function isExpression(source: string): boolean {
  try {
    new RegExp(source);
    return true;
  } catch {
    return false;
  }
}
