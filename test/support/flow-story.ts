import { expect } from "vitest";
import type { SiteRun } from "./run-site.ts";

/** What became of each task in its order, a line each: `h1 name: status`. Without items; a site with an error in it fails. */
export function flowStory(run: SiteRun): readonly string[] {
  expect(run.diagnostics.filter(({ severity }) => severity !== "warning")).toEqual([]);
  expect(run.faults).toEqual([]);
  return run.results
    .filter(({ kind }) => kind !== "item")
    .map(({ host, name, kind, status, rescued, ignored }) => {
      const note = rescued ? " (rescued)" : ignored ? " (ignored)" : "";
      return `${host} ${kind === "handler" ? "handler " : ""}${name}: ${status}${note}`;
    });
}

/** The same of one host. */
export function storyOn(run: SiteRun, host: string): readonly string[] {
  return flowStory(run)
    .filter((line) => line.startsWith(`${host} `))
    .map((line) => line.slice(host.length + 1));
}
