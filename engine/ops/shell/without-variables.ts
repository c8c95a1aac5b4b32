import { quoteWord } from "../quote.ts";

/** Words in front of a command that must not see these variables. By `env`, not by the shell: a variable may bear the name of one of ours. */
export function withoutVariables(names: readonly string[]): string {
  return names.length === 0 ? "" : `env ${names.map((name) => `-u ${quoteWord(name)} `).join("")}`;
}
