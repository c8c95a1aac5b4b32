import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type CliSite, createCliSite } from "../../support/cli-site.ts";

const docs = resolve(import.meta.dirname, "../../../docs");

// What these pages show is what happens: their files are written, their commands run in their order, on a lab of their
// own. With `-u` the outputs are written anew: npx vitest run --project cli test/e2e/cli/docs.test.ts -u
describe("pages of docs/", () => {
  let site: CliSite;
  beforeAll(() => {
    site = createCliSite();
  });
  afterAll(() => site.remove());
  afterEach(() => rmSync(join(site.folder, ".lab"), { recursive: true, force: true }));

  it.each(["zfs.md", "proxmox.md"])("%s shows what its commands print", async (page) => {
    const text = readFileSync(join(docs, page), "utf8");
    const blocks = /^`([\w./-]+\.yml)`:\n\n```yaml\n([\s\S]*?)^```$|^```console\n\$ npx lab (.*)\n([\s\S]*?)^```$/gm;
    const parts: string[] = [];
    let at = 0;
    let sessions = 0;
    for (const match of text.matchAll(blocks)) {
      const [whole, path, yaml = "", command, shown = ""] = match;
      parts.push(text.slice(at, match.index));
      at = match.index + whole.length;
      if (path !== undefined) {
        mkdirSync(dirname(join(site.folder, path)), { recursive: true });
        writeFileSync(join(site.folder, path), yaml);
        parts.push(whole);
      } else {
        const { stdout, stderr } = await site.lab(...(command ?? "").split(" "));
        sessions += 1;
        const printed = `${(stdout + stderr).trimEnd()}\n`;
        // What took as long as it took is left as the page has it.
        const output = timeless(printed) === timeless(shown) ? shown : printed;
        parts.push(`\`\`\`console\n$ npx lab ${command}\n${output}\`\`\``);
      }
    }
    parts.push(text.slice(at));
    expect(sessions).toBeGreaterThan(4);
    await expect(parts.join("")).toMatchFileSnapshot(join(docs, page));
  });
});

/** How long it took differs from run to run; the trips are counted by tests of their own. */
function timeless(text: string): string {
  return text.replace(/ · \d+ round\s+trips? · [\d.]+ m?s$/gm, "").trimEnd();
}
