import { setPassword } from "../../pve/access/users.ts";
import { type CommandForm, isCall, readCommandLine } from "../../pve/command/command-line.ts";
import { PveError, UsageError } from "../../pve/command/pve-error.ts";
import { fails, NotImitated, refuseArgument, type Tool, type ToolContext, type ToolResult } from "../../tool.ts";
import { FORMATTING } from "../pvesh/index.ts";
import { printAnswer } from "../pvesh/print.ts";
import { COMMANDS, type Command } from "./commands.ts";

/** libpve-access-control 8.2: users, groups, roles, rights, tokens. */
export const pveum: Tool = {
  name: "pveum",
  rests: "recorded",
  run(context, args) {
    if (context.session.user.uid !== 0) return fails(255, "please run as root\n");
    if (args[0] === "passwd") return passwd(context, args.slice(1));
    for (const words of [3, 2]) {
      const name = args.slice(0, words).join(" ");
      const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
      if (command !== undefined) return run(context, name, command, args.slice(words));
    }
    refuseArgument("pveum", args.slice(0, 2).join(" ") || "no command");
  },
};

function run({ session, stdin }: ToolContext, name: string, command: Command, args: readonly string[]): ToolResult {
  const words = Object.keys(command.words).map((word) => ` <${word}>`);
  const needed = (command.required ?? []).map((option) => ` --${option} <string>`);
  const formatted = command.prints === undefined ? "" : " [FORMAT_OPTIONS]";
  // A command without words has two blanks before its options.
  const blank = words.length + needed.length === 0 ? " " : "";
  const hasOptions = Object.keys(command.options ?? {}).length > 0 || command.prints !== undefined;
  const options = hasOptions ? ` ${blank}[OPTIONS]` : "";
  const form: CommandForm = {
    usage: `pveum ${name}${words.join("")}${needed.join("")}${options}${formatted}`,
    words: command.words,
    options: { ...command.options, ...(command.prints !== undefined && FORMATTING) },
  };
  const call = readCommandLine(form, args, stdin);
  if (!isCall(call)) return call;
  const missing = (command.required ?? []).find((option) => !call.params.has(option));
  if (missing !== undefined) {
    const why = `${missing}: property is missing and it is not optional`;
    return fails(255, `400 Parameter verification failed.\n${why}\n${form.usage}\n`);
  }
  try {
    const { data = null, stderr } = command.run(session, call.params);
    const format = call.params.get("output-format") ?? "text";
    const quiet = command.prints === undefined || call.params.get("quiet") === "1" || data === null;
    const stdout = quiet ? "" : printAnswer(data, format, command.prints === "record" ? undefined : command.prints);
    return { code: 0, stdout, stderr };
  } catch (error) {
    if (!(error instanceof PveError)) throw error;
    return fails(error.code, error instanceof UsageError ? `${error.message}${form.usage}\n` : error.message);
  }
}

/** Asks twice. */
function passwd({ session, stdin }: ToolContext, args: readonly string[]): ToolResult {
  const [user = "", ...rest] = args;
  if (rest.length > 0) refuseArgument("pveum", rest.join(" "));
  if (!user.endsWith("@pve")) throw new NotImitated("the embedded lab's pveum sets passwords of the realm pve only");
  const [first = "", second = ""] = Buffer.from(stdin).toString("utf8").split("\n");
  if (first !== second) return fails(255, "Passwords do not match.\n");
  setPassword(session, user, first);
  return { code: 0, stdout: "", stderr: "" };
}
