import { expect, it } from "vitest";
import { syncTogether } from "../../../engine/cli/sync-together.ts";

/** A disk whose syncs end when they are told to. */
function slowDisk() {
  const running: { readonly done: () => void; readonly failed: (error: Error) => void }[] = [];
  let begun = 0;
  const sync = (): Promise<void> => {
    begun += 1;
    return new Promise((done, failed) => void running.push({ done, failed }));
  };
  return { sync, begun: () => begun, running };
}
const turn = () => new Promise((resume) => setTimeout(resume, 5));

it("syncs once for all that wait at the same moment", async () => {
  const disk = slowDisk();
  const { wrote, kept } = syncTogether(disk.sync);
  let there = 0;
  const all = Array.from({ length: 100 }, async () => {
    wrote();
    await kept();
    there += 1;
  });
  await turn();
  expect([disk.begun(), there]).toEqual([1, 0]);
  disk.running.shift()?.done();
  await Promise.all(all);
  expect([disk.begun(), there]).toEqual([1, 100]);
  // Nothing was written since: there is nothing to wait for.
  await kept();
  expect(disk.begun()).toBe(1);
});

it("syncs again for what was written while a sync was under way, once for all of that", async () => {
  const disk = slowDisk();
  const { wrote, kept } = syncTogether(disk.sync);
  wrote();
  const first = kept();
  await turn();
  const ended: string[] = [];
  const later = ["a", "b", "c"].map(async (name) => {
    wrote();
    await kept();
    ended.push(name);
  });
  await turn();
  // The one that is under way may have begun before these were written.
  disk.running.shift()?.done();
  await first;
  await turn();
  expect([disk.begun(), ended]).toEqual([2, []]);
  disk.running.shift()?.done();
  await Promise.all(later);
  expect([disk.begun(), ended]).toEqual([2, ["a", "b", "c"]]);
});

it("begins a sync also where nobody waits", async () => {
  const disk = slowDisk();
  syncTogether(disk.sync).wrote();
  await turn();
  expect(disk.begun()).toBe(1);
});

it("tells whoever waits that it has failed, and tries again for the next one", async () => {
  const disk = slowDisk();
  const { wrote, kept } = syncTogether(disk.sync);
  wrote();
  const waiting = kept();
  await turn();
  disk.running.shift()?.failed(new Error("the disk is gone"));
  await expect(waiting).rejects.toThrow("the disk is gone");
  const again = kept();
  await turn();
  disk.running.shift()?.done();
  await again;
  expect(disk.begun()).toBe(2);
});
