import { readFileSync } from "node:fs";
import { SiteError } from "../errors/site-error.ts";
import { Secret } from "../value/secret.ts";
import { openTerminal } from "./open-terminal.ts";

/** Asks on the terminal, echoing nothing. Null where nobody is there to answer. */
export async function askSecret(question: string): Promise<Secret | null> {
  const terminal = openTerminal();
  const answer = terminal.present ? await terminal.ask(question, true) : null;
  return answer === null ? null : new Secret(answer);
}

/** A password that was asked for on the command line, or that a file named by the environment holds. */
export async function passwordFor(asked: boolean, question: string, variable: string): Promise<Secret | undefined> {
  const file = process.env[variable];
  if (asked) {
    const answer = await askSecret(question);
    if (answer) return answer;
    if (file === undefined) {
      throw new SiteError([
        {
          code: "no-terminal",
          message: `cannot ask for the ${question.toLowerCase()}: there is no terminal`,
          hint: `put it into a file that only you can read and name that in ${variable}`,
        },
      ]);
    }
  }
  if (file === undefined || file === "") return undefined;
  try {
    return new Secret(readFileSync(file, "utf8").replace(/\r?\n$/, ""));
  } catch {
    throw new SiteError([{ code: "missing-file", message: `${variable} names ${file}, which cannot be read` }]);
  }
}
