import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { arg, read, write } from "../../../engine/ops/build.ts";
import { compileShell } from "../../../engine/ops/compile-shell.ts";
import { decodeReply } from "../../../engine/ops/decode-reply.ts";
import type { Operation, OpReply } from "../../../engine/ops/ir.ts";
import { Secret } from "../../../engine/value/secret.ts";
import { answers, batchOf, randomIds, runScript, shells, until } from "../../support/shell-run.ts";

const folder = (): string => mkdtempSync(join(tmpdir(), "lab-limits-"));
const code = (reply: OpReply | undefined): string | undefined =>
  reply?.kind === "failed" ? reply.error.code : reply?.kind;
const alive = (pid: string): boolean => spawnSync("sh", ["-c", `kill -0 ${pid}`]).status === 0;

describe.concurrent.each(shells)("%s", (shell) => {
  it.each(["with setsid", "without setsid"])("ends a command and its children at the limit, %s", async (how) => {
    const pids = join(folder(), "pids");
    // Its child ignores TERM, and would hold the output open for a minute.
    const stubborn = `echo $$ >${pids}; sh -c 'trap "" TERM; echo $$ >>${pids}; while :; do sleep 1; done' & wait`;
    const batch = batchOf([read.exec(["sh", "-c", stubborn], { limitMs: 1000 }), read.exec(["echo", "next"])]);
    const compiled = compileShell(batch, { ids: randomIds, shell });
    const script = Buffer.from(compiled.script).toString();
    const changed = how === "with setsid" ? script : script.replace("command -v setsid", "false");
    expect(changed === script).toBe(how === "with setsid");
    const channel = await runScript(compiled, Buffer.from(changed));
    const { replies } = decodeReply(batch, compiled, channel.stdout, channel.stderr, channel.exit);
    expect(replies[0]?.[0]).toMatchObject({
      kind: "failed",
      error: { code: "timeout", message: expect.stringContaining("1 s") },
    });
    expect(replies[0]?.[1]).toMatchObject({ kind: "done", answer: { stdout: "next\n" } });
    await until(() => !readFileSync(pids, "utf8").trim().split("\n").some(alive));
  });

  it("takes more output than allowed for an error, never for a short answer", async () => {
    const path = join(folder(), "file");
    writeFileSync(path, "x".repeat(1001));
    const replies = await answers(
      [
        read.exec(["head", "-c", "1001", "/dev/zero"], { maxBytes: 1000 }),
        read.exec(["head", "-c", "1000", "/dev/zero"], { maxBytes: 1000 }),
        read.exec(["sh", "-c", "head -c 1001 /dev/zero >&2"], { maxBytes: 1000 }),
        read.text(path, { maxBytes: 1000 }),
        read.text(path, { maxBytes: 1001 }),
        read.exec(["yes"], { maxBytes: 1000, limitMs: 20_000 }),
      ],
      { shell },
    );
    expect(replies.map(code)).toEqual(["too-large", "done", "too-large", "too-large", "done", "too-large"]);
  });

  it("finds the parts again when a process that stayed behind goes on writing", async () => {
    const noisy = read.exec(["sh", "-c", "echo first; (while :; do echo noise || exit; done) & sleep 0.1; echo $!"], {
      maxBytes: 1e9,
    });
    const replies = await answers([noisy, read.exec(["echo", "second"])], { shell });
    const pid =
      replies[0]?.kind === "done"
        ? (replies[0].answer as { stdout: string }).stdout.split("\n").find((line) => /^\d+$/.test(line))
        : "";
    expect(code(replies[0])).toBe("done");
    expect(replies[1]).toMatchObject({ kind: "done", answer: { stdout: "second\n" } });
    expect(spawnSync("sh", ["-c", `kill -KILL ${pid}`]).status).toBe(0);
  });

  it("works where no folder can be written to", async () => {
    const here = folder();
    writeFileSync(join(here, "a\nb"), "text\0");
    const operations: Operation[] = [
      read.stat(join(here, "a\nb"), { sha256: true }),
      read.list(here),
      read.file(join(here, "a\nb")),
      read.text(join(here, "none")),
      read.exec(["sh", "-c", "cat; echo err >&2; exit 3"], { stdin: "in\0put" }),
      read.exec(["sleep", "9"], { limitMs: 1000 }),
      read.exec(["cat", arg.file(new Secret("s"))]),
      write.text(join(here, "new"), "new"),
      read.stat("/proc/self"),
    ];
    const without = await answers(operations, { shell, scratch: ["/proc", join(here, "none")] });
    expect(without.map(code)).toEqual(["done", "done", "done", "done", "done", "timeout", "failed", "done", "done"]);
    expect(without.slice(0, 5)).toEqual(
      (await answers(operations.slice(0, 5), { shell })).map((reply, index) =>
        index === 1 ? { kind: "done", answer: ["a\nb"] } : reply,
      ),
    );
    expect(readdirSync(here)).toEqual(["a\nb", "new"]);
  });

  it("leaves nothing in the scratch, and shows no secret in an argv", async () => {
    const scratch = folder();
    const secret = new Secret("geheimes-wort");
    const seen = 'cat "$1" - && ls -l "$1" && cat /proc/[0-9]*/cmdline | tr "\\0" "\\n" | grep -c geheimes-wor[t]; :';
    const [reply] = await answers([read.exec(["sh", "-c", seen, "x", arg.file(secret)], { stdin: secret })], {
      shell,
      scratch: [scratch],
    });
    expect(reply).toMatchObject({
      kind: "done",
      answer: { stdout: expect.stringMatching(/^geheimes-wortgeheimes-wort-rw------- .*\n0\n$/s) },
    });
    expect(readdirSync(join(scratch, readdirSync(scratch)[0] ?? ""))).toEqual([]);
  });

  it("asks a server, everything on curl's stdin", async () => {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        response.writeHead(request.url === "/none" ? 404 : 201, { "X-Two": ["a", "b"], "Content-Type": "text/plain" });
        response.end(
          `${request.method} ${request.headers.authorization} ${request.headers["content-type"]} ${Buffer.concat(chunks)}\n`,
        );
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const url = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
    const headers = { Authorization: new Secret('to"k\\en') };
    const replies = await answers(
      [
        read.http({ method: "POST", url: `${url}/x?{a}`, headers, body: new Secret("@body\0'") }),
        read.http({ method: "GET", url: `${url}/none` }),
        read.http({ method: "HEAD", url }),
        read.http({ method: "GET", url: "http://127.0.0.1:1/" }),
        read.http({ method: "GET", url: "http://127.0.0.1:1/", orUnanswered: true }),
      ],
      { shell },
    );
    server.close();
    expect(replies[0]).toMatchObject({
      answer: { status: 201, headers: { "x-two": "a, b" }, body: "POST to\"k\\en undefined @body\0'\n" },
    });
    expect(replies[1]).toMatchObject({ answer: { status: 404, body: "GET undefined undefined \n" } });
    expect(replies[2]).toMatchObject({ answer: { status: 201, body: "" } });
    expect(code(replies[3])).toBe("failed");
    expect(replies[4]).toMatchObject({ answer: { status: 0, body: "", unanswered: expect.stringContaining("(7)") } });
  });
});
