import { enterAs, noPassword, notAllowed, wrongPassword } from "./become.ts";
import type { Channel, OpenChannel } from "./channel.ts";
import { Dropped } from "./channel.ts";
import type { Target } from "./connection.ts";
import { Unreachable } from "./connection.ts";
import type { Conversation } from "./conversation.ts";
import { converse } from "./conversation.ts";

/** Who talks to whom: what does not change from one channel of a connection to the next. */
export interface Line {
  readonly target: Target;
  readonly loginUser: string;
  readonly openChannel: OpenChannel;
  readonly readyMs: number;
  readonly stallMs: number;
}

export interface Started {
  readonly channel: Channel;
  readonly conversation: Conversation;
  /** Bytes that went out so far: the command and a password. */
  readonly sent: number;
}

/** Starts a command that says `ready` on stderr, as the user it must run as, and comes back when it has said so. */
export async function startChannel(line: Line, user: string | null, command: string, ready: string): Promise<Started> {
  const { target, loginUser } = line;
  const entrance = enterAs(user, loginUser, command, target);
  const channel = await line.openChannel(entrance.command);
  try {
    const conversation = converse(channel);
    const readyLine = `${ready}\n`;
    let sent = Buffer.byteLength(entrance.command);
    const prompt = entrance.prompt;
    let reached =
      prompt === null
        ? await conversation.until({ ready: readyLine }, line.readyMs)
        : await conversation.until({ ready: readyLine, prompt }, line.readyMs);

    if (reached === "prompt" && prompt !== null) {
      const become = user ?? loginUser;
      if (target.becomePassword === undefined) throw noPassword(become, target);
      const password = `${target.becomePassword.reveal()}\n`;
      sent += Buffer.byteLength(password);
      channel.stdin.write(password);
      reached = await conversation.until({ ready: readyLine, prompt }, line.readyMs);
      // Asked again: the first was wrong. Not tried a second time, which could lock the account.
      if (reached === "prompt") throw wrongPassword(become, loginUser, target);
    }
    if (reached === "late") throw silent(line, conversation);
    if (reached === "ended") throw await ended(line, user, channel, conversation);
    return { channel, conversation, sent };
  } catch (error) {
    channel.cut();
    throw error;
  }
}

function silent(line: Line, conversation: Conversation): Unreachable {
  const words = wordsOf(conversation);
  return new Unreachable(
    `${line.target.name}: the shell at the other end did not start within ${line.readyMs / 1000} s${words === "" ? "" : `; it said: ${words}`}`,
    `does the login of ${line.loginUser} wait for something (a menu, a question in its profile)?`,
  );
}

async function ended(line: Line, user: string | null, channel: Channel, conversation: Conversation): Promise<Error> {
  const exit = await channel.exit;
  if (exit.code === null && exit.signal === null) return new Dropped(`the connection to ${line.target.name} dropped`);
  const words = wordsOf(conversation);
  if (user !== null && user !== line.loginUser) return notAllowed(user, line.loginUser, words, line.target);
  return new Unreachable(
    `${line.target.name}: logged in as ${line.loginUser}, but its login shell runs no commands (${
      exit.signal === null ? `exit code ${exit.code}` : exit.signal
    })${words === "" ? "" : `: ${words}`}`,
    "the account needs a shell that takes commands, and no forced command (ForceCommand, command= in authorized_keys).",
  );
}

function wordsOf(conversation: Conversation): string {
  const text = `${conversation.said()}\n${conversation.stdout().toString()}`;
  return text
    .split("\n")
    .map((each) => each.trim())
    .filter((each) => each !== "")
    .join("; ")
    .slice(0, 400);
}
