import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { answerTailnet } from "../../engine/sim/tailnet/answer-tailnet.ts";
import { newTailnet } from "../../engine/sim/tailnet/new-tailnet.ts";
import type { Tailnet } from "../../engine/sim/tailnet/state.ts";

/** A request as the server got it. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}
/** What goes wrong with the next requests of one kind. */
export type Fault =
  /** Answered with this instead, `times` times. */
  | {
      readonly kind: "status";
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  /** The request is carried out, and then told otherwise. */
  | { readonly kind: "status-after"; readonly status: number }
  | { readonly kind: "slow"; readonly ms: number }
  /** The answer ends in the middle. */
  | { readonly kind: "cut" }
  /** The connection is closed without a word. */
  | { readonly kind: "closed" }
  | { readonly kind: "html" };

/** Tailscale's API as a real server: the embedded lab's model behind it, and faults in front of it. */
export interface TailnetServer {
  readonly url: string;
  readonly tailnet: Tailnet;
  readonly asked: readonly Asked[];
  /** `GET /acl`: as many faults as there are, one for each such request. */
  fail(what: string, ...faults: readonly Fault[]): void;
  /** Called before a request is answered: the place where somebody else is at work. */
  onRequest: ((asked: Asked) => void) | null;
  /** What was asked since the last time, `GET /acl`. */
  news(): readonly string[];
  stop(): Promise<void>;
}

export async function startTailnetServer(): Promise<TailnetServer> {
  const tailnet = newTailnet();
  const asked: Asked[] = [];
  const faults = new Map<string, Fault[]>();
  let told = 0;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const one = askedBy(request, Buffer.concat(chunks).toString("utf8"));
      asked.push(one);
      own.onRequest?.(one);
      const fault = faults.get(nameOf(one))?.shift();
      answer(tailnet, one, fault, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("the server has no address");
  const own: TailnetServer = {
    url: `http://127.0.0.1:${address.port}`,
    tailnet,
    asked,
    fail: (what, ...more) => {
      faults.set(what, [...(faults.get(what) ?? []), ...more]);
    },
    onRequest: null,
    news: () => {
      const names = asked.slice(told).map(nameOf);
      told = asked.length;
      return names;
    },
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return own;
}

function askedBy({ method = "", url = "", headers }: IncomingMessage, body: string): Asked {
  const texts = Object.entries(headers).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.join(", ") : (value ?? ""),
  ]);
  return { method, path: url, headers: Object.fromEntries(texts), body };
}

/** Without the tailnet's name: `POST /acl/validate`. */
function nameOf({ method, path }: Asked): string {
  return `${method} ${path.replace(/^\/api\/v2/, "").replace(/^\/tailnet\/[^/]+/, "")}`;
}

function answer(
  tailnet: Tailnet,
  { method, path, headers, body }: Asked,
  fault: Fault | undefined,
  response: ServerResponse,
): void {
  if (fault?.kind === "closed") {
    response.destroy();
    return;
  }
  if (fault?.kind === "status") {
    response.writeHead(fault.status, { "content-type": "application/json", ...fault.headers });
    response.end(fault.body ?? JSON.stringify({ message: `made to answer ${fault.status}` }));
    return;
  }
  if (fault?.kind === "html") {
    response.writeHead(200, { "content-type": "text/html" });
    response.end("<!doctype html><title>Log in to the network</title>");
    return;
  }
  const url = new URL(path, "http://127.0.0.1");
  const desk = { tailnet, change: () => tailnet, nowMs: Date.now() };
  const found = answerTailnet(desk, { method, url, headers, body });
  const real = fault?.kind === "status-after" ? { status: fault.status, headers: {}, body: "{}" } : found;
  const bytes = Buffer.from(real.body, "utf8");
  const send = (): void => {
    response.writeHead(real.status, { ...real.headers, "content-length": String(bytes.length) });
    if (fault?.kind === "cut") {
      response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => response.destroy());
    } else response.end(bytes);
  };
  if (fault?.kind === "slow") setTimeout(send, fault.ms);
  else send();
}
