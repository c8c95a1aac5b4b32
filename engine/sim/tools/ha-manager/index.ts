import { type CommandForm, isCall, parameterErrors, readCommandLine } from "../../pve/command/command-line.ts";
import { PveError, UsageError } from "../../pve/command/pve-error.ts";
import { isVersion9 } from "../../pve/ha/files.ts";
import { fails, refuseArgument, type Tool } from "../../tool.ts";
import { type Command, commandsOf } from "./commands.ts";

/** pve-ha-manager 4.0 (Proxmox VE 8.4, with groups) and 5 (9, with rules). No manager runs: nothing is ever moved or started. */
export const haManager: Tool = {
  name: "ha-manager",
  rests: "recorded",
  run({ session }, args) {
    if (session.user.uid !== 0) return fails(255, "please run as root\n");
    const commands = commandsOf(session.host, isVersion9(session.host));
    const words = [3, 2, 1].find((count) => Object.hasOwn(commands, args.slice(0, count).join(" ")));
    const name = args.slice(0, words ?? 1).join(" ");
    const command = words === undefined ? undefined : commands[name];
    if (words === undefined || command === undefined) refuseArgument("ha-manager", name === "" ? "no command" : name);
    const form: CommandForm = { usage: usageOf(name, command), words: command.words, options: command.options };
    const call = readCommandLine(form, args.slice(words));
    if (!isCall(call)) return call;
    const missing = (command.required ?? []).filter((option) => !call.params.has(option));
    if (missing.length > 0) {
      const why = "property is missing and it is not optional";
      return parameterErrors(form.usage, Object.fromEntries(missing.map((option) => [option, why])));
    }
    try {
      const { stdout = "", stderr = "" } = command.run(session, call.params);
      return { code: 0, stdout, stderr };
    } catch (error) {
      if (!(error instanceof PveError)) throw error;
      return fails(error.code, error instanceof UsageError ? `${error.message}${form.usage}\n` : error.message);
    }
  },
};

function usageOf(name: string, { words, required = [], options, formatted }: Command): string {
  const places = Object.keys(words).map((word) => ` <${word}>`);
  const needed = required.map((option) => ` --${option} <string>`);
  const blank = places.length + needed.length === 0 ? " " : "";
  const rest = Object.keys(options).length > required.length ? ` ${blank}[OPTIONS]` : blank;
  return `ha-manager ${name}${places.join("")}${needed.join("")}${rest}${formatted ? " [FORMAT_OPTIONS]" : ""}`;
}
