import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { renderBlock } from "../../../engine/formats/cron-block.ts";
import { renderCrontab } from "../../../engine/formats/crontab.ts";
import type { HostRecap } from "../../../engine/run/events.ts";
import { labPlaybook, type WorkItem, workItems } from "../../bench/workload.ts";
import { type KeptCrontab, keepCrontab } from "../../support/e2e-crontab.ts";
import { expectExit, recapOf } from "../../support/e2e-events.ts";
import { openRig, type Rig } from "../../support/e2e-rig.ts";
import { type TracedSessions, traceSessions } from "../../support/trace-sessions.ts";

// Nobody else's: root's crontab belongs to other tests, and to whoever owns the machine.
const user = "uucp";

let rig: Rig;
let crontab: KeptCrontab;
beforeAll(async () => {
  rig = await openRig();
  crontab = keepCrontab(user);
});
afterAll(async () => {
  crontab?.restore();
  await rig?.stop();
});

interface Cost extends HostRecap {
  readonly seen: TracedSessions;
}
async function traced(playbook: string): Promise<Cost> {
  const trace = await traceSessions(rig.sshd.pid, join(rig.folder, `${playbook}.trace`));
  const run = await rig.play(playbook);
  const seen = await trace.stop();
  expectExit(run, 0);
  return { ...recapOf(run), seen };
}

it("counts the processes of a first run as its host sees them", async () => {
  const tasks = 9;
  rig.write("first.yml", labPlaybook(tasks, { folder: rig.target, user }));
  const { changed, roundTrips, locks = 0, forks, seen } = await traced("first.yml");
  expect(changed).toBe(tasks);
  // The channel that keeps the machine's lock is counted beside the trips, and its processes are not theirs.
  expect(seen.sessions).toBe(roundTrips + locks);
  expectTrue(forks, seen.started, roundTrips);
});

it.each([50, 200])("asks about %i converged tasks in few trips and processes", async (tasks) => {
  const place = { folder: join(rig.target, String(tasks)), user };
  mkdirSync(place.folder);
  layDown(workItems(tasks, place));
  rig.write("again.yml", labPlaybook(tasks, place));
  const { changed, ok, roundTrips, forks, seen } = await traced("again.yml");
  expect([changed, ok]).toEqual([0, tasks]);
  expect(seen.sessions).toBe(roundTrips);
  expectTrue(forks, seen.started, roundTrips);
  expect(roundTrips).toBeLessThanOrEqual(3);
  expect(forks).toBeLessThanOrEqual(tasks / 2 + 20);
});

it("asks about changes among them in a trip for each", async () => {
  const tasks = 50;
  const place = { folder: join(rig.target, "drift"), user };
  mkdirSync(place.folder);
  const items = workItems(tasks, place);
  layDown(items);
  const folders = items.flatMap((item) => (item.kind === "directory" ? [item.path] : []));
  // Two in a row, and the rest far apart.
  const gone = folders.filter((_, index) => index < 2 || index % 5 === 0);
  for (const path of gone) rmSync(path, { recursive: true });
  rig.write("drift.yml", labPlaybook(tasks, place));
  const { changed, ok, roundTrips, locks = 0, seen } = await traced("drift.yml");
  expect([changed, ok]).toEqual([gone.length, tasks - gone.length]);
  expect(seen.sessions).toBe(roundTrips + locks);
  expect(roundTrips).toBeLessThanOrEqual(gone.length + 3);
});

/** The count is what happened; but a script may be done before its watchdog came to its first pause. */
function expectTrue(counted: number, started: number, scripts: number): void {
  expect(counted).toBeGreaterThanOrEqual(started);
  expect(counted).toBeLessThanOrEqual(started + scripts);
}

/** The end of a first run, without one: it would take most of a minute under strace. */
function layDown(items: readonly WorkItem[]): void {
  const table: string[] = [];
  for (const item of items) {
    if (item.kind === "directory") mkdirSync(item.path, { mode: Number.parseInt(item.mode, 8) });
    else if (item.kind === "content") writeFileSync(item.path, item.content, { mode: Number.parseInt(item.mode, 8) });
    else {
      const job = { schedule: item.schedule, command: item.job };
      table.push(renderCrontab(renderBlock({ name: item.name, environment: {}, job, disabled: false })));
    }
  }
  crontab.set(table.join(""));
}
