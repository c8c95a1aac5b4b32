import { afterEach, beforeEach, expect, it } from "vitest";
import type { Connection } from "../../../engine/connection/connection.ts";
import { openLocal } from "../../../engine/connection/local.ts";
import { openConnections } from "../../../engine/connection/open-connections.ts";
import { read } from "../../../engine/ops/build.ts";
import { connectionKinds } from "../../../engine/site/connection-kinds.ts";
import { type TestEnvironment, testEnvironment } from "../../support/connection-environment.ts";
import { execOf, oneBatch, refusal } from "../../support/ssh-fixture.ts";

let test: TestEnvironment;
beforeEach(() => {
  test = testEnvironment();
});
afterEach(() => test.remove());

it("opens each kind by its name, the embedded lab through what is handed in", async () => {
  const opened: Connection[] = [];
  const open = openConnections(test.environment, async (target) => {
    const lab = await openLocal(test.environment)(target);
    opened.push(lab);
    return lab;
  });
  const there = await open({ name: "n", connection: "lab" });
  expect(execOf(await there.send(oneBatch([read.exec(["echo", "there"])]))).stdout).toBe("there\n");
  const local = await open({ name: "controller", connection: "local" });
  expect(opened).toHaveLength(1);
  expect(execOf(await local.send(oneBatch([read.exec(["echo", "here"])]))).stdout).toBe("here\n");
  await local.close();
});

it("names the kinds that there are, and the nearest", async () => {
  const text = await refusal(openConnections(test.environment)({ name: "nas", connection: "shh" }));
  expect(text).toContain('nas: there is no connection "shh"');
  expect(text).toContain('did you mean "ssh"? lab_connection is one of ssh, local, pct, docker.');
});

it("warns of the same thing once, however many hosts there are", async () => {
  const open = openConnections(test.with({ limits: { connectMs: 300 } }));
  (await import("node:fs")).writeFileSync(
    `${test.home}/.ssh/config`,
    "StrictHostKeyChecking no\nHostName 127.0.0.1\nPort 1\n",
  );
  for (const _ of [1, 2, 3]) expect(await refusal(open({ name: "a", connection: "ssh" }))).toContain("nothing listens");
  expect(test.warnings).toHaveLength(1);
});

it("has every kind that sites may name, and no other", async () => {
  const lab = openLocal(test.environment);
  const text = await refusal(openConnections(test.environment, lab)({ name: "nas", connection: "none" }));
  expect(text).toContain(`lab_connection is one of ${connectionKinds.join(", ")}.`);
});
