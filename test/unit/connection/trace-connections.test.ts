import { expect, test } from "vitest";
import { type Trip, traceConnections } from "../../../engine/connection/trace-connections.ts";
import { read, write } from "../../../engine/ops/build.ts";
import type { Section } from "../../../engine/ops/ir.ts";
import { Secret } from "../../../engine/value/secret.ts";
import { createWorld } from "../../support/world.ts";

const planted = "planted-secret-value";

async function trips(...sections: readonly Section[]): Promise<readonly Trip[]> {
  const told: Trip[] = [];
  let at = 0;
  const clock = (): number => {
    at += 7;
    return at;
  };
  const open = traceConnections(createWorld().open, clock, (trip) => told.push(trip));
  const connection = await open({ name: "h1", connection: "lab" });
  await connection.send({ runId: "r1", sections });
  await connection.close();
  return told;
}

test("tells each operation with what came back, and the lines of the script for it", async () => {
  const operations = [read.exec(["uname", "-n"]), read.text("/etc/nothing"), write.exec(["uname", "--no-such"])];
  const [trip, ...more] = await trips({ user: null, within: [], stopAtFailure: true, operations });
  expect(more).toEqual([]);
  expect(trip).toMatchObject({ host: "h1", kind: "apply", durationMs: 7 });
  expect(trip?.operations.map(({ text, answer }) => [text, answer.replace(/:.*/s, "")])).toEqual([
    ["uname -n", "0"],
    ["read /etc/nothing", "not there"],
    ["uname --no-such", expect.stringMatching(/^failed/)],
  ]);
  expect(trip?.script).toContain("uname -n");
  expect(trip?.script).toContain("begin 0 r");
  // The functions that every script has are not told each time.
  expect(trip?.script.length).toBeLessThan(1000);
});

test("tells of what the controller does for a host, too", async () => {
  const [trip] = await trips({
    user: null,
    within: [],
    stopAtFailure: true,
    operations: [{ ...read.exec(["uname", "-n"]), at: "controller" }],
  });
  expect(trip?.script).toContain("uname -n");
  expect(trip?.operations).toMatchObject([{ text: expect.stringContaining("uname -n"), answer: "0" }]);
});

test("no content that is secret is in it, whichever way it travels", async () => {
  const told = await trips(
    {
      user: null,
      within: [],
      stopAtFailure: true,
      operations: [write.text("/etc/key", new Secret(planted)), write.exec(["cat"], { stdin: new Secret(planted) })],
    },
    {
      user: "nobody",
      within: [],
      stopAtFailure: true,
      operations: [write.text("/tmp/key", new Secret(planted))],
    },
  );
  const text = JSON.stringify(told);
  expect(text).toContain("/etc/key");
  expect(text).toContain('"as":"nobody"');
  for (const form of [planted, Buffer.from(planted).toString("base64").slice(0, 20)]) expect(text).not.toContain(form);
});
