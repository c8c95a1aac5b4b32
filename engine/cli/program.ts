import { Command, CommanderError, Option } from "commander";
import { wrap } from "../text/wrap.ts";
import type { PlayOptions } from "./commands/play.ts";
import { exitCodes } from "./exit-codes.ts";

/** The commands and their options. Bad calls end with status 1 before anything is loaded. */
export async function runProgram(args: readonly string[], version: string): Promise<number> {
  let code: number = exitCodes.done;
  const helpWidth = Math.min(process.stdout.columns ?? 80, 100);
  const program = new Command("lab")
    .description(
      "Brings a homelab to the state that YAML playbooks declare, over SSH, with nothing installed on the hosts.",
    )
    .version(version, "-V, --version", "print the version")
    .helpOption("-h, --help", "show help")
    .exitOverride()
    .configureHelp({ helpWidth })
    // Told below, as all errors are.
    .configureOutput({ outputError: () => {} })
    .addHelpText(
      "after",
      `
Examples:
  lab play site.yml                  run playbooks/site.yml on inventory/
  lab play site.yml --check --diff   show what would change; change nothing
  lab play site.yml -l pve1 -t cron  only host pve1, only tasks tagged cron
  lab sandbox show                   what is in the embedded lab`,
    );
  playCommand(program, helpWidth).action(async (playbooks: string[], options: PlayOptions) => {
    const { play } = await import("./commands/play.ts");
    code = await play(playbooks, options);
  });
  const sandbox = program
    .command("sandbox")
    .description("look at, break or reset the embedded lab")
    .addHelpText(
      "after",
      paragraphs(helpWidth, [
        "The embedded lab is a model of hosts inside of lab itself: no machine, no root, no network. Its state is kept in .lab/ beside lab.yml.",
      ]),
    );
  sandbox
    .command("show")
    .description("hosts of the embedded lab and what runs have made of them")
    .option("--json", "as JSON")
    .action(async (options: { json?: boolean }) => {
      const { showSandbox } = await import("./commands/sandbox.ts");
      code = await showSandbox(options);
    });
  sandbox
    .command("reset")
    .description("start afresh: every host of the embedded lab as new")
    .action(async () => {
      const { resetSandbox } = await import("./commands/sandbox.ts");
      code = await resetSandbox();
    });
  sandbox
    .command("break")
    .description("inject drift into what runs have set, for the next run to find and mend")
    .option("--seed <number>", "which things to break", "1")
    .action(async (options: { seed: string }) => {
      const { breakSandbox } = await import("./commands/sandbox.ts");
      code = await breakSandbox(options);
    });
  try {
    if (args.length === 0) program.outputHelp();
    else await program.parseAsync([...args], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Help and version are no errors; and a command group called without a command has shown its help.
    if (error.exitCode === 0) return exitCodes.done;
    if (error.code !== "commander.help") await complain(error, commandOf(program, args));
    return exitCodes.wrong;
  }
  return code;
}

/** As deep as the words name commands: `lab sandbox break`. */
function commandOf(program: Command, args: readonly string[]): string {
  const names = [program.name()];
  for (let at: Command | undefined = program; at !== undefined; ) {
    const word: string | undefined = args[names.length - 1];
    at = at.commands.find((command) => command.name() === word);
    if (at) names.push(at.name());
  }
  return names.join(" ");
}

/** A wrong call, in the form of every other error. */
async function complain({ message }: CommanderError, command: string): Promise<void> {
  const { formatDiagnostic } = await import("../errors/format-diagnostic.ts");
  const { wantsColourOn } = await import("./open-reporter.ts");
  const [what = "", guess] = message.replace(/^error: /, "").split("\n");
  const diagnostic = {
    code: "usage",
    message: what,
    hint: `${guess === undefined ? "" : `${guess.replace(/^\(Did (.*)\)$/, "did $1")} `}see ${command} --help`,
  };
  const format = {
    source: () => undefined,
    colour: wantsColourOn(process.stderr),
    width: process.stderr.columns ?? 80,
  };
  process.stderr.write(`${formatDiagnostic(diagnostic, format)}\n`);
}

/** Texts below the options, with an empty line before each. */
function paragraphs(width: number, texts: readonly string[]): string {
  return texts.map((text) => `\n${wrap(text, width).join("\n")}`).join("\n");
}

function playCommand(program: Command, helpWidth: number): Command {
  return program
    .command("play")
    .description("run playbooks")
    .argument("<playbook...>", "files, or names in playbooks/")
    .option("-i, --inventory <path>", "inventory file or folder; may be repeated", collect)
    .option("-l, --limit <pattern>", "only these of the hosts")
    .option("-t, --tags <tags>", "only tasks with one of these tags, separated by commas", collectWords)
    .option("--skip-tags <tags>", "not the tasks with one of these tags", collectWords)
    .option("-e, --extra-vars <vars>", "variables: name=value, JSON, or @file; may be repeated", collect)
    .option("-C, --check", "show what would change; change nothing")
    .option("-D, --diff", "show what changes, field by field and line by line")
    .option("-f, --forks <number>", "how many hosts at a time (default: lab.yml, or 10)")
    .option("-u, --user <name>", "log in as")
    .option("--private-key <file>", "log in with this key")
    .option("-k, --ask-pass", "ask for the password to log in with")
    .option("-b, --become", "run tasks as another user, root unless said otherwise")
    .option("--become-user <name>", "the user to become (default: root)")
    .option("-K, --ask-become-pass", "ask for the password of sudo")
    .option(
      "--accept-new-host-keys",
      "record the key of hosts that are not known yet (a changed key is always refused)",
    )
    .option("--list-hosts", "list the hosts of each play and stop")
    .option("--list-tasks", "list the tasks of each play and stop")
    .option("--list-tags", "list the tags of each play and stop")
    .option("--syntax-check", "check the site and stop; nothing is connected to")
    .addOption(
      new Option("--format <format>", "how the run is told (default: tty on a terminal, else plain)").choices([
        "tty",
        "plain",
        "jsonl",
      ]),
    )
    .option("--profile", "show round trips, operations, forks and bytes, host by host")
    .option("--exit-code", "with --check: end with status 3 when changes are pending")
    .option("--no-lookahead", "look at each task in its turn, not several in one trip")
    .option("-v, --verbose", "show steps, includes and notifications", (_: string, before: number) => before + 1, 0)
    .addHelpText(
      "after",
      paragraphs(helpWidth, [
        "Passwords are also read from the files that LAB_BECOME_PASSWORD_FILE and LAB_PASSWORD_FILE name.",
        "Exit status: 0 done, 1 the site or the call is wrong and nothing was sent, 2 a task failed, 3 changes are pending (--check --exit-code), 4 a host was unreachable, 130 interrupted, 70 a fault of lab.",
      ]),
    );
}

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

function collectWords(value: string, before: readonly string[] = []): readonly string[] {
  return [
    ...before,
    ...value
      .split(",")
      .map((word) => word.trim())
      .filter((word) => word !== ""),
  ];
}
