import { type Command, Option } from "commander";
import { collect } from "./registrar.ts";

/** Which hosts, and what they know: the options of every command that loads an inventory. */
export function inventoryOptions(command: Command): Command {
  return command
    .option("-i, --inventory <path>", "inventory file or folder; may be repeated", collect)
    .option("-l, --limit <pattern>", "only these of the hosts")
    .option("-e, --extra-vars <vars>", "variables: name=value, JSON, or @file; may be repeated", collect);
}

/** Which part of the hosts, where several controllers share them. */
export const shardOption = [
  "--shard <i/n>",
  "only the i-th of n parts of the hosts; auto/n: the index of a Kubernetes Job or a CI matrix",
] as const;

/** How hosts are logged in to, and as whom: the options of every command that connects to them. */
export function loginOptions(command: Command): Command {
  return command
    .option(
      "-f, --forks <number>",
      "how many hosts at a time (default: lab.yml, or as many as open files and cores allow)",
    )
    .option("-u, --user <name>", "log in as")
    .option("--private-key <file>", "log in with this key")
    .option("-k, --ask-pass", "ask for the password to log in with")
    .option("-b, --become", "run tasks as another user, root unless said otherwise")
    .option("--become-user <name>", "the user to become (default: root)")
    .option("-K, --ask-become-pass", "ask for the password of sudo")
    .option(
      "--accept-new-host-keys",
      "record the key of hosts that are not known yet (a changed key is always refused)",
    );
}

/** What a command does that finds another run at work on a machine. */
export const waitForLock = [
  "--wait-for-lock [time]",
  "wait for a machine that another run writes to, 5m unless said otherwise (default: fail at once)",
] as const;

/** How the run is told. */
export function formatOption(...formats: readonly string[]): Option {
  return new Option("--format <format>", "how the run is told (default: tty on a terminal, else plain)").choices(
    formats,
  );
}
