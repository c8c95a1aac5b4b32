import { chmodSync, lstatSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { read, write } from "../../../engine/ops/build.ts";
import type { OpReply } from "../../../engine/ops/ir.ts";
import { answers, shells } from "../../support/shell-run.ts";

const count = (reply: OpReply | undefined): string =>
  reply?.kind === "done" ? ((reply.answer as { stdout: string }).stdout.split("\n")[0] ?? "") : JSON.stringify(reply);

describe.each(shells)("%s", (shell) => {
  it("counts what differs, changes just that, and then finds nothing", async () => {
    const top = mkdtempSync(join(tmpdir(), "lab tree's "));
    const at = (name: string): string => join(top, name);
    mkdirSync(at("-d/deep"), { recursive: true });
    const outside = join(mkdtempSync(join(tmpdir(), "lab-outside-")), "file");
    for (const path of [at("a\nb"), at("-d/c"), at("-d/deep/e"), outside]) writeFileSync(path, "", { mode: 0o600 });
    symlinkSync(outside, at("link"));
    chmodSync(at("-d/c"), 0o640);
    chmodSync(at("-d"), 0o755);
    chmodSync(at("-d/deep"), 0o700);
    const argv = (verb: string): readonly string[] => [verb, top, "", "", "0750", "0640"];
    const [first, applied, then, wrong] = await answers(
      [
        read.script("tree-attributes", argv("count")),
        write.script("tree-attributes", argv("apply")),
        read.script("tree-attributes", argv("count")),
        read.script("tree-attributes", ["count", top, "no-such-user", "", "", ""]),
      ],
      { shell },
    );
    expect([count(first), count(applied), count(then)]).toEqual(["5", "5", "0"]);
    expect(wrong).toMatchObject({ answer: { code: 4, stderr: expect.stringContaining("no-such-user") } });
    const modes = ["", "-d", "-d/deep", "a\nb", "-d/c", "-d/deep/e"].map((name) =>
      (lstatSync(at(name)).mode & 0o777).toString(8),
    );
    expect(modes).toEqual(["750", "750", "750", "640", "640", "640"]);
    expect((lstatSync(outside).mode & 0o777).toString(8)).toBe("600");
  });
});
