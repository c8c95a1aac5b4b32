import { z } from "zod";
import { parseDuration } from "../engine/formats/duration.ts";
import { parsePveSize } from "../engine/formats/pve-size.ts";
import type { ExecAnswer, Reading, ReadOp, Stat, Value } from "../engine/module/index.ts";
import { absolutePath, defineReading, oneOrMore, read, refuse } from "../engine/module/index.ts";

const TYPES = { file: "f", directory: "d", link: "l" } as const;

/** A pattern of names. Only names are matched: a slash would never match anything. */
const pattern = z
  .string({ error: "expected a pattern such as *.log" })
  .min(1, { error: "an empty pattern matches nothing" })
  .max(255)
  .refine((text) => !/[\0/]/.test(text), { error: "a pattern is one of names, without a folder: *.log" });

const age = z
  .union([z.string(), z.number()], { error: "expected an age such as 7d or 12h" })
  .transform((given, context) => {
    const seconds = parseDuration(given);
    // find counts whole minutes, in every version of it.
    if (seconds !== undefined && seconds >= 60 && seconds % 60 === 0 && seconds <= 315_360_000) return seconds / 60;
    context.addIssue({
      code: "custom",
      message: "expected an age in whole minutes, such as 90m, 12h or 7d; at most ten years",
    });
    return z.NEVER;
  });
const size = z
  .union([z.string(), z.number()], { error: "expected a size: bytes, or a text such as 10M" })
  .transform((given, context) => {
    const bytes = typeof given === "number" ? given : parsePveSize(given);
    if (bytes !== null && Number.isSafeInteger(bytes) && bytes >= 0 && bytes < 2 ** 50) return bytes;
    context.addIssue({
      code: "custom",
      message: "expected a size: bytes, or a text such as 512K, 10M or 2G (powers of 1024)",
    });
    return z.NEVER;
  });

const params = z
  .strictObject({
    paths: oneOrMore(absolutePath, "a folder").describe("The folder to search, or a list of them."),
    patterns: oneOrMore(pattern, "a pattern")
      .optional()
      .describe("Patterns of names (`*.log`), any of which fits. Unsaid: every name."),
    excludes: oneOrMore(pattern, "a pattern").optional().describe("Patterns of names that are left out."),
    type: z
      .enum(["file", "directory", "link", "any"], { error: "expected file, directory, link or any" })
      .default("file")
      .describe("What is looked for. A link is not followed, and is a link."),
    older_than: age.optional().describe("Changed longer ago than this: `7d`, `12h`, whole minutes."),
    newer_than: age.optional().describe("Changed less long ago than this."),
    min_size: size.optional().describe("At least this large: bytes, or a text such as `10M`."),
    max_size: size.optional().describe("At most this large."),
    contains: z
      .string()
      .min(1, { error: "an empty text is in every file" })
      .max(1000)
      .refine((text) => !/[\0\n]/.test(text), { error: "a text to look for is one line" })
      .optional()
      .describe("A text (no pattern) that the file must hold. Reads every file that all else fits."),
    depth: z
      .int({ error: "expected a number of levels" })
      .min(1, { error: "at least one level: what is in the folder itself" })
      .max(1000)
      .optional()
      .describe("How many levels to go down; 1 is what stands in the folder itself. Unsaid: all."),
    hidden: z.boolean().default(false).describe("Also take files, and go into folders, whose name begins with a dot."),
    one_file_system: z.boolean().default(false).describe("Stay off other file systems that are mounted below."),
    limit: z
      .int({ error: "expected a number" })
      .min(0, { error: "expected 0 or more" })
      .max(1000, { error: "at most 1000 are listed; `count` counts all" })
      .default(100)
      .describe("How many are listed in `files`. `count` counts all of them."),
  })
  .superRefine((given, context) => {
    const wrong = (path: string, message: string) => context.addIssue({ code: "custom", path: [path], message });
    const { older_than, newer_than, min_size, max_size, contains, type } = given;
    if (older_than !== undefined && newer_than !== undefined && older_than >= newer_than)
      wrong("newer_than", "nothing is older than one and newer than the other");
    if (min_size !== undefined && max_size !== undefined && min_size > max_size)
      wrong("max_size", "nothing is larger than one and smaller than the other");
    if (contains !== undefined && type !== "file") wrong("contains", "only a file holds a text: leave type out");
    if (type !== "file" && (min_size !== undefined || max_size !== undefined))
      wrong(min_size !== undefined ? "min_size" : "max_size", "only of a file the size says something: leave type out");
  });
type Params = z.output<typeof params>;

export const find = defineReading({
  name: "find",
  summary: "Search folders for files by name, age, size or content.",
  description: `Registers \`count\` (of all that was found), \`files\` (at most \`limit\` of them, each with \`path\`, \`type\`, \`size\`, \`mode\`, \`owner\`, \`group\`,
\`mtime\` and \`age\`) and \`truncated\`. Links are never followed, but for a link that is named in \`paths\` itself.`,
  params,
  shorthand: "paths",
  // It walks trees: not before it is its turn.
  ahead: false,
  probes: (given) => ({
    found: read.script("find-files", [
      String(given.limit),
      String(given.paths.length),
      ...given.paths.map((path) => (path === "/" ? path : `${path}/`)),
      ...testsOf(given),
    ]),
  }),
  probesAfter(_, { found }) {
    const looks: Record<`/${string}`, ReadOp<Stat | null>> = {};
    for (const path of parse(found).paths) looks[path] = read.stat(path);
    return looks;
  },
  read(given, observed, { now }): Reading {
    const { found } = observed;
    const said = found.stderr.trim();
    if (found.code === 3) return refuse(said, "only folders can be searched");
    if (found.code !== 0 && found.code !== 4) return refuse(`the search failed: ${said}`, "is find on the host?");
    const { count, paths } = parse(found);
    const files = paths.flatMap((path): Value[] => {
      const stat = observed[path];
      // Gone since, or with a name that is no UTF-8 text: there is no saying what it is.
      if (stat == null) return [];
      const { type, size, mode, owner, group, mtime } = stat;
      return [
        { path, type, size, mode, owner, group, mtime, age: Math.max(0, Math.floor(now.getTime() / 1000) - mtime) },
      ];
    });
    return {
      kind: "value",
      value: { count, files, truncated: count > paths.length },
      warnings: found.code === 4 ? [`not all of ${given.paths.join(", ")} could be searched: ${firstLine(said)}`] : [],
    };
  },
  examples: [
    "find: /etc/cron.d",
    "find: { paths: [/var/log], patterns: ['*.gz', '*.1'], older_than: 30d, depth: 2, hidden: true, limit: 20 }",
    "find: { paths: /etc, contains: lab-example, type: file, depth: 1, max_size: 1M }",
  ],
});

/** The options and tests of `find`. Each word of a user's stands behind the test that it belongs to, so it is never one itself. */
function testsOf(given: Params): readonly string[] {
  const { type, older_than, newer_than, min_size = 0, max_size, contains, depth } = given;
  const names = (given.patterns ?? []).flatMap((each, index) => [...(index > 0 ? ["-o"] : []), "-name", each]);
  return [
    "-mindepth",
    "1",
    ...(depth === undefined ? [] : ["-maxdepth", String(depth)]),
    ...(given.one_file_system ? ["-xdev"] : []),
    ...(given.hidden ? [] : ["!", "(", "-name", ".*", "-prune", ")"]),
    ...(type === "any" ? [] : ["-type", TYPES[type]]),
    ...(names.length === 0 ? [] : ["(", ...names, ")"]),
    ...(given.excludes ?? []).flatMap((each) => ["!", "-name", each]),
    ...(older_than === undefined ? [] : ["-mmin", `+${older_than}`]),
    ...(newer_than === undefined ? [] : ["-mmin", `-${newer_than}`]),
    ...(min_size > 0 ? ["-size", `+${min_size - 1}c`] : []),
    ...(max_size === undefined ? [] : ["-size", `-${max_size + 1}c`]),
    ...(contains === undefined ? [] : ["-exec", "grep", "-qF", "-e", contains, "--", "{}", ";"]),
  ];
}

function parse({ stdout }: ExecAnswer): { readonly count: number; readonly paths: readonly `/${string}`[] } {
  const end = stdout.indexOf("\n");
  const paths = stdout.slice(end + 1).split("\0");
  return { count: Number(stdout.slice(0, Math.max(end, 0))), paths: paths.filter(isAbsolute) };
}
function isAbsolute(path: string): path is `/${string}` {
  return path.startsWith("/");
}
function firstLine(text: string): string {
  return text.split("\n")[0] ?? "";
}
