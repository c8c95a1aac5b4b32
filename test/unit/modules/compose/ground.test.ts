import { expect, it, test } from "vitest";
import { compose } from "../../../../modules/compose/index.ts";
import { exec, planOf } from "../../../support/plan-module.ts";

const raw = { project: "p", dir: "/srv/p", definition: { services: { app: { image: "busybox:1.36" } } }, env: {} };
const up = exec('{"Client":{"Version":"28.2.2"},"Server":{"Version":"20.10.24","Os":"linux","Arch":"amd64"}}\n');
const files = Object.fromEntries(
  ["compose.yaml", ".env"].flatMap((name) =>
    ["old", "link", "parent", "bytes"].map((look) => [`${look} /srv/p/${name}`, null]),
  ),
);
const answers = {
  engine: up,
  compose: exec("2.26.1-4\n"),
  listed: exec(""),
  inspected: exec("[]\n", 1, "Error response from daemon: No such container: p-app-1\n"),
  override: null,
  images: exec("[]\n", 1, "Error: No such image: busybox:1.36\n"),
  valid: exec(""),
  oldCompose: exec("", 127),
  ...files,
};

test.each([
  ["there is no docker", { engine: exec("", 127), compose: exec("", 127) }, /there is no docker on the host/],
  [
    "the engine is down",
    { engine: exec("", 1, "Cannot connect to the Docker daemon at unix:///var/run/docker.sock.\n") },
    /the Docker engine does not answer: Cannot connect/,
  ],
  [
    "the user may not ask",
    { engine: exec("", 1, "permission denied while trying to connect to the Docker daemon socket\n") },
    /this user may not ask/,
  ],
  [
    "Compose 1 alone",
    { compose: exec("", 1), oldCompose: exec("1.29.2\n") },
    /Compose 1\.29\.2 alone, which is version 1/,
  ],
  ["no Compose", { compose: exec("", 1) }, /docker has no compose/],
  ["an old plugin", { compose: exec("1.28.0\n") }, /version 2 is needed/],
  [
    "Compose does not accept it",
    { valid: exec("", 15, "validating -: services.app is odd\n") },
    /does not accept the files of p: services\.app is odd/,
  ],
])("%s: refused", (_, other, why) => {
  const plan = planOf(compose, raw, { ...answers, ...other });
  expect(plan.kind === "refuse" ? plan.why : plan.kind).toMatch(why);
});

it("foretells all of it where an earlier task is to bring the engine", () => {
  const plan = planOf(compose, raw, { ...answers, engine: exec("", 127), compose: exec("", 127) });
  const otherwise = plan.kind === "refuse" ? plan.otherwise : undefined;
  expect(otherwise?.before).toMatchObject({ app: "missing" });
  expect(otherwise?.after).toMatchObject({ app: "running or done" });
});

it("pulls what is missing before anything is made, and as a job", () => {
  const plan = planOf(compose, raw, answers);
  const steps = plan.kind === "change" ? plan.steps : [];
  const verbs = steps.map((step) =>
    step.kind === "exec" ? step.argv.find((word) => /^(pull|up)$/.test(String(word))) : step.kind,
  );
  expect(verbs).toEqual(["mkdir", "write-file", "write-file", "write-file", "pull", "up", "wait-until"]);
  expect(steps.map((step) => "job" in step && step.job !== undefined)).toEqual([
    false,
    false,
    false,
    false,
    true,
    false,
    false,
  ]);
});
