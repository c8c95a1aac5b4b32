import { createHash } from "node:crypto";
import { chmodSync, mkdtempSync, readFileSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { read, write } from "../../../engine/ops/build.ts";
import { compileShell } from "../../../engine/ops/compile-shell.ts";
import type { Operation, Section } from "../../../engine/ops/ir.ts";
import { installed, randomIds, runBatch, shells } from "../../support/shell-run.ts";

const section = (user: string | null, operations: readonly Operation[], within: readonly string[] = []): Section => ({
  user,
  within,
  stopAtFailure: true,
  operations,
});
const whoAmI = read.exec(["id", "-un"]);
const big = Buffer.alloc(150_000, "big\0'");
const streamed = {
  kind: "streamed" as const,
  size: big.length,
  sha256: createHash("sha256").update(big).digest("hex"),
  open: async function* () {
    yield big;
  },
};

describe("whose channel it is", () => {
  const channel = (users: readonly (string | null)[], loginUser?: string) =>
    compileShell(
      { runId: "r", sections: users.map((user) => section(user, [whoAmI])) },
      { ids: randomIds, ...(loginUser === undefined ? {} : { loginUser }) },
    );
  it.each<[readonly (string | null)[], string | undefined, string | null, number]>([
    [[null], undefined, null, 0],
    [["root"], undefined, "root", 0],
    [["root", "root"], undefined, "root", 0],
    [["root", null, "www-data"], "admin", "root", 2],
    [["root", null], "root", null, 0],
    [["media", null], undefined, null, 1],
    [[], undefined, null, 0],
  ])("%j, logged in as %s", (users, loginUser, user, nested) => {
    const compiled = channel(users, loginUser);
    expect([compiled.user, compiled.frame.nested.length]).toEqual([user, nested]);
  });
  it("goes back to the user of the connection by name", () => {
    expect(channel(["root", null], "admin").frame.nested[0]?.entering).toBe("admin");
    expect(String(channel(["root", null]).script)).toContain("$SUDO_USER".replace("$", "${"));
  });
});

describe.each(shells)("%s", (shell) => {
  it("enters another environment, and tells its answer from its own", async () => {
    const here = mkdtempSync(join(tmpdir(), "lab-sections-"));
    const { replies } = await runBatch(
      {
        runId: "r",
        sections: [
          section(null, [read.exec(["sh", "-c", "echo outer $WHERE"]), write.exec(["false"])]),
          section(
            null,
            [
              read.exec(["sh", "-c", 'echo "inner $WHERE"; cat', "x"], { stdin: "in\0" }),
              write.upload(join(here, "up"), streamed),
              write.file(join(here, "file"), big),
              write.exec(["false"]),
              write.exec(["true"]),
            ],
            ["env", "WHERE=it's there"],
          ),
          section(null, [whoAmI, write.exec(["true"])], ["sh", "-c", "echo no entry >&2; exit 1"]),
          section(null, [write.exec(["true"])]),
        ],
      },
      { shell },
    );
    expect(replies[0]?.[0]).toMatchObject({ kind: "done", answer: { stdout: "outer\n" } });
    expect(replies[1]?.[0]).toMatchObject({ kind: "done", answer: { stdout: "inner it's there\nin\0" } });
    expect(replies[1]?.slice(1).map(({ kind }) => kind)).toEqual(["done", "done", "failed", "not-run"]);
    expect(replies[2]?.map((reply) => (reply.kind === "failed" ? reply.error.message : ""))).toEqual([
      expect.stringContaining("no entry"),
      expect.stringContaining("no entry"),
    ]);
    expect(replies[3]?.[0]?.kind).toBe("done");
    expect([readFileSync(join(here, "up")).equals(big), readFileSync(join(here, "file")).equals(big)]).toEqual([
      true,
      true,
    ]);
  });

  it.runIf(process.getuid?.() === 0 && installed("sudo"))(
    "goes from root's channel down to other users without a password",
    async () => {
      const here = mkdtempSync(join(tmpdir(), "lab-sections-"));
      chmodSync(here, 0o777);
      const { replies } = await runBatch(
        {
          runId: "r",
          sections: [
            section("root", [whoAmI]),
            section("daemon", [
              whoAmI,
              write.upload(join(here, "up"), streamed),
              write.text(join(here, "file"), "text"),
            ]),
            section("no-such-user", [whoAmI]),
            section(null, [whoAmI]),
          ],
        },
        { shell, loginUser: "daemon" },
      );
      const names = replies.map(([reply]) =>
        reply?.kind === "done" ? (reply.answer as { stdout: string }).stdout.trim() : reply?.kind,
      );
      expect(names).toEqual(["root", "daemon", "failed", "daemon"]);
      expect([statSync(join(here, "up")).uid, statSync(join(here, "file")).uid]).toEqual([1, 1]);
      expect(readFileSync(join(here, "up")).equals(big)).toBe(true);
      expect(replies[2]?.[0]).toMatchObject({ error: { message: expect.stringContaining("no-such-user") } });
    },
  );
});
