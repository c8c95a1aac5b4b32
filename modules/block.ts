import { z } from "zod";
import { parentFolder } from "../engine/formats/paths.ts";
import { findBlock, withBlock, withoutBlock } from "../engine/formats/text-block.ts";
import { splitLines } from "../engine/formats/text-lines.ts";
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
  refuse,
  Secret,
  validateParam,
  write,
} from "../engine/module/index.ts";

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
    state: presence.describe("`absent` removes the block with its marks."),
    insert_after: lineExpression()
      .optional()
      .describe("Where a new block goes: after the last line that matches, or `EOF` (the default)."),
    insert_before: lineExpression()
      .optional()
      .describe("Where a new block goes: before the last line that matches, or `BOF`, the beginning of the file."),
    ...newFileParams,
    validate: validateParam,
  })
  .superRefine((given, context) => {
    const wrong = (path: string, message: string) => context.addIssue({ code: "custom", path: [path], message });
    const { block, state, insert_after, insert_before } = given;
    if (state === "present" && block === undefined) wrong("block", "say the lines that shall be there");
    if (state === "absent" && block !== undefined)
      wrong("block", "state: absent takes no block: it is found by its name");
    if (insert_after !== undefined && insert_before !== undefined)
      wrong("insert_before", "insert_after and insert_before contradict each other: give one");
    for (const [parameter, message] of newFileProblems(given)) wrong(parameter, message);
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
  const trouble = text === null ? newFileTrouble(path, create, parent) : null;
  if (trouble !== null) return trouble;
  const secret = given.block instanceof Secret;
  const source = given.block instanceof Secret ? given.block.reveal() : (given.block ?? "");
  // The newline that ends a text in YAML ends its last line, and is no line of its own.
  const wanted = source.replace(/\r\n/g, "\n").replace(/\n$/, "");
  const place = placeAmong(splitLines(text ?? ""), given, "the block");
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

function markersOf({ marker, name }: Pick<Params, "marker" | "name">) {
  const line = (mark: string) =>
    marker
      .replaceAll("{mark}", mark)
      .replaceAll("{name}", () => name)
      .trim();
  return { begin: line("BEGIN"), end: line("END") };
}
