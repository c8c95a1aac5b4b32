import { type Subcommand, usageLine } from "../../pve/command/guest-command.ts";

export type { OptionSchema, Subcommand, Word } from "../../pve/command/guest-command.ts";

/** How a subcommand is used, as it is printed after what is wrong. */
export function usageOf(name: string, subcommand: Subcommand): string {
  return usageLine("pct", name, subcommand);
}
