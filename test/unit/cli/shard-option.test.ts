import { describe, expect, it, test } from "vitest";
import { readShard } from "../../../engine/cli/shard-option.ts";

describe("--shard", () => {
  test.each<[string, Record<string, string>, number, number]>([
    ["1/1", {}, 1, 1],
    ["2/4", {}, 2, 4],
    [" 04/04 ", {}, 4, 4],
    ["auto/4", { JOB_COMPLETION_INDEX: "0" }, 1, 4],
    ["auto/4", { JOB_COMPLETION_INDEX: "3" }, 4, 4],
    ["auto", { CI_NODE_INDEX: "2", CI_NODE_TOTAL: "3" }, 2, 3],
    ["auto/3", { CI_NODE_INDEX: "3", CI_NODE_TOTAL: "3" }, 3, 3],
    ["auto", { CIRCLE_NODE_INDEX: "0", CIRCLE_NODE_TOTAL: "2" }, 1, 2],
    ["auto", { BUILDKITE_PARALLEL_JOB: "1", BUILDKITE_PARALLEL_JOB_COUNT: "2" }, 2, 2],
    // What is set and empty is not set.
    ["auto", { JOB_COMPLETION_INDEX: "", CI_NODE_INDEX: "1", CI_NODE_TOTAL: "1" }, 1, 1],
  ])("%s with %j is %d of %d", (text, environment, index, of) => {
    expect(readShard(text, environment)).toEqual({ kind: "shard", shard: { index, of } });
  });

  test.each<[string, Record<string, string>, string]>([
    ["", {}, "which part"],
    ["two", {}, "which part"],
    ["-1/4", {}, "which part"],
    ["1/4/2", {}, "which part"],
    ["99999/99999", {}, "which part"],
    ["2", {}, "does not say of how many"],
    ["0/4", {}, "they count from 1"],
    ["5/4", {}, "there is no shard 5 of 4"],
    ["1/0", {}, "1 to 1000 shards"],
    ["1/1001", {}, "1 to 1000 shards"],
    ["auto", {}, "none of JOB_COMPLETION_INDEX, CI_NODE_INDEX"],
    ["auto", { JOB_COMPLETION_INDEX: "1" }, "nothing says of how many"],
    ["auto/2", { JOB_COMPLETION_INDEX: "2" }, "there is no shard 3 of 2"],
    ["auto/2", { JOB_COMPLETION_INDEX: "x" }, 'JOB_COMPLETION_INDEX is "x"'],
    ["auto/2", { CI_NODE_INDEX: "1", CI_NODE_TOTAL: "3" }, "says that there are 3"],
  ])("%j with %j is refused", (text, environment, message) => {
    const read = readShard(text, environment);
    expect(read).toMatchObject({
      kind: "wrong",
      diagnostic: { code: "wrong-option", message: expect.stringContaining(message) },
    });
  });

  it("says what it takes", () => {
    expect(readShard("x", {})).toMatchObject({ diagnostic: { hint: expect.stringContaining("auto/4") } });
  });
});
