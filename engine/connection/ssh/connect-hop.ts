import { connect } from "node:net";
import type { Duplex } from "node:stream";
import type { ClientErrorExtensions } from "ssh2";
import ssh2 from "ssh2";
import type { Target } from "../connection.ts";
import { Unreachable } from "../connection.ts";
import type { ConnectionEnvironment } from "../environment.ts";
import { limitsOf } from "../environment.ts";
import { checkHostKey, hostKeyName, loadKnownHosts } from "./check-host-key.ts";
import { explainFailure, type Phase } from "./explain-failure.ts";
import { hostKeyAlgorithms } from "./host-key-algorithms.ts";
import { logIn } from "./log-in.ts";
import type { SshSettings } from "./ssh-settings.ts";

/** A connection that is up, until it says otherwise. */
export interface Hop {
  readonly client: ssh2.Client;
  /** Null while it is up, then why it is not. */
  down(): string | null;
  /** Says good-bye; a host that does not answer is left after a second. */
  close(): Promise<void>;
  /** Without a word, for a connection that nobody has used. */
  destroy(): void;
}

/** Connects, checks the host key and logs in: one hop, over a socket of its own or through the channel of an earlier hop. */
export async function connectHop(
  target: Target,
  settings: SshSettings,
  environment: ConnectionEnvironment,
  through: Duplex | null,
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
    const login = logIn(target, settings, environment, (ours) => {
      if (ours) clearTimeout(timer);
      else within(limits.loginMs);
    });
    const explain = (error: Error) => explainFailure(target, settings, phase, error, login);

    client.on("error", (error: Error & ClientErrorExtensions) => {
      // An agent that fails is one attempt that failed: the library goes on with the next by itself.
      if (error.level === "agent") return login.note(`agent: ${error.message}`);
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
        destroy: () => socket.destroy(),
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

function goodBye(client: ssh2.Client, socket: Duplex, gone: boolean): Promise<void> {
  if (gone) {
    socket.destroy();
    return Promise.resolve();
  }
  return new Promise((resolve) => {
    const late = setTimeout(() => {
      socket.destroy();
      resolve();
    }, 1000);
    client.once("close", () => {
      clearTimeout(late);
      resolve();
    });
    client.end();
  });
}
