import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openLab } from "../../../engine/sim/sandbox/open-lab.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "lab-locks-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const claim = (runId: string, pid: number) => ({
  runId,
  who: "ann@laptop",
  since: "2026-01-02T03:04:05Z",
  pid,
  before: null,
});
/** The lab as a process sees it; `living` are those that are there. */
async function hostOf(pid: number, living: readonly number[], name = "h/1") {
  const lab = openLab(folder, { pid, alive: (each) => living.includes(each) });
  const connection = await lab.open({ name, connection: "lab" });
  if (!connection.hold) throw new Error("it cannot be held");
  return { hold: connection.hold, close: connection.close };
}

it("is one run's alone, host by host, until its connection is closed", async () => {
  const [first, second] = [await hostOf(1, [1, 2]), await hostOf(2, [1, 2])];
  expect(await first.hold(claim("run-1", 1))).toMatchObject({ kind: "held", anew: true, wrote: null });
  expect(await first.hold(claim("run-1", 1))).toMatchObject({ kind: "held", anew: false });
  expect(await second.hold(claim("run-2", 2))).toMatchObject({
    kind: "busy",
    by: { kind: "run", runId: "run-1", who: "ann@laptop", pid: "1" },
  });
  expect(await (await hostOf(2, [1, 2], "h2")).hold(claim("run-2", 2))).toMatchObject({ kind: "held" });
  await first.close();
  const held = await second.hold(claim("run-2", 2));
  expect(held).toMatchObject({ kind: "held", wrote: { runId: "run-1" } });
});

it("is taken over from a process that is gone, which may have written a moment ago", async () => {
  await (await hostOf(1, [1])).hold(claim("run-1", 1));
  const [path = ""] = readdirSync(join(folder, "locks")).filter((name) => name.endsWith(".json"));
  utimesSync(join(folder, "locks", path), 1, 1);
  expect(await (await hostOf(2, [2])).hold(claim("run-2", 2))).toMatchObject({
    kind: "held",
    wrote: { runId: "run-1", agoMs: 0 },
  });
});

it("is anybody's where its file was spoiled", async () => {
  await (await hostOf(1, [1, 2])).hold(claim("run-1", 1));
  for (const name of readdirSync(join(folder, "locks"))) writeFileSync(join(folder, "locks", name), "{");
  expect(await (await hostOf(2, [1, 2])).hold(claim("run-2", 2))).toMatchObject({ kind: "held" });
});

it("takes no lock for a host that is held already, and many hosts of one run wait for one another, not by polling", async () => {
  const lab = openLab(folder, { pid: 1, alive: () => true, waitMs: 20 });
  const hosts = await Promise.all(
    Array.from({ length: 100 }, (_, index) => lab.open({ name: `h${index}`, connection: "lab" })),
  );
  const hold = () => Promise.all(hosts.map(async (host) => host.hold?.(claim("run-1", 1))));
  // A wait of 20 ms would not do for a hundred that poll.
  expect(await hold()).toEqual(hosts.map(() => expect.objectContaining({ kind: "held", anew: true })));
  writeFileSync(join(folder, "locks", "taking"), "2\n");
  expect(await hold()).toEqual(hosts.map(() => expect.objectContaining({ kind: "held", anew: false })));
});
