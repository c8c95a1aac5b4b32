import { type GuestCall, type Subcommand, usageLine } from "../../pve/command/guest-command.ts";

export type { GuestCall, Subcommand } from "../../pve/command/guest-command.ts";

/** How a subcommand is used, as it is printed after what is wrong. */
export function usageOf(name: string, subcommand: Subcommand): string {
  return usageLine("qm", name, subcommand);
}

/** Whether a boolean option is on. */
export function isOn(call: GuestCall, name: string): boolean {
  return call.options.get(name) === "1";
}
