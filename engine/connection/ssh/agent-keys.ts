import { stat } from "node:fs/promises";
import type { ParsedKey } from "ssh2";
import ssh2 from "ssh2";
import { isParsedKey } from "./parsed-key.ts";

/** The keys that an agent holds, or why none can be had. */
export type AgentKeys =
  | { readonly kind: "keys"; readonly agent: ssh2.OpenSSHAgent; readonly keys: readonly ParsedKey[] }
  | { readonly kind: "none"; readonly why: string };

export async function agentKeys(socket: string | null): Promise<AgentKeys> {
  if (socket === null) return { kind: "none", why: "there is none (SSH_AUTH_SOCK is not set)" };
  try {
    if (!(await stat(socket)).isSocket()) return { kind: "none", why: `${socket} is no socket` };
  } catch {
    return { kind: "none", why: `${socket} is not there or not ours` };
  }
  const agent = new ssh2.OpenSSHAgent(socket);
  return new Promise((resolve) => {
    agent.getIdentities((error, keys) => {
      // The library answers an error also after it has answered the keys; a promise keeps the first.
      if (error) resolve({ kind: "none", why: `${socket} does not answer: ${error.message}` });
      const usable = (keys ?? []).filter(isParsedKey);
      if (usable.length === 0) resolve({ kind: "none", why: "it holds no keys (ssh-add)" });
      else resolve({ kind: "keys", agent, keys: usable });
    });
  });
}

/** An agent that shows one key of another: so each key is an attempt of its own, which can be left out and reported. */
export class OneKeyAgent extends ssh2.BaseAgent<ParsedKey> {
  readonly #agent: ssh2.OpenSSHAgent;
  readonly #key: ParsedKey;

  constructor(agent: ssh2.OpenSSHAgent, key: ParsedKey) {
    super();
    this.#agent = agent;
    this.#key = key;
  }

  override getIdentities(callback: ssh2.IdentityCallback<ParsedKey>): void {
    callback(undefined, [this.#key]);
  }

  override sign(
    key: ParsedKey,
    data: Buffer,
    options: ssh2.SigningRequestOptions | ssh2.SignCallback,
    callback?: ssh2.SignCallback,
  ): void {
    if (typeof options === "function") this.#agent.sign(key, data, options);
    else this.#agent.sign(key, data, options, callback);
  }
}
