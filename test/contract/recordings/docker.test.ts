import { test } from "vitest";
import type { Host } from "../../../engine/sim/world.ts";
import { normaliseDocker } from "../../support/normalise-docker.ts";
import { recordedDocker } from "../../support/recorded-docker.ts";
import { readPveRecording } from "../../support/recordings.ts";
import { replay } from "../../support/replay.ts";
import { expectFaithful } from "../../support/replay-report.ts";

/** Of a host as the transcripts before have left it. */
const from = (host: Host, ...names: readonly string[]) =>
  Object.fromEntries(
    names.map((name) => {
      const recording = readPveRecording(`docker/${name}`);
      return [name, replay(recording, { host, tools: ["docker"], also: ["sleep"], normalise: normaliseDocker })];
    }),
  );

test("docker by hand answers as recorded", () => {
  expectFaithful(from(recordedDocker(), "01-engine.md"));
});
test("docker compose answers as recorded: a project's life, a service in the network of another, what goes wrong", () => {
  expectFaithful(from(recordedDocker(), "02-compose.md", "03-sidecar.md", "04-trouble.md"));
});
