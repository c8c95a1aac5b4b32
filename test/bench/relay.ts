import { connect, createServer, type Socket } from "node:net";

/** A TCP relay on loopback that makes the way longer, and counts what goes over it. */
export interface Relay {
  readonly port: number;
  /** Bytes so far. */
  sent(): number;
  received(): number;
  stop(): Promise<void>;
}

/**
 * Half of `roundTripMs` is added each way. Connecting takes one round trip more, as it does on a real line, which the
 * kernel answers at once here.
 */
export async function startRelay(target: number, roundTripMs: number): Promise<Relay> {
  const sockets = new Set<Socket>();
  const bytes = { sent: 0, received: 0 };
  const keep = (socket: Socket): void => {
    sockets.add(socket.setNoDelay(true));
    // A connection that breaks breaks at both ends.
    socket.on("error", () => socket.destroy());
    socket.once("close", () => sockets.delete(socket));
  };
  const server = createServer({ allowHalfOpen: true }, (client) => {
    keep(client);
    const host = connect({ port: target, host: "127.0.0.1", allowHalfOpen: true });
    keep(host);
    forward(client, host, { firstMs: roundTripMs, ms: roundTripMs / 2 }, (size) => {
      bytes.sent += size;
    });
    forward(host, client, { firstMs: roundTripMs, ms: roundTripMs / 2 }, (size) => {
      bytes.received += size;
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the relay has no port");
  return {
    port: address.port,
    sent: () => bytes.sent,
    received: () => bytes.received,
    stop: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => void server.close(() => resolve()));
    },
  };
}

/** Hands on what comes, in its order, each piece so much later. */
function forward(
  from: Socket,
  to: Socket,
  { firstMs, ms }: { readonly firstMs: number; readonly ms: number },
  count: (size: number) => void,
): void {
  // Neither end has heard of the other before the connection stands.
  const openMs = performance.now() + firstMs;
  // Timers are rounded to whole milliseconds and may overtake one another: one timer, and a queue of our own.
  const queue: { readonly dueMs: number; readonly act: () => void }[] = [];
  const wait = (): void => {
    const next = queue[0];
    if (next !== undefined) setTimeout(handOn, next.dueMs - performance.now());
  };
  const handOn = (): void => {
    for (let next = queue[0]; next !== undefined && next.dueMs <= performance.now(); next = queue[0]) {
      queue.shift();
      next.act();
    }
    wait();
  };
  const later = (act: () => void): void => {
    queue.push({ dueMs: Math.max(openMs, performance.now() + ms), act });
    if (queue.length === 1) wait();
  };
  from.on("data", (chunk: Buffer) => {
    count(chunk.length);
    later(() => void to.write(chunk));
  });
  from.once("end", () => later(() => void to.end()));
  from.once("close", () => later(() => void to.destroy()));
}
