import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CliSite, createCliSite } from "../../support/cli-site.ts";

const page = readFileSync(resolve(import.meta.dirname, "../../../docs/writing-modules.md"), "utf8");
const motd = /```js\n([\s\S]*?)```/.exec(page)?.[1] ?? "";
const play = /```yaml\n([\s\S]*?)```/.exec(page)?.[1] ?? "";

// What docs/writing-modules.md promises, with the very text that stands there.
describe("a module of a site's own", () => {
  let site: CliSite;
  beforeAll(() => {
    site = createCliSite();
    mkdirSync(join(site.folder, "modules"));
    writeFileSync(join(site.folder, "modules", "motd.js"), motd);
    writeFileSync(join(site.folder, "playbooks", "greet.yml"), play);
  });
  afterAll(() => site.remove());

  it("is checked, run, looked at again and shown like those that ship", async () => {
    const foretold = await site.play("greet.yml", "--check", "-l", "backup1");
    const done = await site.play("greet.yml", "-l", "backup1");
    const again = await site.play("greet.yml", "-l", "backup1");
    expect([foretold.code, done.code, again.code]).toEqual([0, 0, 0]);
    const status = ({ events }: typeof done) =>
      events.flatMap((event) => (event.type === "result" ? [event.status] : []));
    expect([status(foretold), status(done), status(again)]).toEqual([["changed"], ["changed"], ["ok"]]);
    const [result] = done.events.flatMap((event) => (event.type === "result" ? [event] : []));
    expect(result?.after).toEqual({ text: "This is backup1.\n" });
  });

  it("is known to the manual, to completion, and to editors", async () => {
    expect((await site.lab("doc", "motd")).stdout).toContain("Set what is shown after login");
    expect((await site.lab("__complete", "doc", "mot")).stdout).toContain("motd\t");
    expect(
      JSON.parse((await site.lab("schema", "--print", "tasks")).stdout).definitions.task.properties.motd,
    ).toBeDefined();
  });

  it("is told of when it is wrong, before anything is run", async () => {
    writeFileSync(join(site.folder, "modules", "broken.js"), "export default 7;\n");
    const { code, stderr } = await site.lab("play", "greet.yml");
    expect(code).toBe(1);
    expect(stderr).toContain("error[bad-module]: modules/broken.js: what it exports is no module");
  });
});
