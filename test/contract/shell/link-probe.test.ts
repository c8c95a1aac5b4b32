import { linkSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { judgeLink } from "../../../engine/formats/judge-link.ts";
import { linkProbeText, parseLinkProbe } from "../../../engine/formats/link-probe.ts";
import { read } from "../../../engine/ops/build.ts";
import { answers, shells, unprivileged } from "../../support/shell-run.ts";

let top: string;
let memory: string;
beforeAll(() => {
  top = mkdtempSync(join(tmpdir(), "lab it's "));
  memory = mkdtempSync("/dev/shm/lab-link-");
  for (const name of ["from", "to", "*"]) mkdirSync(join(top, name));
  symlinkSync("from", join(top, "other-name"));
  symlinkSync(memory, join(top, "elsewhere"));
});
afterAll(() => {
  for (const path of [top, memory]) rmSync(path, { recursive: true });
});

/** What the kernel does when somebody tries. */
function tried(from: string, to: string): boolean {
  const [one, other] = [join(from, "one"), join(to, "other")];
  writeFileSync(one, "");
  try {
    linkSync(one, other);
    return true;
  } catch {
    return false;
  } finally {
    for (const path of [one, other]) rmSync(path, { force: true });
  }
}

// Two mounts of one disk, and containers: test/e2e/docker/media-stack.test.ts.
describe.each(shells)("%s", (shell) => {
  const look = async (from: string, to: string, more: object = {}) => {
    const [reply] = await answers([read.exec(["sh", "-c", linkProbeText, "sh", from, to])], { shell, ...more });
    return reply?.kind === "done" ? (reply.answer as { code: number; stdout: string; stderr: string }) : undefined;
  };

  it.each([
    ["from", "to"],
    ["from", "*"],
    ["other-name", "to"],
    ["from", "elsewhere"],
  ])("what is seen of %s and %s is what happens when it is tried, and looking makes nothing", async (one, other) => {
    const [from, to] = [join(top, one), join(top, other)];
    const before = [from, to].map((path) => [readdirSync(path), statSync(path).ctimeMs]);
    const seen = await look(from, to);
    expect([from, to].map((path) => [readdirSync(path), statSync(path).ctimeMs])).toEqual(before);
    const places = parseLinkProbe(seen?.stdout ?? "", [from, to]);
    expect(places).toMatchObject([{ writable: true, device: String(statSync(from).dev) }, { writable: true }]);
    const [first, second] = places ?? [];
    if (first === undefined || second === undefined) throw new Error("both were looked at");
    expect(judgeLink(first, second).links).toBe(tried(from, to));
  });

  it("a folder that is missing, and one in which nothing can be made", async () => {
    expect(await look(join(top, "from"), join(top, "none"))).toMatchObject({
      code: 3,
      stderr: `no folder ${top}/none\n`,
    });
    const strange = await look("/etc", "/usr", { login: unprivileged });
    const places = parseLinkProbe(strange?.stdout ?? "", ["/etc", "/usr"]);
    expect(places?.map(({ writable, mount }) => [writable, mount === null])).toEqual([
      [false, false],
      [false, false],
    ]);
  });
});
