import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CliSite, createCliSite } from "../../support/cli-site.ts";

const repository = resolve(import.meta.dirname, "../../..");
const readme = readFileSync(join(repository, "README.md"), "utf8");
const playbook = /^`playbooks\/disk\.yml`:\n\n```yaml\n([\s\S]*?)```/m.exec(readme)?.[1] ?? "";
const sessions = [...readme.matchAll(/^```console\n\$ npx lab (.*)\n([\s\S]*?)```/gm)].map(
  ([, command = "", output = ""]) => ({
    args: command.split(" "),
    output,
  }),
);

// What the README shows is what happens: its playbook is run, its commands in their order, the outputs compared.
describe("README.md", () => {
  let site: CliSite;
  beforeAll(() => {
    site = createCliSite();
    writeFileSync(join(site.folder, "playbooks/disk.yml"), playbook);
  });
  afterAll(() => site.remove());

  it("shows what its commands print", async () => {
    expect(playbook.split("\n").length).toBeGreaterThan(15);
    expect(sessions.map(({ args }) => args.join(" "))).toEqual([
      "play disk.yml --check --diff",
      "play disk.yml",
      "play disk.yml",
      "play disk.yml",
    ]);
    const printed: string[] = [];
    for (const [index, { args }] of sessions.entries()) {
      if (index === sessions.length - 1) {
        writeFileSync(join(site.folder, "playbooks/disk.yml"), playbook.replace("file: lab", "fiel: lab"));
      }
      const { stdout, stderr } = await site.lab(...args);
      printed.push(timeless(stdout + stderr));
    }
    expect(printed).toEqual(sessions.map(({ output }) => timeless(output)));
  });

  it("counts the modules right", async () => {
    const { modules } = await import("../../support/all-modules.ts");
    expect(readme).toContain(`[${modules.length} modules](docs/modules/README.md)`);
  });
});

/** How long it took differs from run to run; the trips are counted by tests of their own. */
function timeless(text: string): string {
  return text.replace(/ · \d+ round trips? · [\d.]+ m?s$/gm, "").trimEnd();
}
