import { z } from "zod";
import { parseIdRange } from "../../engine/formats/idmap.ts";
import { RAW_KEYS, rawKey } from "../../engine/formats/lxc-keys.ts";
import { parseRawLine, type RawLine, sameRawLine } from "../../engine/formats/raw-lines.ts";
import { RAW_PRESETS, type RawPreset } from "../../engine/formats/raw-presets.ts";
import { presence, seconds } from "../../engine/module/index.ts";

const PRESETS = Object.keys(RAW_PRESETS) as readonly RawPreset[] as readonly [RawPreset, ...RawPreset[]];
const HOW = "expected [lxc.key, value] or lxc.key: value";

const preset = z.enum(PRESETS, { error: `expected ${PRESETS.join(" or ")}` });

const entry = z
  .union(
    [
      z.tuple([z.string(), z.union([z.string(), z.int()]).transform(String)]),
      z.string(),
      z.record(z.string(), z.union([z.string(), z.int()]).transform(String)),
    ],
    { error: HOW },
  )
  .transform((given, context): RawLine => {
    const fields = Object.entries(given);
    const [pair] = fields;
    const line =
      typeof given === "string"
        ? parseRawLine(given)
        : Array.isArray(given)
          ? { key: given[0], value: given[1].trim() }
          : fields.length === 1 && pair !== undefined
            ? { key: pair[0], value: String(pair[1]).trim() }
            : null;
    const wrong = line === null ? HOW : lineProblem(line);
    if (line !== null && wrong === undefined) return line;
    context.addIssue({ code: "custom", message: wrong ?? HOW });
    return z.NEVER;
  });

/** A block as it stands in a configuration: comments and blank lines are for people. */
const block = z
  .string()
  .max(65_536)
  .transform((text, context): readonly RawLine[] =>
    text.split("\n").flatMap((each, index) => {
      const text = each.trim();
      if (text === "" || text.startsWith("#")) return [];
      const line = parseRawLine(text);
      const wrong = line === null ? `is no line of the form lxc.key: value` : lineProblem(line);
      if (line !== null && wrong === undefined) return [line];
      context.addIssue({
        code: "custom",
        message: `line ${index + 1} (${text.length > 60 ? `${text.slice(0, 60)}…` : text}): ${wrong}`,
      });
      return [];
    }),
  );

const given = z.strictObject({
  vmid: z
    .int({ error: "expected the id of a container: a number from 100 to 999999999" })
    .min(100, { error: "ids of guests begin at 100" })
    .max(999_999_999, { error: "the highest id of a guest is 999999999" })
    .describe("Id of the container."),
  preset: z
    .union([preset, z.array(preset)], { error: `expected ${PRESETS.join(" or ")}, or a list of them` })
    .transform((words) => (typeof words === "string" ? [words] : words))
    .default([])
    .describe("Lines that belong together, in a word: `quicksync` (an Intel GPU), `tun` (a VPN inside)."),
  entries: z
    .array(entry, { error: `expected a list: ${HOW}` })
    .default([])
    .describe("Lines as pairs, `[lxc.key, value]`, or as text."),
  lines: block.default([]).describe("Lines as a block of text; comments and blank lines in it are not written."),
  mode: z
    .enum(["ensure", "exact"], { error: "expected ensure or exact" })
    .default("ensure")
    .describe("`ensure`: these lines are there, others stay. `exact`: there are no others."),
  state: presence.describe("`absent`: these lines go; with `mode: exact` and no lines all raw lines go."),
  restart: z
    .enum(["never", "if_needed"], { error: "expected never or if_needed" })
    .default("never")
    .describe(
      "Lines count from the next start. `never` lists those that wait in `restart_required` of the result, at every run. `if_needed` restarts a running container for them.",
    ),
  timeout: seconds("a time limit", 7200, 1)
    .default(60)
    .describe("How long a restart may take: seconds, or a text such as `5m`."),
});

/** Every parameter of `lxcconf`. */
export const params = given.superRefine((said, context) => {
  const { mode, state } = said;
  // With a bad line among them zod comes here all the same, with what was written.
  if ([...said.entries, ...said.lines].some((line) => typeof line?.value !== "string")) return;
  const wanted = wantedLines(said);
  const wrong = (message: string) => context.addIssue({ code: "custom", message });
  if (wanted.length === 0 && mode === "ensure") wrong("say which lines: preset, entries or lines");
  if (wanted.length > 0 && mode === "exact" && state === "absent")
    wrong("mode: exact with state: absent takes all raw lines away: name none, or leave mode out");
  for (const { key, value } of wanted) {
    const range = key === "lxc.idmap" ? parseIdRange(value) : null;
    if (range !== null && "error" in range) wrong(range.error);
  }
});
export type Params = z.output<typeof params>;

/** What all ways of saying lines come to, each line once. */
export function wantedLines({ preset, entries, lines }: z.output<typeof given>): readonly RawLine[] {
  const presets = preset.flatMap((name) => RAW_PRESETS[name].map(([key, value]) => ({ key, value })));
  const all: readonly RawLine[] = [...presets, ...entries, ...lines];
  return all.filter((line, index) => all.findIndex((each) => sameRawLine(each, line)) === index);
}

/** What is wrong with one line; undefined if nothing is. */
function lineProblem({ key, value }: RawLine): string | undefined {
  if (!/^lxc\.[a-z0-9_.-]+$/i.test(key)) return `"${key}" is no raw key: they begin with lxc.; others are set with pct`;
  if (/[\0-\x1f\x7f]/.test(value)) return `the value of ${key} holds a line end or another control character`;
  if (value.length > 4096) return `the value of ${key} is longer than 4096 characters`;
  const known = rawKey(key);
  switch (known.kind) {
    case "known":
      return undefined;
    case "renamed":
      return `${key} is an old name: write ${known.to}`;
    case "refused":
      return `${key} cannot be set: ${known.why}`;
    case "unknown": {
      const near = RAW_KEYS.find((each) => each.endsWith(key.slice(key.lastIndexOf("."))));
      const hint = near === undefined ? "" : ` (is it ${near}?)`;
      return `Proxmox VE does not know ${key}${hint}: its next change of the container would drop the line`;
    }
  }
}
