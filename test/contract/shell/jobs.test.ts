import { execFileSync, spawn } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { arg, write } from "../../../engine/ops/build.ts";
import type { ExecAnswer, ExecSpec, OpReply } from "../../../engine/ops/ir.ts";
import { compileJob, type JobStep } from "../../../engine/ops/job/compile-job.ts";
import { type JobState, jobReply, jobState } from "../../../engine/ops/job/job-state.ts";
import { quoteWord } from "../../../engine/ops/quote.ts";
import { namedScripts } from "../../../engine/ops/scripts/named-scripts.ts";
import { Secret } from "../../../engine/value/secret.ts";
import { answers, shells, unprivileged, until } from "../../support/shell-run.ts";

let home: string;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), "lab-jobs-"));
  chmodSync(home, 0o700);
  if (process.getuid?.() === 0) chownSync(home, 1, 1);
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

const folder = () => join(home, ".local/state/lab/jobs");
const foldersLeft = () => (existsSync(folder()) ? readdirSync(folder()).filter((name) => !name.startsWith(".")) : []);

function jobOf(argv: ExecSpec["argv"], more: Partial<ExecSpec> & { readonly limitMs?: number } = {}): JobStep {
  const { limitMs = 60_000, ...spec } = more;
  const job = { limitMs };
  return { ...write.exec(argv, { ...spec, job }), kind: "exec", argv, ...spec, job };
}
const sh = (text: string, more: Parameters<typeof jobOf>[1] = {}) => jobOf(["sh", "-c", text], more);

/** The scripts and the runner in that shell, too; `sh` is only one of them. */
function scriptsIn(shell: string): ReadonlyMap<string, string> {
  return new Map(
    [...namedScripts].map(([name, text]) => {
      const own = text.replaceAll('sh "$J/run"', `${shell} "$J/run"`);
      return [name, `exec ${shell} -c ${quoteWord(own)} "$0" "$@"`];
    }),
  );
}

describe.concurrent.each(shells)("%s", (shell) => {
  const options = () => ({
    shell,
    namedScripts: scriptsIn(shell),
    login: unprivileged,
    env: { PATH: process.env.PATH ?? "", HOME: home },
  });
  const compile = (step: JobStep, fresh = false) => compileJob(step, { host: `h-${shell}`, user: null }, fresh);
  const said = (reply: OpReply | undefined) => {
    if (reply?.kind !== "done") throw new Error(JSON.stringify(reply));
    return reply.answer as ExecAnswer;
  };
  const start = async (step: JobStep, fresh = false) => {
    const { start } = compile(step, fresh);
    return said((await answers([start], options()))[0]).stdout.split(" ")[0];
  };
  const look = async (step: JobStep): Promise<JobState | null> =>
    jobState(said((await answers([compile(step).look], options()))[0]));
  const drop = async (step: JobStep) => (await answers([compile(step).drop], options()))[0];
  const ended = async (step: JobStep) => {
    for (let tries = 0; tries < 300; tries += 1) {
      const state = await look(step);
      if (state?.kind === "ended") return state;
      if (state?.kind !== "running") throw new Error(JSON.stringify(state));
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error("it never ended");
  };

  it("runs a job to its end, with its stdin, folder, environment and both outputs byte for byte", async () => {
    const bytes = new Uint8Array(100_000).map((_, index) => (index * 7) % 256);
    const step = sh('printf "%s %s\\n" "$PWD" "$WHO" >&2; cat; exit 3', {
      stdin: bytes,
      cwd: "/var/tmp",
      env: { WHO: 'it\'s $HOME; "x"\n' },
    });
    expect(await start(step)).toBe("started");
    const state = await ended(step);
    expect(state.answer.code).toBe(3);
    expect(Buffer.from(state.answer.bytes).equals(Buffer.from(bytes))).toBe(true);
    expect(state.answer.stderr).toBe('/var/tmp it\'s $HOME; "x"\n\n');
    expect((await drop(step))?.kind).toBe("done");
    expect(foldersLeft()).not.toContain(compile(step).id);
    const [boot] = [readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()];
    expect(await look(step)).toEqual({ kind: "none", boot: expect.stringMatching(`^${boot}\\.[0-9]+$`) });
  });

  it("keeps from it the variables that it must not see, whoever has set them", async () => {
    const step = sh('echo "${COMPOSE_FILE-none} ${WHO-none} ${KEPT-none}"', {
      env: { WHO: "the task", KEPT: "yes" },
      unset: ["COMPOSE_FILE", "WHO"],
    });
    const mine = { ...options(), env: { ...options().env, COMPOSE_FILE: "/home/me/other.yaml" } };
    expect((await answers([compile(step).start], mine))[0]?.kind).toBe("done");
    expect((await ended(step)).answer.stdout).toBe("none none yes\n");
    await drop(step);
  });

  it("starts it once, however often it is told to; what has ended is there until it is taken", async () => {
    const file = join(home, `count-${shell.replace(" ", "-")}`);
    const step = sh(`echo x >>${file}; until [ -e ${file}-go ]; do sleep 0.05; done`);
    const [a, b, c] = await Promise.all([start(step), start(step), start(step)]);
    expect([a, b, c].sort()).toEqual(["running", "running", "started"]);
    expect((await look(step))?.kind).toBe("running");
    expect((await drop(step))?.kind).toBe("failed");
    writeFileSync(`${file}-go`, "");
    const state = await ended(step);
    expect(state.answer.code).toBe(0);
    expect(await start(step)).toBe("ended");
    expect(readFileSync(file, "utf8")).toBe("x\n");
    expect(await start(step, true)).toBe("started");
    await ended(step);
    expect(readFileSync(file, "utf8")).toBe("x\nx\n");
    await drop(step);
  });

  it("keeps secrets from other users while it runs, and none when it has ended", async () => {
    const step = jobOf(
      ["sh", "-c", 'cat "$1"; cat; ls -l "$1" >&2; sleep 1', "x", arg.file(new Secret("s3cret-word"))],
      {
        stdin: new Secret("s3cret-stdin"),
      },
    );
    await start(step);
    const path = join(folder(), compile(step).id);
    expect(statSync(path).mode & 0o777).toBe(0o700);
    await until(() => !existsSync(join(path, "in")));
    for (const name of readdirSync(path)) expect([name, statSync(join(path, name)).mode & 0o077]).toEqual([name, 0]);
    expect(execFileSync("ps", ["axww", "-o", "args"], { encoding: "utf8" })).not.toContain("s3cret");
    expect(readFileSync(join(path, "job.json"), "utf8")).not.toContain("s3cret");
    const state = await ended(step);
    expect(state.answer.stdout).toBe("s3cret-words3cret-stdin");
    expect(state.answer.stderr).toMatch(/^-rw-------/);
    expect(readdirSync(path).sort()).toEqual(["child", "code", "err", "job.json", "out", "pid", "run"]);
    for (const name of ["run", "job.json"]) expect(readFileSync(join(path, name), "utf8")).not.toContain("s3cret");
    await drop(step);
  });

  it("is not cleared away from under another controller that is just starting it anew", async () => {
    const step = sh("echo one");
    await start(step);
    await ended(step);
    const holder = spawn("flock", [join(folder(), ".lock"), "sh", "-c", "echo held; sleep 2"]);
    await new Promise((resolve) => holder.stdout.once("data", resolve));
    let released = false;
    const gone = new Promise<void>((resolve) => {
      holder.once("exit", () => {
        released = true;
        resolve();
      });
    });
    expect((await drop(step))?.kind).toBe("done");
    expect(released).toBe(true);
    await gone;
  });

  it("ends the whole process group at the limit, also what ignores being asked", async () => {
    const mark = `3${Math.floor(Math.random() * 1e6) + 1e6}`;
    const step = sh(`trap '' TERM; sleep ${mark} & (trap '' TERM; sleep ${mark}; sleep ${mark}) & wait`, {
      limitMs: 1000,
    });
    await start(step);
    const state = await ended(step);
    expect(state.because).toBe("late");
    expect(jobReply(step, 1000, state)).toMatchObject({ kind: "failed", error: { code: "timeout" } });
    const alive = () => execFileSync("ps", ["axww", "-o", "args"], { encoding: "utf8" }).includes(`sleep ${mark}`);
    expect(alive()).toBe(false);
    await drop(step);
  });

  it("ends what prints without end", async () => {
    const step = sh("yes", { maxBytes: 1_000_000 });
    await start(step);
    const state = await ended(step);
    expect(state.because).toBe("big");
    expect(jobReply(step, 1000, state)).toMatchObject({ kind: "failed", error: { code: "too-large" } });
    await drop(step);
  });

  it("says of one whose watcher was killed that it runs, then that its end is lost; the next one starts it anew", async () => {
    const step = sh("sleep 6");
    await start(step);
    const path = join(folder(), compile(step).id);
    await until(() => existsSync(join(path, "child")));
    const pid = Number(readFileSync(join(path, "pid"), "utf8").split(" ")[0]);
    process.kill(pid, "SIGKILL");
    expect((await look(step))?.kind).toBe("running");
    expect(await start(step)).toBe("running");
    await new Promise((resolve) => setTimeout(resolve, 6500));
    expect(await look(step)).toEqual({ kind: "lost", by: "kill" });
    expect(await start(step)).toBe("started");
    await ended(step);
    await drop(step);
  });

  it("takes no other process for it after a restart of the host, whatever its number", async () => {
    const step = sh("sleep 1");
    await start(step);
    const path = join(folder(), compile(step).id);
    await ended(step);
    rmSync(join(path, "code"));
    for (const name of ["pid", "child"]) {
      // Our own number and birth, of an earlier boot.
      const birth = readFileSync("/proc/self/stat", "utf8")
        .replace(/^.*\) /s, "")
        .split(" ")[19];
      writeFileSync(join(path, name), `${process.pid} ${birth} 11111111-2222-4333-8444-555555555555 5\n`);
    }
    expect(await look(step)).toEqual({ kind: "lost", by: "reboot" });
    expect((await drop(step))?.kind).toBe("done");
    expect(foldersLeft()).not.toContain(compile(step).id);
  });

  it("tells apart what cannot be started", async () => {
    const missing = jobOf(["lab-no-such-tool"]);
    await start(missing);
    expect((await ended(missing)).answer.code).toBe(127);
    await drop(missing);
    const nowhere = sh("true", { cwd: "/lab/no/such/folder" });
    await start(nowhere);
    expect((await ended(nowhere)).answer.code).toBe(126);
    await drop(nowhere);
  });
});

it("finds no folder: says so, and has started nothing", async () => {
  const { start } = compileJob(sh("true"), { host: "h", user: null });
  const env = { PATH: process.env.PATH ?? "", HOME: "/proc/nowhere", XDG_STATE_HOME: "" };
  const blocked = ["/var/tmp/lab-1", "/tmp/lab-1"];
  const made = blocked.filter((path) => !existsSync(path));
  // Names that anybody may have laid out before: ours they must be.
  for (const path of made) writeFileSync(path, "");
  try {
    const [reply] = await answers([start], { login: unprivileged, env });
    expect(reply).toMatchObject({ kind: "failed", error: { code: "exit", answer: { code: 3 } } });
  } finally {
    for (const path of made) rmSync(path);
  }
});
