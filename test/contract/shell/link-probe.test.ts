import { mkdirSync, mkdtempSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { linkProbeText } from "../../../engine/formats/link-probe.ts";
import { read } from "../../../engine/ops/build.ts";
import { answers, shells } from "../../support/shell-run.ts";

// What two mounts of one disk answer is tried on real ones: test/e2e/docker/media-stack.test.ts.
describe.each(shells)("%s", (shell) => {
  it("the probe links and moves in one file system, says why it cannot, and leaves nothing", async () => {
    const top = mkdtempSync(join(tmpdir(), "lab it's "));
    for (const name of ["from", "to"]) mkdirSync(join(top, name));
    const probe = (from: string, to: string) =>
      read.exec(["sh", "-c", linkProbeText, "sh", join(top, from), to.startsWith("/") ? to : join(top, to)]);
    const replies = await answers([probe("from", "to"), probe("from", "none"), probe("from", "/proc")], { shell });
    const found = replies.map((reply) => (reply.kind === "done" ? reply.answer : null));
    expect(found).toMatchObject([
      { code: 0, stdout: "links=yes moves=yes\n" },
      { code: 3, stderr: `no folder ${top}/none\n` },
      { code: 4, stderr: "no file can be made in /proc\n" },
    ]);
    for (const name of ["from", "to"]) expect(readdirSync(join(top, name))).toEqual([]);
  });
});
