import { test } from "vitest";
import { normaliseDocker } from "../../support/normalise-docker.ts";
import { recordedDocker } from "../../support/recorded-docker.ts";
import { readPveRecording } from "../../support/recordings.ts";
import { replay } from "../../support/replay.ts";
import { expectFaithful } from "../../support/replay-report.ts";

const from = (name: string, more: Partial<Parameters<typeof replay>[1]> = {}) => {
  const recording = readPveRecording(`docker/${name}`);
  return {
    [`docker/${name}`]: replay(recording, {
      host: recordedDocker(),
      tools: ["docker"],
      also: ["sleep"],
      normalise: normaliseDocker,
      ...more,
    }),
  };
};

test("docker by hand answers as recorded", () => {
  expectFaithful(from("01-engine.md"));
});
test("the life of a project is as recorded", () => {
  expectFaithful(from("02-compose.md"));
});
test("a service in the network of another is as recorded", () => {
  expectFaithful(from("03-sidecar.md"));
});
test("what goes wrong is as recorded", () => {
  expectFaithful(from("04-trouble.md"));
});
