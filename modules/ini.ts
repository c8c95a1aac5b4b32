import { z } from "zod";
import type { IniPlace } from "../engine/formats/ini-text.ts";
import { hasSection, iniValues, withIniValues, withoutSection, withSection } from "../engine/formats/ini-text.ts";
import { parentFolder } from "../engine/formats/paths.ts";
import type { Plan, Stat, Value } from "../engine/module/index.ts";
import {
  absolutePath,
  change,
  defineModule,
  givenOwnership,
  maybeSecret,
  newFileParams,
  newFileProblems,
  newFileTrouble,
  presence,
  read,
  Secret,
  write,
} from "../engine/module/index.ts";

const scalar = z
  .union([maybeSecret(), z.number(), z.boolean()], { error: "expected a text, a number or true and false" })
  .transform((value) => (value instanceof Secret ? value : String(value)));

const params = z
  .strictObject({
    path: absolutePath.describe("The file."),
    section: z
      .string()
      .regex(/^[^\]\0-\x1f\x7f]+$/, { error: "the name of a section is one line without ]" })
      .refine((name) => name.trim() === name && !name.startsWith("["), {
        error: "expected the name without its brackets",
      })
      .optional()
      .describe("The section, without its brackets. Unsaid: the part above the first one."),
    option: z
      .string()
      .regex(/^[^=\0-\x1f\x7f]+$/, { error: "the name of an option is one line without =" })
      .refine((name) => name.trim() === name && !/^[#;[]/.test(name), {
        error: "the name of an option cannot begin with # ; or [, nor with a blank",
      })
      .optional()
      .describe("The option. Unsaid: the task is about the section itself."),
    value: z
      .union([scalar, z.array(scalar).min(1)], { error: "expected a value, or a list of them" })
      .optional()
      .describe("Its value; of a list each gets a line, in that order. The option has these values and no others."),
    state: presence.describe("`absent` removes the option; without `option` the whole section."),
    ignore_case: z.boolean().default(false).describe("Names in another case are the same, as for Samba."),
    ...newFileParams,
  })
  .superRefine((given, context) => {
    const wrong = (path: string, message: string) => context.addIssue({ code: "custom", path: [path], message });
    const { section, option, value, state } = given;
    if (option === undefined && section === undefined) {
      context.addIssue({ code: "custom", message: "say what the task is about: option, section or both" });
    }
    if (state === "present" && option !== undefined && value === undefined)
      wrong("value", "say the value that it shall have");
    if (option === undefined && value !== undefined) wrong("value", "a value belongs to an option");
    if (state === "absent" && value !== undefined) wrong("value", "state: absent takes no value");
    for (const [parameter, message] of newFileProblems(given)) wrong(parameter, message);
    for (const each of listed(value)) {
      const text = each instanceof Secret ? each.reveal() : each;
      if (/[\0\n\r]/.test(text)) wrong("value", "a value is one line");
      if (text.trim() !== text) wrong("value", "blanks around a value are lost when it is read");
    }
  });
type Params = z.output<typeof params>;

export const ini = defineModule({
  name: "ini",
  summary: "Set or remove an option of an INI file.",
  description: `Everything else in the file stays byte for byte: comments, order, blanks. A value that changes does so in its
place; a new option goes to the end of its section, written as its neighbours are. An option that stands in the section several times
has only the values that the task says.`,
  params,
  probes: ({ path, create }: Params) => ({
    text: read.text(path),
    parent: create ? read.stat(parentFolder(path), { follow: true }) : undefined,
  }),
  plan: (given, { text, parent = null }) =>
    given.option === undefined ? ofSection(given, text, parent) : ofOption(given, given.option, text, parent),
  result(given, { text }) {
    const values = given.option === undefined ? [] : iniValues(text ?? "", placeOf(given), given.option);
    const secret = listed(given.value).some((each) => each instanceof Secret);
    return { path: given.path, values: secret ? [] : values };
  },
  examples: [
    `ini: { path: /etc/lab-example.conf, section: global, option: workgroup, value: HOME, create: true, mode: "0644" }`,
    "ini: { path: /etc/systemd/journald.conf, section: Journal, option: SystemMaxUse, value: 200M, create: true }",
    "ini: { path: /etc/systemd/journald.conf, section: Journal, option: SystemMaxUse, state: absent }",
    "ini: { path: /etc/lab-example.conf, section: global, state: absent }",
  ],
});

function ofOption(given: Params, option: string, text: string | null, parent: Stat | null): Plan {
  const place = placeOf(given);
  const is = iniValues(text ?? "", place, option);
  const wanted = given.state === "absent" ? [] : listed(given.value);
  const secret = wanted.some((each) => each instanceof Secret);
  const plain = wanted.map((each) => (each instanceof Secret ? each.reveal() : each));
  const shown = (values: readonly (string | null)[]): Value => {
    const texts = values.map((each) => (secret && each !== null ? new Secret(each) : each));
    return texts.length <= 1 ? (texts[0] ?? (values.length === 1 ? "(no value)" : null)) : texts;
  };
  if (given.state === "absent" && is.length === 0) return change({ [option]: null }, { [option]: null }, []);
  const trouble =
    given.state === "absent" ? null : text === null ? newFileTrouble(given.path, given.create, parent) : null;
  if (trouble !== null) return trouble;
  const next = withIniValues(text ?? "", place, option, plain);
  const same = is.length === plain.length && is.every((each, index) => each === plain[index]);
  return change({ [option]: shown(is) }, { [option]: shown(plain) }, [
    !same && write.text(given.path, secret ? new Secret(next) : next, text === null ? givenOwnership(given) : {}),
  ]);
}

function ofSection(given: Params, text: string | null, parent: Stat | null): Plan {
  const place = placeOf(given);
  const there = text !== null && hasSection(text, place);
  const [before, after] = [{ section: there ? "present" : "absent" }, { section: given.state }];
  if (given.state === "absent") {
    return change(before, after, [there && write.text(given.path, withoutSection(text ?? "", place))]);
  }
  const trouble = text === null ? newFileTrouble(given.path, given.create, parent) : null;
  if (trouble !== null) return trouble;
  return change(before, after, [
    !there && write.text(given.path, withSection(text ?? "", place), text === null ? givenOwnership(given) : {}),
  ]);
}

function placeOf({ section, ignore_case }: Params): IniPlace {
  return { section: section ?? null, ignoreCase: ignore_case };
}
function listed(value: Params["value"]): readonly (string | Secret)[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value];
}
