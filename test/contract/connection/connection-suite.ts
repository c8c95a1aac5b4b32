import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Connection } from "../../../engine/connection/connection.ts";
import { readerOf } from "../../../engine/connection/reader-of.ts";
import { read, write } from "../../../engine/ops/build.ts";
import type {
  BatchReply,
  ExecAnswer,
  Operation,
  OpReply,
  ReadOp,
  Stat,
  StreamedContent,
} from "../../../engine/ops/ir.ts";

/** What the suite is given: a way in, and an empty folder there that it may fill. */
export interface Subject {
  open(): Promise<Connection>;
  readonly folder: string;
  /** Clears up when all is done. */
  remove?(): void;
}
/** What not every kind of host has; what is not said is not tested. */
export interface Has {
  /** The folder can be looked at past the connection. */
  readonly disk?: boolean;
  /** `sh -c` runs whatever it is given (a model in memory imitates tools one by one). */
  readonly shell?: boolean;
}

/** What every connection must do, whatever carries it. */
export function connectionSuite(name: string, has: Has, prepare: () => Promise<Subject>): void {
  describe(`connection ${name}`, () => {
    let subject: Subject;
    let connection: Connection;
    let serial = 0;
    const nextRun = () => {
      serial += 1;
      return `suite-${serial}`;
    };

    beforeAll(async () => {
      subject = await prepare();
      connection = await subject.open();
    });
    afterAll(async () => {
      await connection?.close();
      subject?.remove?.();
    });

    const at = (path: string) => `${subject.folder}/${path}`;
    const send = (operations: readonly Operation[]): Promise<BatchReply> =>
      connection.send({
        runId: nextRun(),
        sections: [{ user: null, within: [], stopAtFailure: true, operations }],
      });
    const replies = async (...operations: Operation[]): Promise<readonly OpReply[]> =>
      (await send(operations)).replies[0] ?? [];
    const look = async <A>(operation: ReadOp<A>): Promise<unknown> => answerOf((await replies(operation))[0]);

    it("reads the text and the bytes of files, and null where there is none", async () => {
      await replies(write.text(at("a.txt"), "one\ntwo\n"), write.file(at("a.bin"), Uint8Array.of(0, 1, 255, 10)));
      expect(await look(read.text(at("a.txt")))).toBe("one\ntwo\n");
      expect(bytesOf(await look(read.file(at("a.bin"))))).toEqual(Buffer.from([0, 1, 255, 10]));
      expect(await look(read.text(at("no-such-file")))).toBeNull();
      expect(errorOf((await replies(read.text(subject.folder)))[0])).toBe("is-directory");
      expect(errorOf((await replies(read.text(at("a.bin"))))[0])).toBe("not-text");
    });

    it("gives the digest of what it has read", async () => {
      const [, text, none] = await replies(
        write.text(at("digest"), "content"),
        read.text(at("digest")),
        read.text(at("digest-none")),
      );
      expect(text).toMatchObject({ kind: "done", digest: { sha256: sha256("content") } });
      expect(none).toMatchObject({ kind: "done", digest: "absent" });
    });

    it("answers stat and list", async () => {
      await replies(
        write.mkdir(at("folder/b"), { parents: true }),
        write.text(at("folder/a"), "12345", { mode: "0640" }),
        write.symlink(at("folder/link"), "a"),
      );
      const file = statOf(await look(read.stat(at("folder/a"), { sha256: true })));
      expect(file).toMatchObject({ type: "file", mode: "0640", size: 5, sha256: sha256("12345") });
      expect(statOf(await look(read.stat(at("folder/b"))))).toMatchObject({ type: "directory", mode: "0755" });
      expect(statOf(await look(read.stat(at("folder/link"))))).toMatchObject({ type: "symlink", target: "a" });
      expect(statOf(await look(read.stat(at("folder/link"), { follow: true })))).toMatchObject({
        type: "file",
        size: 5,
      });
      expect(await look(read.stat(at("folder/none")))).toBeNull();
      expect(await look(read.list(at("folder")))).toEqual(["a", "b", "link"]);
      expect(await look(read.list(at("no-folder")))).toBeNull();
      expect(errorOf((await replies(read.list(at("folder/a"))))[0])).toBe("not-directory");
    });

    it("writes, replaces, removes and sets modes", async () => {
      await replies(
        write.text(at("w"), "first", { mode: "0600" }),
        write.text(at("w"), "second"),
        write.mkdir(at("gone/deep"), { parents: true }),
        write.text(at("gone/deep/file"), "x"),
        write.remove(at("gone"), { recursive: true }),
        write.remove(at("never-there")),
      );
      expect(await look(read.text(at("w")))).toBe("second");
      // Unsaid means kept.
      expect(statOf(await look(read.stat(at("w"))))).toMatchObject({ mode: "0600" });
      expect(await look(read.stat(at("gone")))).toBeNull();
      await replies(write.attributes(at("w"), { mode: "0444" }));
      expect(statOf(await look(read.stat(at("w"))))).toMatchObject({ mode: "0444" });
    });

    it("writes nothing if the file is not what was expected", async () => {
      await replies(write.text(at("e"), "original"));
      const expecting = (expect: { readonly sha256: string } | "absent"): Operation => ({
        kind: "write-file",
        effect: "write",
        path: at("e"),
        content: "changed",
        expect,
      });
      expect(errorOf((await replies(expecting({ sha256: sha256("something else") })))[0])).toBe("expectation");
      expect(errorOf((await replies(expecting("absent")))[0])).toBe("expectation");
      expect(await look(read.text(at("e")))).toBe("original");
      expect((await replies(expecting({ sha256: sha256("original") })))[0]).toMatchObject({ kind: "done" });
      expect(await look(read.text(at("e")))).toBe("changed");
    });

    it("keeps every byte, also those that look like our own protocol", async () => {
      const every = Uint8Array.from({ length: 70_000 }, (_, index) => (index * 7 + (index >> 8)) & 255);
      await replies(write.file(at("every-byte"), every));
      expect(Buffer.compare(bytesOf(await look(read.file(at("every-byte")))), every)).toBe(0);
      const texts = ["no newline at the end", "\n\n\n", "'\"`$(id)\\n%s%%\\0", "é 漢 🎛\r\n", ""];
      for (const text of texts) {
        await replies(write.text(at("odd-text"), text));
        expect(await look(read.text(at("odd-text")))).toBe(text);
      }
    });

    it("takes every name that a file can have", async () => {
      const names = [
        "with space",
        "quote'\"",
        "-dash",
        "new\nline",
        "tab\t",
        "ünïcödé 漢",
        "$HOME",
        "*",
        "back\\slash",
        "a;b&c",
      ];
      await replies(write.mkdir(at("names"), { parents: true }));
      await replies(...names.map((each) => write.text(`${at("names")}/${each}`, each)));
      const found = await replies(
        read.list(at("names")),
        ...names.map((each) => read.text(`${at("names")}/${each}`)),
        ...names.map((each) => read.stat(`${at("names")}/${each}`)),
      );
      expect(answerOf(found[0])).toEqual([...names].sort());
      expect(found.slice(1, 1 + names.length).map(answerOf)).toEqual(names);
      for (const reply of found.slice(1 + names.length))
        expect(statOf(answerOf(reply))).toMatchObject({ type: "file" });
    });

    it("runs commands: code, stdout and stderr apart", async () => {
      expect(execOf(await look(read.exec(["echo", "hello", "wor  ld"])))).toMatchObject({
        code: 0,
        stdout: "hello wor  ld\n",
        stderr: "",
      });
      expect(execOf(await look(read.exec(["false"]))).code).toBe(1);
      expect(execOf(await look(read.exec(["cat"], { stdin: "given" })))).toMatchObject({ code: 0, stdout: "given" });
      const missing = execOf(await look(read.exec(["cat", at("no-such-file")])));
      expect(missing.code).toBe(1);
      expect(missing.stdout).toBe("");
      expect(missing.stderr).toContain("no-such-file");
    });

    it("does not run what follows a failed step, but the reads after it", async () => {
      const { replies: found } = await connection.send({
        runId: nextRun(),
        sections: [
          {
            user: null,
            within: [],
            stopAtFailure: true,
            operations: [
              write.text(at("before"), "x"),
              write.exec(["false"]),
              write.text(at("after"), "x"),
              read.stat(at("before")),
              read.stat(at("after")),
            ],
          },
        ],
      });
      expect(found[0]?.map(({ kind }) => kind)).toEqual(["done", "failed", "not-run", "done", "done"]);
      expect(errorOf(found[0]?.[1])).toBe("exit");
      expect(answerOf(found[0]?.[4])).toBeNull();
    });

    it("counts what it does, the same each time", async () => {
      const operations = [read.stat(at("a.txt")), read.text(at("a.txt")), read.exec(["true"])];
      const first = (await send(operations)).counters;
      const second = (await send(operations)).counters;
      expect(first).toMatchObject({ roundTrips: 1, operations: 3 });
      expect(first.forks).toBeGreaterThan(0);
      expect(first.bytesSent).toBeGreaterThan(0);
      expect(first.bytesReceived).toBeGreaterThan(0);
      expect({ ...second, bytesSent: 0, bytesReceived: 0 }).toEqual({ ...first, bytesSent: 0, bytesReceived: 0 });
    });

    it("carries twenty batches at once", async () => {
      const texts = Array.from({ length: 20 }, (_, index) => `content ${index}`);
      const found = await Promise.all(
        texts.map(async (text, index) => {
          const answers = await replies(write.text(at(`many-${index}`), text), read.text(at(`many-${index}`)));
          return answerOf(answers[1]);
        }),
      );
      expect(found).toEqual(texts);
    });

    it("looks for several in one trip as it does for each alone", async () => {
      await replies(write.text(at("together"), "it's\none\n"), write.file(at("bytes"), Uint8Array.of(0, 255, 10)));
      const batches = [[read.text(at("together"))], [read.file(at("bytes")), read.stat(at("gone"))], []].map(
        (operations) => ({
          runId: nextRun(),
          sections: [{ user: null, within: [], stopAtFailure: false, operations }],
        }),
      );
      const { lookTogether } = connection;
      if (lookTogether === undefined) throw new Error("it looks for each alone");
      const together = await Promise.all(lookTogether(batches));
      expect(together.map(({ counters }) => [counters.roundTrips, counters.shared ?? 0])).toEqual([
        [1, 0],
        [1, 1],
        [1, 1],
      ]);
      for (const [index, batch] of batches.entries()) {
        const alone = await connection.look(batch);
        expect(together[index]?.replies).toEqual(alone.replies);
        expect(together[index]?.counters.operations).toBe(alone.counters.operations);
      }
    });

    it("looks through a reader, which takes no write", async () => {
      const reader = readerOf(connection);
      const batch = (operation: Operation) => ({
        runId: nextRun(),
        sections: [{ user: null, within: [], stopAtFailure: false, operations: [operation] }],
      });
      const { replies: found } = await reader.look(batch(read.text(at("a.txt"))) as Parameters<typeof reader.look>[0]);
      expect(answerOf(found[0]?.[0])).toBe("one\ntwo\n");
      const smuggled = batch(write.text(at("smuggled"), "x")) as Parameters<typeof reader.look>[0];
      await expect(reader.look(smuggled)).rejects.toThrow(/given to a reader/);
      await expect(connection.look(smuggled)).rejects.toThrow(/given to a reader/);
      expect(await look(read.stat(at("smuggled")))).toBeNull();
      expect("send" in reader).toBe(false);
    });

    it("moves 10 MB both ways", async () => {
      const big = randomBytes(10 * 1024 * 1024);
      const { counters } = await send([write.file(at("big"), big)]);
      expect(counters.bytesSent).toBeGreaterThan(big.length - 1);
      const back = bytesOf(await look(read.file(at("big"))));
      expect(Buffer.compare(back, big)).toBe(0);
      const streamed: StreamedContent = {
        kind: "streamed",
        size: big.length,
        sha256: createHash("sha256").update(big).digest("hex"),
        async *open() {
          for (let from = 0; from < big.length; from += 100_000) yield big.subarray(from, from + 100_000);
        },
      };
      expect((await replies(write.upload(at("uploaded"), streamed, { mode: "0640" })))[0]).toMatchObject({
        kind: "done",
      });
      expect(statOf(await look(read.stat(at("uploaded"), { sha256: true })))).toMatchObject({
        size: big.length,
        mode: "0640",
        sha256: streamed.sha256,
      });
    });

    if (has.shell === true) {
      it("stops a command at its time limit", async () => {
        const started = performance.now();
        const found = await replies(read.exec(["sleep", "30"], { limitMs: 1000 }), read.text(at("a.txt")));
        expect(errorOf(found[0])).toBe("timeout");
        expect(answerOf(found[1])).toBe("one\ntwo\n");
        expect(performance.now() - started).toBeLessThan(10_000);
      });

      it("refuses more output than allowed", async () => {
        const shout = ["sh", "-c", "head -c 5000 /dev/zero | tr '\\0' x"];
        expect(errorOf((await replies(read.exec(shout, { maxBytes: 4000 })))[0])).toBe("too-large");
        expect(execOf(await look(read.exec(shout, { maxBytes: 5000 }))).stdout).toHaveLength(5000);
        expect(errorOf((await replies(read.text(at("every-byte"), { maxBytes: 10 })))[0])).toBe("too-large");
      });

      it("keeps both outputs of a command whole and apart", async () => {
        const script = "i=0; while [ $i -lt 500 ]; do echo out$i; echo err$i >&2; i=$((i+1)); done; exit 7";
        const answer = execOf(await look(read.exec(["sh", "-c", script])));
        const lines = (word: string) => Array.from({ length: 500 }, (_, index) => `${word}${index}\n`).join("");
        expect(answer).toMatchObject({ code: 7, stdout: lines("out"), stderr: lines("err") });
      });
    }

    if (has.disk === true) {
      it("has really written what it says", async () => {
        mkdirSync(join(subject.folder, "seen"), { recursive: true });
        writeFileSync(join(subject.folder, "seen/by-node"), "node");
        symlinkSync("by-node", join(subject.folder, "seen/link"));
        await replies(write.text(at("seen/link"), "lab"));
        expect(readFileSync(join(subject.folder, "seen/by-node"), "utf8")).toBe("lab");
        expect(statSync(join(subject.folder, "a.txt")).mode & 0o777).toBe(0o644);
        rmSync(join(subject.folder, "seen"), { recursive: true });
      });
    }
  });
}

// ---- what an answer is, checked rather than believed ----

function answerOf(reply: OpReply | undefined): unknown {
  if (reply?.kind !== "done") throw new Error(`no answer but ${JSON.stringify(reply)}`);
  return reply.answer;
}
function errorOf(reply: OpReply | undefined): string {
  if (reply?.kind !== "failed") throw new Error(`no error but ${JSON.stringify(reply)}`);
  return reply.error.code;
}
function bytesOf(answer: unknown): Buffer {
  if (!(answer instanceof Uint8Array)) throw new Error(`no bytes but ${JSON.stringify(answer)}`);
  return Buffer.from(answer);
}
function execOf(answer: unknown): ExecAnswer {
  if (typeof answer !== "object" || answer === null || !("code" in answer))
    throw new Error(`no exec answer: ${answer}`);
  return answer as ExecAnswer;
}
function statOf(answer: unknown): Stat {
  if (typeof answer !== "object" || answer === null || !("type" in answer)) throw new Error(`no stat: ${answer}`);
  return answer as Stat;
}
function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
