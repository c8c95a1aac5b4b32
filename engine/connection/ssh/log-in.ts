import type { AnyAuthMethod, AuthHandlerMiddleware, NextAuthHandler, ParsedKey } from "ssh2";
import type { Target } from "../connection.ts";
import { agentKeys, OneKeyAgent } from "./agent-keys.ts";
import { fingerprint } from "./check-host-key.ts";
import type { KeyRing } from "./key-ring.ts";
import { publicKeyBeside } from "./load-key.ts";
import { idOf } from "./parsed-key.ts";
import type { SshSettings } from "./ssh-settings.ts";

/** One log-in: what is offered, in order, and what became of it. */
export interface LogIn {
  /** For ssh2: called for the first attempt and after each one that did not do. */
  readonly handler: AuthHandlerMiddleware;
  /** A line per thing that was tried, or could not be. */
  tried(): readonly string[];
  note(line: string): void;
  /** The methods that the server takes, as it said last. */
  accepted(): readonly string[];
}

interface Line {
  readonly text: string;
  readonly ofKeys: boolean;
}
type Note = (text: string, ofKeys?: boolean) => void;

interface Attempt {
  readonly what: string;
  readonly method: AnyAuthMethod;
}

/**
 * Agent, key files, password, keyboard-interactive. `thinking` is told when we take time of our own (somebody types a
 * passphrase), which must not count as the server's.
 */
export function logIn(target: Target, settings: SshSettings, keys: KeyRing, thinking: (ours: boolean) => void): LogIn {
  const lines: Line[] = [];
  let accepted: readonly string[] | null = null;
  let noKeys = false;
  let current: Attempt | undefined;
  const note = (text: string, ofKeys = false) => void lines.push({ text, ofKeys });
  const attempts = allAttempts(target, settings, keys, () => accepted, note);
  // The first is looked for while the other end shakes hands. It asks nobody anything.
  let first: Promise<IteratorResult<Attempt, void>> | null = attempts.next();
  first.catch(() => {});

  const advance = async (next: NextAuthHandler): Promise<void> => {
    thinking(true);
    const found = await (first ?? attempts.next());
    first = null;
    thinking(false);
    current = found.done === true ? undefined : found.value;
    if (current !== undefined) return next(current.method);
    giveUp(next);
  };
  return {
    handler: (left: readonly string[] | null, partial, next) => {
      if (left !== null) {
        noKeys = !left.includes("publickey") && !partial && (accepted === null || noKeys);
        accepted = left;
      }
      if (current !== undefined && current.method.type !== "none") {
        const ofKeys = current.method.type === "publickey" || current.method.type === "agent";
        note(`${current.what}: ${partial ? "accepted, but the server wants more" : "refused by the server"}`, ofKeys);
      }
      advance(next).catch((error: unknown) => {
        note(`could not go on: ${error instanceof Error ? error.message : String(error)}`);
        giveUp(next);
      });
    },
    // Of a server that takes no keys ours are no news, though one was offered before that was known.
    tried: () => lines.flatMap(({ text, ofKeys }) => (noKeys && ofKeys ? [] : [text])),
    note,
    accepted: () => accepted ?? [],
  };
}

async function* allAttempts(
  target: Target,
  settings: SshSettings,
  keys: KeyRing,
  accepted: () => readonly string[] | null,
  note: Note,
): AsyncGenerator<Attempt, void> {
  const username = settings.user;
  // Asks for nothing but the list of methods.
  const none: Attempt = { what: "none", method: { type: "none", username } };
  const takes = (method: string) => accepted()?.includes(method) ?? false;

  // A key that is at hand is offered at once: to ask first would cost each log-in a trip.
  yield* keyAttempts(target, settings, keys, accepted, none, note);
  if (accepted() === null) yield none;

  const password = target.password?.reveal();
  const wanted = ["password", "keyboard-interactive"].filter(takes);
  if (password === undefined) {
    if (wanted.length > 0) note("password: none is known (-k, lab_password)");
    return;
  }
  if (takes("password")) {
    yield { what: "password", method: { type: "password", username, password } };
  }
  if (takes("keyboard-interactive")) {
    yield {
      what: "keyboard-interactive",
      method: {
        type: "keyboard-interactive",
        username,
        prompt: (_name, _instructions, _language, prompts, finish) => {
          for (const { prompt, echo } of prompts) {
            // Shown while typed: a name or a one-time code, never our password.
            if (echo !== false)
              note(`keyboard-interactive: the server asks "${prompt.trim()}", which we cannot answer`);
          }
          finish(prompts.map(({ echo }) => (echo === false ? password : "")));
        },
      },
    };
  }
}

async function* keyAttempts(
  target: Target,
  settings: SshSettings,
  keys: KeyRing,
  accepted: () => readonly string[] | null,
  none: Attempt,
  tell: Note,
): AsyncGenerator<Attempt, void> {
  const username = settings.user;
  const note = (text: string) => tell(text, true);
  const takesKeys = () => accepted()?.includes("publickey") ?? true;
  const offered = new Set<string>();
  const named = settings.identityFiles;

  const held = await agentKeys(settings.agentSocket);
  if (held.kind === "none") note(`agent: ${held.why}`);
  else {
    const beside = (await Promise.all(named.map(({ path }) => publicKeyBeside(path)))).flatMap((key) =>
      key === null ? [] : [idOf(key)],
    );
    const rank = (key: ParsedKey) => (beside.includes(idOf(key)) ? 0 : 1);
    const usable = held.keys.filter((key) => !settings.identitiesOnly || rank(key) === 0);
    if (usable.length === 0) note("agent: it holds none of the keys that IdentitiesOnly allows");
    // Those that the configuration names go first: a server hangs up after six wrong ones (MaxAuthTries).
    for (const key of [...usable].sort((left, right) => rank(left) - rank(right))) {
      if (!takesKeys()) return;
      offered.add(idOf(key));
      const what = `agent key ${key.comment || key.type} (${fingerprint(key.getPublicSSH())})`;
      yield { what, method: { type: "agent", username, agent: new OneKeyAgent(held.agent, key) } };
    }
  }

  for (const { path, named: byUser } of named) {
    if (!takesKeys()) return;
    const half = offered.size > 0 ? await publicKeyBeside(path) : null;
    // The agent has offered it already: asking for its passphrase would be for nothing.
    if (half !== null && offered.has(idOf(half))) continue;
    let loaded = await keys.load(path, target.passphrase, accepted() !== null);
    if (loaded.kind === "unusable" && accepted() === null) {
      // Nobody is asked for a passphrase before it is known that the server takes keys.
      yield none;
      if (!takesKeys()) return;
      loaded = await keys.load(path, target.passphrase, true);
    }
    if (loaded.kind === "missing") {
      if (byUser) note(`key ${path}: there is no such file`);
    } else if (loaded.kind === "unusable") note(`key ${path}: ${loaded.why}`);
    else if (!offered.has(idOf(loaded.key))) {
      offered.add(idOf(loaded.key));
      yield { what: `key ${path}`, method: { type: "publickey", username, key: loaded.key } };
    }
  }
  if (offered.size === 0 && named.every((each) => !each.named))
    note("keys: none of ~/.ssh/id_ed25519, id_ecdsa, id_rsa could be used");
}

/** Ends the log-in. The library's declared type leaves out the answer that says so. */
function giveUp(next: NextAuthHandler): void {
  Reflect.apply(next, undefined, [false]);
}
