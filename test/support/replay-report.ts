import { expect } from "vitest";
import { differences } from "../contract/recordings/differences.ts";
import type { Replayed } from "./replay.ts";

/** The share of recorded commands that must be answered as the real tool did. */
const WANTED = 0.95;

/** Every difference has its reason, every reason its difference, and there are few of them. */
export function expectFaithful(transcripts: Readonly<Record<string, Replayed>>): void {
  const all = Object.values(transcripts);
  const total = all.reduce((sum, each) => sum + each.total, 0);
  const mismatches = all.flatMap((each) => each.mismatches);
  const unexplained = mismatches.filter(({ place }) => !Object.hasOwn(differences, place));
  expect(
    unexplained.map(({ place, command, differences: found }) => `${place}\n${command}\n${found.join("\n")}`),
  ).toEqual([]);
  const places = new Set(mismatches.map(({ place }) => place));
  const counted = new Set(all.flatMap((each) => each.places));
  const stale = Object.keys(differences).filter((place) => counted.has(place) && !places.has(place));
  expect(stale, "these match now: take their reasons away").toEqual([]);
  expect((total - mismatches.length) / total).toBeGreaterThanOrEqual(WANTED);
}
