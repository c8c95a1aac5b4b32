import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { read, write } from "../../../engine/ops/build.ts";
import type { OpReply } from "../../../engine/ops/ir.ts";
import { answers, shells } from "../../support/shell-run.ts";

/** Answers by the path: `/429,500,200` is 429 to the first request for it, then 500, then 200. Each body names its try. */
const asked = new Map<string, number[]>();
const server = createServer((request: IncomingMessage, response: ServerResponse) => {
  const path = request.url ?? "";
  const times = asked.get(path) ?? [];
  asked.set(path, [...times, Date.now()]);
  const statuses = (path.split("/")[1] ?? "").split(",").map(Number);
  const status = statuses[Math.min(times.length, statuses.length - 1)] ?? 200;
  const after = new URL(path, "http://h").searchParams.get("after");
  const body: Buffer[] = [];
  request.on("data", (chunk: Buffer) => body.push(chunk));
  request.on("end", () => {
    const said = `try ${times.length + 1} of ${request.method}: ${Buffer.concat(body).toString()}`;
    const headers = {
      "x-try": String(times.length + 1),
      ...(status === 429 && after !== null && { "retry-after": after }),
    };
    response.writeHead(status, headers);
    // In two chunks, and of odd lengths: what is in front of the last answer must not be counted by guessing.
    response.write(`${"busy\n\n".repeat(status === 200 ? 0 : 37)}`);
    response.end(request.method === "HEAD" ? "" : said);
  });
});
let base = "";
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  base = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
});
afterAll(() => server.close());

const answerOf = (reply: OpReply | undefined): unknown => (reply?.kind === "done" ? reply.answer : reply);
const tries = (path: string): number => asked.get(path)?.length ?? 0;

describe.each(shells)("%s", (shell) => {
  const name = shell.replace(/\W/g, "");
  it("asks a server again that is not ready, and has the last answer alone", async () => {
    const path = `/429,500,200/${name}`;
    const [reply] = await answers([read.http({ method: "POST", url: base + path, body: "sent", retries: 4 })], {
      shell,
    });
    expect(answerOf(reply)).toMatchObject({ status: 200, headers: { "x-try": "3" }, body: "try 3 of POST: sent" });
    expect(tries(path)).toBe(3);
  });

  it("gives up after as many tries as it was told, with the last answer", async () => {
    const path = `/503/${name}`;
    const [reply] = await answers([read.http({ method: "GET", url: base + path, retries: 1 })], { shell });
    expect(answerOf(reply)).toMatchObject({ status: 503, headers: { "x-try": "2" } });
    expect(answerOf(reply)).toMatchObject({ body: expect.stringMatching(/^(busy\n\n){37}try 2 of GET: $/) });
    expect(tries(path)).toBe(2);
  });

  it("does not ask again unless it was told to, nor what was refused, nor for HEAD otherwise", async () => {
    const replies = await answers(
      [
        write.http({ method: "POST", url: `${base}/500,200/${name}` }),
        read.http({ method: "GET", url: `${base}/412,200/${name}`, retries: 3 }),
        read.http({ method: "HEAD", url: `${base}/500,200/head${name}`, retries: 3 }),
      ],
      { shell },
    );
    expect(replies.map(answerOf)).toMatchObject([
      { status: 500 },
      { status: 412 },
      { status: 200, body: "", headers: { "x-try": "2" } },
    ]);
    expect([tries(`/500,200/${name}`), tries(`/412,200/${name}`)]).toEqual([1, 1]);
  });

  it("waits as long as the server asks for, but never beyond its time limit", async () => {
    const [waited, long] = [`/429,200/${name}?after=2`, `/429,200/${name}?after=30`];
    const began = Date.now();
    const replies = await answers(
      [
        read.http({ method: "GET", url: base + waited, retries: 2, limitMs: 8_000 }),
        read.http({ method: "GET", url: base + long, retries: 2, limitMs: 8_000 }),
      ],
      { shell },
    );
    expect(replies.map(answerOf)).toMatchObject([{ status: 200 }, { status: 429 }]);
    const [first = 0, second = 0] = asked.get(waited) ?? [];
    expect(second - first).toBeGreaterThanOrEqual(1_900);
    expect(Date.now() - began).toBeLessThan(8_000);
  });
});
