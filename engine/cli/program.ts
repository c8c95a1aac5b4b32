import { type Argument, Command, CommanderError } from "commander";
import { exitCodes } from "./exit-codes.ts";
import { registrations } from "./program/index.ts";
import { examples, type Registrar } from "./program/registrar.ts";

/** The program with all its commands. Bad calls end with status 1 before anything is loaded. */
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
    .configureHelp({ helpWidth, subcommandTerm })
    // Told below, as all errors are.
    .configureOutput({ outputError: () => {} })
    .addHelpText(
      "after",
      examples(
        ["lab play site.yml", "run playbooks/site.yml on inventory/"],
        ["lab play site.yml --check --diff", "show what would change; change nothing"],
        ["lab play site.yml -l pve1 -t cron", "only host pve1, only tasks tagged cron"],
        ["lab sandbox show", "what is in the embedded lab"],
      ),
    );
  const registrar: Registrar = {
    program,
    width: helpWidth,
    action:
      (work) =>
      async (...args) => {
        code = await work(...args);
      },
  };
  for (const register of registrations) register(registrar);
  if (args[0] === "__complete") {
    const { answerShell } = await import("./commands/complete.ts");
    return answerShell(program, args.slice(1));
  }
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
  const { wantsColourOn } = await import("./wants-colour-on.ts");
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

/** A command in a list of commands: its arguments, and not that it has options, which all of them have. */
function subcommandTerm(command: Command): string {
  const words = command.registeredArguments.map(shownArgument);
  return [command.name(), ...words].join(" ");
}

function shownArgument(argument: Argument): string {
  const word = argument.name() + (argument.variadic ? "..." : "");
  return argument.required ? `<${word}>` : `[${word}]`;
}
