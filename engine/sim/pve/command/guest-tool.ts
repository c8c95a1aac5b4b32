import { fails, NotImitated, type Tool, type ToolContext, type ToolResult } from "../../tool.ts";
import { inputInLocale, wordsInLocale } from "./argument-encoding.ts";
import { type GuestCall, parseCall, type Subcommand, usageLine } from "./guest-command.ts";
import { collectOutput } from "./pve-error.ts";

type Command = readonly [name: string, subcommand: Subcommand | string];
/** In the order and the groups of the tool's own overview. One that is its usage line alone is not imitated. */
export type CommandGroups = readonly (readonly Command[])[];

/** How long a start of Perl and the question to the cluster's file system take. */
const PERL_MS = 650;

/**
 * `pct` or `qm`: finds the subcommand (`set`, `disk resize`), takes its words apart, and carries it out as root. Older
 * names of a subcommand are in `aliases`.
 */
export function guestTool(tool: string, groups: CommandGroups, aliases: Readonly<Record<string, string>> = {}): Tool {
  return {
    name: tool,
    rests: "recorded",
    run(context, words) {
      if (context.session.user.uid !== 0) return notRoot();
      const args = wordsInLocale(words, context.env);
      const [spelled] = args;
      if (spelled === undefined) return overview(tool, groups, "ERROR: no command specified");
      const found = findCommand(groups, aliases, args);
      if (found === undefined) return overview(tool, groups, `ERROR: unknown command '${tool} ${spelled}'`);
      const { name, subcommand, rest } = found;
      if (typeof subcommand === "string") throw new NotImitated(`the embedded lab does not imitate "${tool} ${name}"`);
      const usage = usageLine(tool, name, subcommand);
      const call = parsed(subcommand, usage, rest, inputInLocale(context.stdin, context.env));
      context.session.spend(PERL_MS);
      return "code" in call ? call : carriedOut(subcommand, usage, context, call);
    },
  };
}

function carriedOut(subcommand: Subcommand, usage: string, context: ToolContext, call: GuestCall): ToolResult {
  let done: ToolResult | null = null;
  const stopped = collectOutput(usage, () => {
    done = subcommand.run(context, call);
  });
  return done ?? stopped;
}

function parsed(subcommand: Subcommand, usage: string, args: readonly string[], stdin: Uint8Array) {
  let call: GuestCall | null = null;
  const result = collectOutput(usage, () => {
    call = parseCall(subcommand, args, stdin);
  });
  return call ?? result;
}

/** By its name, by an older name, or by a beginning that fits one only; a name of two words before one of one. */
function findCommand(groups: CommandGroups, aliases: Readonly<Record<string, string>>, args: readonly string[]) {
  const [first = "", second, ...rest] = args;
  const pair = second === undefined ? undefined : named(groups, `${first} ${second}`);
  if (pair) return { name: pair[0], subcommand: pair[1], rest };
  const alias = Object.hasOwn(aliases, first) ? aliases[first] : undefined;
  const single = named(groups, alias ?? first.replaceAll("_", "-")) ?? beginning(groups, first);
  return single && { name: single[0], subcommand: single[1], rest: args.slice(1) };
}
function named(groups: CommandGroups, wanted: string): Command | undefined {
  return groups.flat().find(([name]) => name === wanted);
}
function beginning(groups: CommandGroups, spelled: string): Command | undefined {
  const fitting = groups
    .flat()
    .filter(([name]) => !name.includes(" ") && name.startsWith(spelled.replaceAll("_", "-")));
  return fitting.length === 1 ? fitting[0] : undefined;
}

function overview(tool: string, groups: CommandGroups, complaint: string): ToolResult {
  const lines = groups.map((group) =>
    group
      .map(([name, subcommand]) => (typeof subcommand === "string" ? subcommand : usageLine(tool, name, subcommand)))
      .map((usage) => `       ${usage}\n`)
      .join(""),
  );
  return fails(255, `${complaint}\nUSAGE: ${tool} <COMMAND> [ARGS] [OPTIONS]\n\n${lines.join("\n")}`);
}

function notRoot(): ToolResult {
  const attempts = [1, 2, 3].map((attempt) => `ipcc_send_rec[${attempt}] failed: Unknown error -1\n`);
  return fails(255, `${attempts.join("")}Unable to load access control list: Unknown error -1\n`);
}
