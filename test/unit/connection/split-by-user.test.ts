import { expect, it } from "vitest";
import { BecomeFailed, Unreachable } from "../../../engine/connection/connection.ts";
import { sendParts, splitByUser } from "../../../engine/connection/split-by-user.ts";
import { read } from "../../../engine/ops/build.ts";
import type { Batch, BatchReply } from "../../../engine/ops/ir.ts";

const batch = (...users: readonly (string | null)[]): Batch => ({
  runId: "run",
  sections: users.map((user) => ({
    user,
    within: [],
    stopAtFailure: false,
    operations: [read.exec(["echo", String(user)])],
  })),
});
const users = (parts: readonly Batch[]) => parts.map(({ sections }) => sections.map(({ user }) => user));

it.each([
  ["one user", ["web"], [["web"]]],
  ["the login user under two names", [null, "me"], [[null, "me"]]],
  ["root among them, who goes down to anyone", [null, "web", "root"], [[null, "web", "root"]]],
  ["nobody is root", ["web", "web", null, "db"], [["web", "web"], [null], ["db"]]],
])("%s", (_, given, expected) => {
  expect(users(splitByUser(batch(...given), "me"))).toEqual(expected);
});

const counters = { roundTrips: 1, operations: 1, forks: 2, bytesSent: 3, bytesReceived: 4 };
const done = (part: Batch): BatchReply => ({
  replies: part.sections.map(({ user }) => [{ kind: "done", answer: user }]),
  counters,
});
const parts = splitByUser(batch("web", null, "db"), "me");

it("answers as one batch", async () => {
  const reply = await sendParts(parts, async (part) => done(part));
  expect(reply.replies.flat()).toEqual(["web", null, "db"].map((answer) => ({ kind: "done", answer })));
  expect(reply.counters).toEqual({ roundTrips: 3, operations: 3, forks: 6, bytesSent: 9, bytesReceived: 12 });
});

it("throws when the first cannot go, and keeps its answer when a later one cannot", async () => {
  const refusing =
    (user: string | null, error: Error) =>
    async (part: Batch): Promise<BatchReply> => {
      if (part.sections[0]?.user === user) throw error;
      return done(part);
    };
  await expect(sendParts(parts, refusing("web", new BecomeFailed("no")))).rejects.toThrow("no");
  const refused = await sendParts(parts, refusing(null, new BecomeFailed("no")));
  expect(refused.replies.flat()).toMatchObject([
    { kind: "done" },
    { kind: "failed", error: { code: "denied", message: "no" } },
    { kind: "done" },
  ]);
  const gone = await sendParts(parts, refusing(null, new Unreachable("gone")));
  expect(gone.replies.flat().map(({ kind }) => kind)).toEqual(["done", "unknown", "unknown"]);
  expect(gone.lost).toBe("gone");
});
