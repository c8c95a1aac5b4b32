import { Dropped } from "./channel.ts";
import { Unreachable } from "./connection.ts";

/** A connection that drops before anything went out is opened and tried once more. */
export async function tryTwice<T>(attempt: () => Promise<T>): Promise<T> {
  try {
    return await attempt();
  } catch (error) {
    if (!(error instanceof Dropped)) throw error;
  }
  try {
    return await attempt();
  } catch (error) {
    if (!(error instanceof Dropped)) throw error;
    throw new Unreachable(
      `${error.message} twice in a row before anything could be sent`,
      "is the network up, and does the host's sshd run (`journalctl -u ssh`)?",
    );
  }
}
