import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { MessageChannel, receiveMessageOnPort, Worker } from "node:worker_threads";
import { Bug } from "../errors/bug.ts";

export interface OpenRequest {
  readonly bytes: Uint8Array;
  /** `AGE-SECRET-KEY-…` */
  readonly identities: readonly string[];
  readonly passphrase: string | null;
}
export type OpenAnswer =
  | { readonly kind: "opened"; readonly bytes: Uint8Array }
  /** None of the keys is one of those that it was encrypted for. */
  | { readonly kind: "no-match" }
  | { readonly kind: "bad-identity" }
  | { readonly kind: "damaged"; readonly why: string };

/**
 * The library is asynchronous and evaluating a template is not, so it works in a thread of its own, which is waited for:
 * some milliseconds for a value. Started when the first value is read, and never in the way of the process's end.
 */
export function createBlockingOpener(): (request: OpenRequest) => OpenAnswer {
  let ask: ((request: OpenRequest) => unknown) | undefined;
  return (request) => {
    ask ??= startThread();
    return readAnswer(ask(request));
  };
}

/** Longer than the costliest passphrase that the library accepts takes on a slow machine. */
const longestMs = 120_000;

function startThread(): (request: OpenRequest) => unknown {
  const { port1: ours, port2: theirs } = new MessageChannel();
  const signal = new Int32Array(new SharedArrayBuffer(4));
  const library = pathToFileURL(createRequire(import.meta.url).resolve("age-encryption")).href;
  const worker = new Worker(program, {
    eval: true,
    workerData: { port: theirs, signal, library },
    transferList: [theirs],
    // Nothing of the keys goes anywhere but through the port.
    stdin: false,
    stdout: true,
    stderr: true,
    env: {},
  });
  worker.unref();
  ours.unref();
  return (request) => {
    Atomics.store(signal, 0, 0);
    ours.postMessage(request);
    if (Atomics.wait(signal, 0, 0, longestMs) === "timed-out")
      throw new Bug("the thread that decrypts does not answer");
    return receiveMessageOnPort(ours)?.message;
  };
}

// A text and no file: the sources run unbuilt in tests, and a thread cannot load TypeScript everywhere.
const program = `
const { workerData: { port, signal, library } } = require("node:worker_threads");
const age = import(library);
port.on("message", async ({ bytes, identities, passphrase }) => {
  let answer;
  try {
    const { Decrypter } = await age;
    const decrypter = new Decrypter();
    answer = { kind: "bad-identity" };
    for (const identity of identities) decrypter.addIdentity(identity);
    if (passphrase !== null) decrypter.addPassphrase(passphrase);
    answer = undefined;
    answer = { kind: "opened", bytes: await decrypter.decrypt(bytes) };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    answer ??= why.includes("no identity matched") ? { kind: "no-match" } : { kind: "damaged", why };
  }
  port.postMessage(answer);
  Atomics.store(signal, 0, 1);
  Atomics.notify(signal, 0);
});
`;

function readAnswer(answer: unknown): OpenAnswer {
  if (typeof answer !== "object" || answer === null || !("kind" in answer)) {
    throw new Bug("the thread that decrypts gave no answer");
  }
  if (answer.kind === "opened" && "bytes" in answer && answer.bytes instanceof Uint8Array) {
    return { kind: "opened", bytes: answer.bytes };
  }
  if (answer.kind === "damaged" && "why" in answer) return { kind: "damaged", why: String(answer.why) };
  return { kind: answer.kind === "bad-identity" ? "bad-identity" : "no-match" };
}
