import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { read, write } from "../../../engine/ops/build.ts";
import type { Operation, Section } from "../../../engine/ops/ir.ts";
import { installed, runBatch, shells } from "../../support/shell-run.ts";

const asked: string[] = [];
const server = createServer((request, response) => {
  asked.push(`${request.method} ${request.url}`);
  response.end("here");
});
let base = "";
beforeAll(async () => {
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

const own = [["echo", String(process.pid)]];
const inside = (operations: readonly Operation[], more: Partial<Section> = {}): Section => ({
  user: null,
  within: ["env", "-i"],
  inside: { user: null, once: "entered" },
  stopAtFailure: true,
  operations,
  ...more,
});
const beside = (operations: readonly Operation[], more: Partial<Section> = {}): Section => ({
  user: null,
  within: [],
  network: own,
  stopAtFailure: true,
  operations,
  ...more,
});
const root = process.getuid?.() === 0 && installed("nsenter");

describe.runIf(root).each(shells)("requests beside a container, from %s", (shell) => {
  const go = async (...sections: readonly Section[]) => {
    asked.length = 0;
    const { replies } = await runBatch({ runId: "test-run", sections }, { shell });
    return replies.map((each) => each.map(({ kind }) => kind));
  };
  const post = () => write.http({ method: "POST", url: `${base}/changed` });
  const get = () => read.http({ method: "GET", url: `${base}/looked` });

  it("go out in the network of a process, one link after the other", async () => {
    expect(await go(beside([get(), post()]))).toEqual([["done", "done"]]);
    expect(asked).toEqual(["GET /looked", "POST /changed"]);
    // As counted inside of the one before: this process is its own root's.
    expect(await go(beside([get()], { network: [...own, ["echo", String(process.pid)]] }))).toEqual([["done"]]);
  });

  it("are not sent when something before them has failed inside; looks are", async () => {
    const failed = inside([write.exec(["false"])]);
    expect(await go(failed, beside([post(), get()], { continues: true }))).toEqual([["failed"], ["not-run", "done"]]);
    expect(asked).toEqual(["GET /looked"]);
    expect(await go(inside([write.exec(["true"])]), beside([post()], { continues: true }))).toEqual([
      ["done"],
      ["done"],
    ]);
    // Another section is another matter.
    expect(await go(failed, beside([post()]))).toEqual([["failed"], ["done"]]);
  });

  it("stop what is to be done inside after them when they fail", async () => {
    const nobody = write.http({ method: "POST", url: "http://127.0.0.1:1/" });
    const after = inside([write.exec(["true"]), read.exec(["true"])], { continues: true });
    expect(await go(beside([nobody]), after)).toEqual([["failed"], ["not-run", "done"]]);
    expect(await go(beside([post()]), after)).toEqual([["done"], ["done", "done"]]);
    expect(await go(inside([write.exec(["false"])]), beside([post()], { continues: true }), after)).toEqual([
      ["failed"],
      ["not-run"],
      ["not-run", "done"],
    ]);
  });

  it.each([
    ["it does not run", ["echo", "0"]],
    ["it does not run", ["true"]],
    ["there is no such container", ["sh", "-c", "echo there is no such container >&2; exit 1"]],
    ["there is no such container", ["echo", "there is no such container; rm -rf $HOME"]],
  ])("say why there is no network: %s", async (why, words) => {
    asked.length = 0;
    const sections = [beside([post(), get()], { network: [words] })];
    const { replies } = await runBatch({ runId: "test-run", sections }, { shell });
    expect(replies[0]?.[0]).toMatchObject({
      kind: "failed",
      error: { code: "no-entry", message: expect.stringContaining(why) },
    });
    expect(replies[0]?.[1]).toMatchObject({ kind: "failed", error: { code: "no-entry" } });
    expect(asked).toEqual([]);
  });
});
