import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import type { PlayFigures } from "../../bench/plays.ts";
import { startRelay } from "../../bench/relay.ts";
import { writeSections } from "../../bench/report.ts";

const repository = resolve(import.meta.dirname, "../../..");

let folder: string;
let echo: Server;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "lab-bench-test-"));
  echo = createServer((socket) => void socket.pipe(socket));
  await new Promise<void>((resolve) => echo.listen(0, "127.0.0.1", resolve));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
  echo.close();
});

it("measures lab beside the floor on a host with a longer line, finds their work equal, and leaves nothing behind", () => {
  const left = (): readonly string[] => readdirSync("/var/tmp").filter((name) => name.startsWith("lab-bench-"));
  const before = left();
  const json = join(folder, "figures.json");
  const words = ["plays", "--only", "lab,floor", "--tasks", "10", "--hosts", "1", "--latency", "2", "--runs", "1"];
  const printed = execFileSync(
    process.execPath,
    [join(repository, "test/bench/run.mjs"), ...words, "--lab", inject("lab"), "--json", json],
    { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] },
  );
  const { plays }: { readonly plays: readonly PlayFigures[] } = JSON.parse(readFileSync(json, "utf8"));
  const [cell] = plays;
  if (cell === undefined) throw new Error("nothing was measured");
  expect([cell.tasks, cell.hosts, cell.latencyMs]).toEqual([10, 1, 2]);
  expect(cell.contenders.map(({ name, phase, ms }) => [name, phase, ms.length])).toEqual([
    ["lab", "first", 1],
    ["lab", "converged", 1],
    ["floor", "first", 1],
    ["floor", "converged", 1],
  ]);
  const [first, converged, floor] = cell.contenders.map(({ counts }) => counts);
  // sshd and the relay count for themselves what the recap says.
  expect(converged?.sessions).toBe(converged?.roundTrips);
  expect(converged?.wireSent).toBeGreaterThan(converged?.bytesSent ?? Number.NaN);
  expect(first?.wireSent).toBeGreaterThan(converged?.wireSent ?? Number.NaN);
  expect(floor?.sessions).toBe(1);
  expect(printed).toContain("10 tasks, converged");
  expect(left()).toEqual(before);
});

it("hands on what comes in its order, no sooner than the line is long", async () => {
  const address = echo.address();
  if (address === null || typeof address === "string") throw new Error("the echo has no port");
  const relay = await startRelay(address.port, 40);
  const began = performance.now();
  const socket: Socket = connect(relay.port, "127.0.0.1");
  for (let index = 0; index < 500; index += 1) socket.write(`${index},`);
  let text = "";
  // Once to connect, once there and back.
  let firstMs = 0;
  for await (const chunk of socket) {
    firstMs ||= performance.now() - began;
    text += String(chunk);
    if (text.endsWith("499,")) break;
  }
  expect(text).toBe(Array.from({ length: 500 }, (_, index) => `${index},`).join(""));
  expect(firstMs).toBeGreaterThanOrEqual(60);
  expect([relay.sent(), relay.received()]).toEqual([text.length, text.length]);
  await relay.stop();
});

it("finds a place for each of its tables in the page on performance", () => {
  const page = join(folder, "performance.md");
  execFileSync("cp", [join(repository, "docs/performance.md"), page]);
  writeSections(page, Object.fromEntries(["plays", "start", "transfer", "scale"].map((name) => [name, `of ${name}`])));
  const text = readFileSync(page, "utf8");
  for (const name of ["plays", "start", "transfer", "scale"]) {
    expect(text).toContain(`<!-- bench: ${name} -->\nof ${name}\n<!-- /bench -->`);
  }
});
