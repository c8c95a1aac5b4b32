import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { flowStory } from "../../../support/flow-story.ts";
import { inventoryOf, runSite } from "../../../support/run-site.ts";

const page = readFileSync(resolve(import.meta.dirname, "../../../../docs/playbooks.md"), "utf8");
/** Each playbook of the page, and what stands below it as what becomes of it. */
const examples = [...page.matchAll(/^```yaml( check)?\n(.*?)^```\n\n```text\n(.*?)^```$/gms)].map(
  ([, mode, site = "", story = ""]) => ({ check: mode !== undefined, site, story: story.trimEnd().split("\n") }),
);

test("docs/playbooks.md: every playbook has its results below it", () => {
  expect(examples.length).toBe([...page.matchAll(/^```yaml/gm)].length);
  expect(examples.length).toBeGreaterThan(6);
});

test.each(examples.map((example, index) => [index + 1, example] as const))(
  "docs/playbooks.md: example %d runs as it says",
  async (_, { check, site, story }) => {
    const run = await runSite({
      files: { "site.yml": site, "inventory/hosts.yml": inventoryOf("web1", "web2", "web3") },
      forks: 1,
      check,
    });
    const told = flowStory(run);
    const certainties = run.results.filter(({ kind }) => kind !== "item").map(({ certainty }) => certainty);
    expect(told.map((line, index) => (certainties[index] === "assumed" ? `${line} (assumed)` : line))).toEqual(story);
  },
);
