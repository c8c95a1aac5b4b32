import { expect, test } from "vitest";
import type { Connection } from "../../../engine/connection/connection.ts";
import { gatherLooks } from "../../../engine/connection/gather-looks.ts";
import { noCounters } from "../../../engine/connection/split-by-user.ts";
import { read, write } from "../../../engine/ops/build.ts";
import type { BatchReply, ReadBatch } from "../../../engine/ops/ir.ts";

const batch = (name: string, operations = 1): ReadBatch => ({
  runId: name,
  sections: [
    {
      user: null,
      within: [],
      stopAtFailure: false,
      operations: Array.from({ length: operations }, (_, index) => read.stat(`/${name}/${index}`)),
    },
  ],
});
const reply: BatchReply = { replies: [], counters: noCounters };

/** A machine that answers when it is told to. `log`: what has left. */
function machine(several = () => true) {
  const log: string[] = [];
  const answers: (() => void)[] = [];
  const connection: Connection = {
    target: { name: "node", connection: "test" },
    look: async ({ runId }) => {
      log.push(`look ${runId}`);
      return reply;
    },
    send: async ({ runId }) => {
      log.push(`send ${runId}`);
      return reply;
    },
    lookTogether: (batches) => {
      log.push(batches.map(({ runId }) => runId).join(" "));
      return batches.map(
        () =>
          new Promise((resolve) => {
            answers.push(() => resolve(reply));
          }),
      );
    },
    pause: async () => {},
    close: async () => {},
  };
  return { log, answers, gathering: gatherLooks(connection, several) };
}
const turn = () => new Promise((resolve) => setImmediate(resolve));

test("those that ask in one turn leave together, however many promises lie between them", async () => {
  const { log, gathering, answers } = machine();
  const first = gathering.look(batch("a"));
  for (let each = 0; each < 50; each += 1) await null;
  const second = gathering.look(batch("b"));
  expect(log).toEqual([]);
  await turn();
  expect(log).toEqual(["a b"]);
  void gathering.look(batch("c"));
  await turn();
  // Nobody waits for those that are under way.
  expect(log).toEqual(["a b", "c"]);
  for (const answer of answers) answer();
  expect(await Promise.all([first, second])).toEqual([reply, reply]);
});

test("where there is one host alone, and where something is written, nothing is gathered", async () => {
  const { log, gathering } = machine(() => false);
  await gathering.look(batch("a"));
  await gathering.send({
    runId: "w",
    sections: [
      { ...batch("w").sections[0], user: null, within: [], stopAtFailure: true, operations: [write.mkdir("/w")] },
    ],
  });
  expect(log).toEqual(["look a", "send w"]);
});

test("not more than so many and so much leave together, and not more trips at a time than there are channels", async () => {
  const { log, gathering, answers } = machine();
  for (let each = 0; each < 20; each += 1) void gathering.look(batch(`h${each}`));
  void gathering.look(batch("large", 1_990));
  void gathering.look(batch("next", 20));
  void gathering.look(batch("huge", 9_000));
  await turn();
  expect(log.map((names) => names.split(" ").length)).toEqual([16, 5, 1, 1]);
  for (const name of ["e", "f"]) {
    void gathering.look(batch(name));
    await turn();
  }
  // The seventh trip waits for one to come back, and takes along whoever has come until then.
  for (const name of ["g", "h", "i"]) {
    void gathering.look(batch(name));
    await turn();
  }
  expect(log.slice(4)).toEqual(["e", "f"]);
  // All of the first trip but one: it is still under way.
  for (const answer of answers.slice(0, 15)) answer();
  await turn();
  await turn();
  expect(log.slice(4)).toEqual(["e", "f"]);
  answers[15]?.();
  await turn();
  await turn();
  expect(log.slice(4)).toEqual(["e", "f", "g h i"]);
});
