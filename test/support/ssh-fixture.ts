import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Connection, Target } from "../../engine/connection/connection.ts";
import { Unreachable } from "../../engine/connection/connection.ts";
import type { ConnectionEnvironment } from "../../engine/connection/environment.ts";
import { openSsh } from "../../engine/connection/ssh/open-ssh.ts";
import { read } from "../../engine/ops/build.ts";
import type { Batch, BatchReply, ExecAnswer, Operation, OpReply } from "../../engine/ops/ir.ts";
import { type TestEnvironment, testEnvironment } from "./connection-environment.ts";
import { makeKey, type Sshd, type SshdOptions, startSshd } from "./sshd.ts";

/** An sshd that knows the key of a home folder, which knows its host keys. */
export interface SshFixture {
  readonly sshd: Sshd;
  readonly test: TestEnvironment;
  readonly home: string;
  target(changes?: Partial<Target>): Target;
  /** Opened with these changes; closed by `stop`. */
  open(target?: Partial<Target>, environment?: Partial<ConnectionEnvironment>): Promise<Connection>;
  stop(): Promise<void>;
}

export async function sshFixture(options: SshdOptions = {}): Promise<SshFixture> {
  const sshd = await startSshd(options);
  const test = testEnvironment();
  const { home } = test;
  sshd.authorize([makeKey(join(home, ".ssh/id_ed25519"))]);
  trust(home, sshd);
  const opened: Connection[] = [];
  const target = (changes: Partial<Target> = {}): Target => ({
    name: "host",
    connection: "ssh",
    host: "127.0.0.1",
    port: sshd.port,
    user: "root",
    ...changes,
  });
  return {
    sshd,
    test,
    home,
    target,
    open: async (changes = {}, environment = {}) => {
      const connection = await openSsh(test.with(environment))(target(changes));
      opened.push(connection);
      return connection;
    },
    stop: async () => {
      for (const connection of opened) await connection.close();
      await sshd.stop();
      test.remove();
    },
  };
}

/** Writes the server's host key as the only one that is known. */
export function trust(home: string, sshd: Sshd): void {
  writeFileSync(join(home, ".ssh/known_hosts"), `[127.0.0.1]:${sshd.port} ${sshd.hostKey("ed25519")}\n`);
}

export function oneBatch(operations: readonly Operation[], user: string | null = null): Batch {
  return { runId: "test", sections: [{ user, within: [], stopAtFailure: true, operations }] };
}

/** Who we are at the other end. */
export async function whoAmI(connection: Connection, user: string | null = null): Promise<string> {
  const reply = await connection.send(oneBatch([read.exec(["id", "-un"])], user));
  return execOf(reply).stdout.trim();
}

export function execOf(reply: BatchReply, index = 0): ExecAnswer {
  const first: OpReply | undefined = reply.replies[0]?.[index];
  if (first?.kind !== "done") throw new Error(`no answer but ${JSON.stringify(first)}`);
  return first.answer as ExecAnswer;
}

/** The refusal, message and hint together, with folders and ports that change from run to run left as they are. */
export async function refusal(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Unreachable) return `${error.name}: ${error.message}\nhint: ${error.hint}`;
    throw error;
  }
  throw new Error("it was let in");
}
