import { randomBytes } from "node:crypto";
import { stepDownWords } from "../ops/shell/step-down.ts";
import { quoteWord } from "../text/quote-word.ts";
import { userNamePattern } from "../text/user-name.ts";
import type { Target } from "./connection.ts";
import { BecomeFailed } from "./connection.ts";

/** How a command is started as a user: its text, and the prompt after which sudo wants the password. */
export interface Entrance {
  readonly command: string;
  /** Null where no password can be asked for. */
  readonly prompt: string | null;
}

/** The command as it is for the login user, else entered through sudo. Words of `command` are already quoted. */
export function enterAs(user: string | null, loginUser: string, command: string, target: Target): Entrance {
  if (user === null || user === loginUser) return { command, prompt: null };
  if (!userNamePattern.test(user)) {
    throw new BecomeFailed(
      `${target.name}: cannot become "${user}": that is no user name`,
      "letters, digits, dot, dash and underscore make a name; it starts with none of the middle two.",
    );
  }
  if (loginUser === "root") return { command: `${stepDownWords(user)} ${command}`, prompt: null };
  // Random, so that no text of a user, a host or a banner is ever taken for it, and the password given to another program.
  const prompt = `lab-sudo-${randomBytes(16).toString("hex")}:`;
  return { command: `sudo -S -p ${prompt} -u ${quoteWord(user)} -- ${command}`, prompt };
}

export function noPassword(user: string, target: Target): BecomeFailed {
  return new BecomeFailed(
    `${target.name}: sudo asks for a password to become ${user}, and none is known`,
    "give it with -K, LAB_BECOME_PASSWORD_FILE or lab_become_password, or allow it without one in sudoers (NOPASSWD).",
  );
}

export function wrongPassword(user: string, loginUser: string, target: Target): BecomeFailed {
  return new BecomeFailed(
    `${target.name}: sudo did not accept the password of ${loginUser} to become ${user}`,
    `sudo wants the password of ${loginUser}, not that of ${user}; give it with -K, LAB_BECOME_PASSWORD_FILE or lab_become_password.`,
  );
}

/** Sudo ended instead of starting the command: its own words say why. */
export function notAllowed(user: string, loginUser: string, words: string, target: Target): BecomeFailed {
  const missing = /not found|unknown command|no such file/i.test(words);
  return new BecomeFailed(
    `${target.name}: ${loginUser} cannot become ${user}: ${words === "" ? "sudo ended without a word" : words}`,
    missing
      ? "install sudo on the host, or log in as that user (lab_user)."
      : `check with \`sudo -l\` on the host what ${loginUser} may do.`,
  );
}
