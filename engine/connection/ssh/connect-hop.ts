import { connect } from "node:net";
import type { Duplex } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import type { ClientErrorExtensions } from "ssh2";
import ssh2 from "ssh2";
import type { Target } from "../connection.ts";
import { Unreachable } from "../connection.ts";
import type { ConnectionEnvironment } from "../environment.ts";
import { limitsOf } from "../environment.ts";
import { checkHostKey, hostKeyName, loadKnownHosts } from "./check-host-key.ts";
import { explainFailure, hungUp, type Phase } from "./explain-failure.ts";
import { hostKeyAlgorithms } from "./host-key-algorithms.ts";
import type { KeyRing } from "./key-ring.ts";
import { logIn } from "./log-in.ts";
import type { SshSettings } from "./ssh-settings.ts";
import type { Gate } from "./start-gate.ts";

/** A connection that is up, until it says otherwise. */
export interface Hop {
  readonly client: ssh2.Client;
  /** Null while it is up, then why it is not. */
  down(): string | null;
  /** Says good-bye, and waits for no answer; where even that cannot be sent, the host is left after a second. */
  close(): Promise<void>;
}

/** What the connections of a run have in common. */
interface Together {
  readonly gate: Gate;
  readonly keys: KeyRing;
}

/** Between tries, a little more or less by chance, so that those who were turned away together do not come back together. */
const pausesMs = [100, 300, 900, 2000];

/**
 * Connects, checks the host key and logs in: one hop, over a socket of its own or through a channel of an earlier hop. A
 * server that hangs up before it has said who it is has too many guests at its door (MaxStartups): it is asked again.
 */
export function connectHop(
  target: Target,
  settings: SshSettings,
  environment: ConnectionEnvironment,
  { gate, keys }: Together,
  through: (() => Promise<Duplex>) | null,
): Promise<Hop> {
  return gate.through(`${settings.hostName} ${settings.port}`, async () => {
    for (let attempt = 0; ; attempt += 1) {
      const connecting: Connecting = { turnedAway: false };
      try {
        return await connectOnce(target, settings, environment, keys, through ? await through() : null, connecting);
      } catch (error) {
        const pauseMs = pausesMs[attempt];
        if (!connecting.turnedAway || pauseMs === undefined) throw error;
        await pause(pauseMs * (0.75 + Math.random() / 2));
      }
    }
  });
}

interface Connecting {
  /** The other end hung up, and had not said that it is an SSH server. */
  turnedAway: boolean;
}

async function connectOnce(
  target: Target,
  settings: SshSettings,
  environment: ConnectionEnvironment,
  keys: KeyRing,
  through: Duplex | null,
  connecting: Connecting,
): Promise<Hop> {
  const limits = limitsOf(environment);
  const entries = await loadKnownHosts(settings);
  // A socket of ours, not the library's: it lets us destroy one whose other end no longer answers, and without noDelay
  // each small packet of a round trip may wait 40 ms for the acknowledgement of the one before.
  const socket = through ?? connect({ host: settings.hostName, port: settings.port, noDelay: true });
  const client = new ssh2.Client();
  let down: string | null = null;
  let phase: Phase = "connect";
  let timer: NodeJS.Timeout | undefined;
  let settled = false;
  let trusted: Buffer | undefined;

  return new Promise<Hop>((resolve, reject) => {
    const fail = (error: Error): void => {
      settled = true;
      clearTimeout(timer);
      // The first reason wins: what follows (the socket closes) is its consequence. Promises keep the first by themselves.
      reject(error);
      socket.destroy();
    };
    const within = (limitMs: number): void => {
      clearTimeout(timer);
      if (settled) return;
      timer = setTimeout(() => fail(explain(new Error(`nothing came within ${limitMs / 1000} s`))), limitMs);
    };
    const login = logIn(target, settings, keys, (ours) => {
      if (ours) clearTimeout(timer);
      else within(limits.loginMs);
    });
    const explain = (error: Error) => explainFailure(target, settings, phase, error, login);

    client.on("error", (error: Error & ClientErrorExtensions) => {
      // An agent that fails is one attempt that failed: the library goes on with the next by itself.
      if (error.level === "agent") return login.note(`agent: ${error.message}`);
      if (!settled && phase === "handshake" && hungUp(error)) connecting.turnedAway = true;
      // A listener must stay for the whole life of the connection: an error without one ends the process.
      down ??=
        error.level === "client-timeout"
          ? `${target.name} did not answer ${settings.keepAliveCount} keep-alives in a row, ${settings.keepAliveMs / 1000} s apart`
          : error.message;
      fail(explain(error));
    });
    client.on("close", () => {
      down ??= `${target.name} closed the connection`;
      fail(explain(new Error("the host closed the connection")));
    });
    client.on("connect", () => {
      phase = "handshake";
      within(limits.handshakeMs);
    });
    client.on("handshake", () => {
      phase = "log-in";
    });
    client.on("change password", () => {
      login.note("password: it has expired, the server wants a new one (log in by hand once)");
      fail(explain(new Error("the password has expired")));
    });
    client.on("ready", () => {
      settled = true;
      clearTimeout(timer);
      resolve({
        client,
        down: () => down,
        close: () => goodBye(client, socket, down !== null),
      });
    });
    within(settings.connectMs);
    client.connect({
      host: settings.hostName,
      port: settings.port,
      username: settings.user,
      // Ours are finer: a passphrase being typed is not the server's slowness.
      readyTimeout: 0,
      keepaliveInterval: settings.keepAliveMs,
      keepaliveCountMax: settings.keepAliveCount,
      algorithms: { serverHostKey: hostKeyAlgorithms(entries, hostKeyName(settings)) },
      authHandler: login.handler,
      hostVerifier: (key: Buffer, verify: (valid: boolean) => void) => {
        // Asked again at each exchange of new keys: the one that was just recorded must not be recorded twice.
        if (trusted?.equals(key)) return verify(true);
        checkHostKey(target, settings, entries, key).then(
          () => {
            trusted = Buffer.from(key);
            verify(true);
          },
          (error: unknown) => {
            fail(
              error instanceof Unreachable ? error : explain(error instanceof Error ? error : new Error(String(error))),
            );
            verify(false);
          },
        );
      },
      sock: socket,
    });
  });
}

/** The word is on its way, and the end of ours behind it: to wait for the host to hang up too would be one trip more. */
function goodBye(client: ssh2.Client, socket: Duplex, gone: boolean): Promise<void> {
  return new Promise((resolve) => {
    const leave = (): void => {
      clearTimeout(late);
      socket.destroy();
      resolve();
    };
    const late = setTimeout(leave, 1000);
    if (gone) return leave();
    socket.once("finish", leave);
    socket.once("close", leave);
    client.end();
  });
}
