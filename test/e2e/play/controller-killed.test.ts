import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { expectExit, recapOf } from "../../support/e2e-events.ts";
import { leftovers } from "../../support/e2e-leftovers.ts";
import { openRig, type Rig } from "../../support/e2e-rig.ts";

/** Enough for the run to go on for some time behind the last moment at which it is killed. */
const small = 40;
/** Large enough to travel as payloads of their own, ahead of the script. */
const bigBytes = 3_000_000;
const bigFiles = ["one.bin", "two.bin"];
const versions = ["a", "b"] as const;
type Version = (typeof versions)[number];

let rig: Rig;
beforeAll(async () => {
  rig = await openRig();
  for (const version of versions) {
    for (const name of bigFiles) rig.write(`files/${version}-${name}`, bigContent(version, name));
  }
  rig.write("templates/page.hbs", "{{ version }} page\n{{#each lines}}\n{{ ../version }} {{ this }}\n{{/each}}\n");
  const tasks = [
    ...bigFiles.map((name) => ({ copy: { dest: join(rig.target, name), src: `{{ version }}-${name}`, mode: "0640" } })),
    { template: { dest: join(rig.target, "page"), src: "page.hbs" } },
    { copy: { dest: join(rig.target, "{{ item }}"), content: "{{ version }} {{ item }}\n" }, loop: smallNames() },
    { line: { path: join(rig.target, "lines"), line: "version={{ version }}", regexp: "^version=", create: true } },
  ];
  const vars = { lines: Array.from({ length: 2_000 }, (_, index) => `line ${index}`) };
  rig.write("files.yml", JSON.stringify([{ name: "Files", hosts: "all", vars, tasks }]));
});
afterAll(() => rig?.stop());

function smallNames(): readonly string[] {
  return Array.from({ length: small }, (_, index) => `small-${index}`);
}
function bigContent(version: Version, name: string): Buffer {
  return Buffer.alloc(bigBytes, createHash("sha256").update(`${version} ${name}`).digest("hex"));
}
function contentOf(version: Version, name: string): Buffer {
  if (bigFiles.includes(name)) return bigContent(version, name);
  if (name === "lines") return Buffer.from(`version=${version}\n`);
  if (name !== "page") return Buffer.from(`${version} ${name}\n`);
  const lines = Array.from({ length: 2_000 }, (_, index) => `${version} line ${index}\n`);
  return Buffer.from(`${version} page\n${lines.join("")}`);
}
const managed = () => [...bigFiles, "page", "lines", ...smallNames()];
const play = (version: Version) => ["files.yml", "-e", `version=${version}`] as const;

/** Files that are neither whole old nor whole new. */
const torn = () =>
  managed().filter((name) => {
    const path = join(rig.target, name);
    return !existsSync(path) || !versions.some((version) => readFileSync(path).equals(contentOf(version, name)));
  });

it("leaves every file whole and nothing lying about, whenever the controller is killed, and converges afterwards", async () => {
  expectExit(await rig.play(...play("a")), 0);
  expectExit(await rig.play(...play("b")), 0);
  expect(torn()).toEqual([]);

  const kills = 6;
  let interrupted = 0;
  for (let kill = 0; kill < kills; kill += 1) {
    // Spread over the whole run, by how far it is and not by the clock, and at another moment each time the test runs.
    const [results, laterMs] = [5 * kill, Math.round(Math.random() * 40)];
    const moment = `killed ${laterMs} ms after result ${results}`;
    const live = rig.start("play", ...play(kill % 2 === 0 ? "a" : "b"), "--format", "jsonl");
    const told = () => live.stdout().match(/"type":"result"/g)?.length ?? 0;
    const underWay = () => live.stdout().includes('"type":"play"') && told() >= results;
    while (!underWay() && live.child.exitCode === null) await setTimeout(1);
    await setTimeout(laterMs);
    live.child.kill("SIGKILL");
    if ((await live.done).code === null) interrupted += 1;
    expect([moment, torn()]).toEqual([moment, []]);
    const deadline = performance.now() + 10_000;
    while (leftovers(rig).length > 0 && performance.now() < deadline) await setTimeout(50);
    expect([moment, leftovers(rig)]).toEqual([moment, []]);
    expect([moment, torn()]).toEqual([moment, []]);
  }
  expect(interrupted).toBeGreaterThan(kills / 2);

  expectExit(await rig.play(...play("b")), 0);
  const again = await rig.play(...play("b"));
  expectExit(again, 0);
  expect(recapOf(again).changed).toBe(0);
  for (const name of managed()) expect(readFileSync(join(rig.target, name)).equals(contentOf("b", name))).toBe(true);
  expect(readdirSync(rig.target).sort()).toEqual([...managed()].sort());
});
