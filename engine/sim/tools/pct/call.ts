import type { GuestCall } from "../../pve/command/guest-command.ts";

/** One call of a subcommand of `pct`. */
export type PctCall = GuestCall;

/** Whether a boolean option is on. */
export function isOn(call: PctCall, name: string): boolean {
  return call.options.get(name) === "1";
}
