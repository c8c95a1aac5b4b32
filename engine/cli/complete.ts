import type { Argument, Command, Option } from "commander";

/** A word that may stand here, with what it means. */
export interface Candidate {
  readonly word: string;
  readonly about?: string;
}
/** `files`: the shell offers names of files beside these. */
export interface Completion {
  readonly candidates: readonly Candidate[];
  readonly files: boolean;
}
/**
 * What the site and the library offer for a placeholder of the help: `host`, `playbook`, `role` …; undefined where files
 * are meant. `given` are the words of the call that are no options.
 */
export type Suggest = (placeholder: string, given: readonly string[]) => Promise<readonly Candidate[] | undefined>;

/**
 * What may stand at the end of a call. `words` are those after `lab`, the last one (perhaps empty) being typed. Words and
 * options come from the commands themselves, so that a new one is completed without being told of here.
 */
export async function complete(program: Command, words: readonly string[], suggest: Suggest): Promise<Completion> {
  const typed = words.at(-1) ?? "";
  const { command, rest } = descend(program, words.slice(0, -1));
  const awaited = awaitedOption(command, rest);
  const given = positionals(command, rest);
  if (awaited) return valuesOf(awaited, "", typed, given, suggest);
  const assigned = /^(--[a-z-]+)=(.*)$/s.exec(typed);
  const option = assigned ? optionNamed(command, assigned[1] ?? "") : undefined;
  if (option && assigned) return valuesOf(option, `${assigned[1]}=`, assigned[2] ?? "", given, suggest);
  // After `--` stands a command for hosts, which nobody knows here.
  if (rest.includes("--")) return { candidates: [], files: true };
  if (typed.startsWith("-")) return { candidates: matching(optionsOf(command), typed), files: false };
  const commands = command.commands.filter((each) => !hidden(each));
  if (commands.length > 0 && rest.length === 0) {
    const candidates = commands.map((each) => ({ word: each.name(), about: each.description() }));
    return { candidates: matching(candidates, typed), files: false };
  }
  return argumentsOf(command, given, typed, suggest);
}

/** The command that the words name, and those after its name. */
function descend(
  program: Command,
  words: readonly string[],
): { readonly command: Command; readonly rest: readonly string[] } {
  let command = program;
  let taken = 0;
  for (const word of words) {
    const next = command.commands.find((each) => each.name() === word);
    if (!next) break;
    command = next;
    taken += 1;
  }
  return { command, rest: words.slice(taken) };
}

/** The option whose value is being typed. */
function awaitedOption(command: Command, rest: readonly string[]): Option | undefined {
  if (rest.includes("--")) return undefined;
  const option = optionNamed(command, rest.at(-1) ?? "");
  return option && takesValue(option) ? option : undefined;
}

function optionNamed(command: Command, word: string): Option | undefined {
  return command.options.find(({ short, long }) => word === short || word === long);
}

function takesValue({ required, optional }: Option): boolean {
  return required || optional;
}

async function valuesOf(
  option: Option,
  before: string,
  typed: string,
  given: readonly string[],
  suggest: Suggest,
): Promise<Completion> {
  const placeholder = /[<[]([\w-]+)/.exec(option.flags)?.[1] ?? "";
  const known = option.argChoices?.map((word) => ({ word })) ?? (await suggest(placeholder, given));
  if (known === undefined) return { candidates: [], files: true };
  // `-t a,b`: the word after the last comma is the one being typed.
  const list = /s$/.test(placeholder) ? typed.slice(0, typed.lastIndexOf(",") + 1) : "";
  const candidates = matching(known, typed.slice(list.length));
  return { candidates: candidates.map((each) => ({ ...each, word: before + list + each.word })), files: false };
}

function optionsOf(command: Command): readonly Candidate[] {
  const own = command.options.filter((option) => !option.hidden);
  const words = own.flatMap(({ short, long, description }) =>
    [long, short].flatMap((word) => (word === undefined ? [] : [{ word, about: description }])),
  );
  return [...words, { word: "--help", about: "show help" }];
}

async function argumentsOf(
  command: Command,
  given: readonly string[],
  typed: string,
  suggest: Suggest,
): Promise<Completion> {
  const { registeredArguments } = command;
  const last = registeredArguments.at(-1);
  const argument: Argument | undefined = registeredArguments[given.length] ?? (last?.variadic ? last : undefined);
  if (argument === undefined) return { candidates: [], files: false };
  const known = argument.argChoices?.map((word) => ({ word })) ?? (await suggest(argument.name(), given));
  return known === undefined
    ? { candidates: [], files: true }
    : { candidates: matching(known, typed), files: argument.name() === "playbook" };
}

/** The words that are neither options nor their values. */
function positionals(command: Command, rest: readonly string[]): readonly string[] {
  const found: string[] = [];
  for (let index = 0; index < rest.length; index += 1) {
    const word = rest[index] ?? "";
    const option = optionNamed(command, word);
    if (option && takesValue(option)) index += 1;
    else if (!word.startsWith("-")) found.push(word);
  }
  return found;
}

function matching(candidates: readonly Candidate[], typed: string): readonly Candidate[] {
  return candidates.filter(({ word }) => word.startsWith(typed));
}

/** Commander keeps to itself whether a command is hidden; help does not list it. */
function hidden(command: Command): boolean {
  return !(command.parent?.createHelp().visibleCommands(command.parent).includes(command) ?? true);
}
