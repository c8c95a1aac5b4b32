import { afterEach, beforeEach, expect, it } from "vitest";
import { writeTo } from "../../../engine/connection/channel.ts";
import { converse } from "../../../engine/connection/conversation.ts";
import { startShell } from "../../../engine/connection/start-shell.ts";
import { type TestEnvironment, testEnvironment } from "../../support/connection-environment.ts";

let test: TestEnvironment;
beforeEach(() => {
  test = testEnvironment();
});
afterEach(() => test.remove());
const block = Buffer.alloc(64 * 1024, "x");

it("waits for a slow reader instead of piling up", async () => {
  const channel = await startShell("sleep 0.3; cat >/dev/null", test.environment);
  let made = 0;
  async function* blocks() {
    for (let index = 0; index < 200; index += 1) {
      made += 1;
      yield block;
    }
  }
  const writing = writeTo(channel, blocks());
  await new Promise((resolve) => setTimeout(resolve, 150));
  // The pipe takes 64 KiB and the stream's buffer little more: two hundred blocks are far from made.
  expect(made).toBeLessThan(10);
  expect(await writing).toBe(true);
  expect(made).toBe(200);
  channel.stdin.end();
  expect(await channel.exit).toEqual({ code: 0, signal: null });
});

it("stops writing to a channel that has ended", async () => {
  const channel = await startShell("exec true", test.environment);
  converse(channel);
  async function* endless() {
    for (;;) yield block;
  }
  expect(await writeTo(channel, endless())).toBe(false);
});

it("finds a text that arrives in pieces, and keeps what comes after it", async () => {
  const channel = await startShell("printf 'noise rea' >&2; sleep 0.1; printf 'dy\\nrest' >&2", test.environment);
  const conversation = converse(channel);
  expect(await conversation.until({ ready: "ready\n" }, 2000)).toBe("ready");
  expect(await conversation.end(2000)).toEqual({ code: 0, signal: null });
  expect(conversation.stderr().toString()).toBe("rest");
  expect(conversation.said()).toBe("noise rest");
});

it("cuts what takes too long", async () => {
  const channel = await startShell("sleep 20", test.environment);
  const conversation = converse(channel);
  expect(await conversation.until({ ready: "ready\n" }, 50)).toBe("late");
  expect(await conversation.end(50)).toBe("late");
  expect((await channel.exit).code).not.toBe(0);
});
