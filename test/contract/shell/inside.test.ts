import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { read, write } from "../../../engine/ops/build.ts";
import type { ExecAnswer, Inside, Operation, OpReply, Section } from "../../../engine/ops/ir.ts";
import { installed, runBatch, shells } from "../../support/shell-run.ts";

const made: string[] = [];
afterAll(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});
const folder = (): string => {
  const path = mkdtempSync(join(tmpdir(), "lab-inside-"));
  made.push(path);
  return path;
};

/** A root that holds busybox and nothing else, as far as it goes what Alpine is: `ash`, `su`, no runuser, no /proc. */
function busyboxRoot(): string {
  const root = folder();
  for (const name of ["bin", "etc", "root", "tmp", "run", "home/media"])
    mkdirSync(join(root, name), { recursive: true });
  execFileSync("cp", ["/bin/busybox", join(root, "bin/busybox")]);
  execFileSync("chroot", [root, "/bin/busybox", "--install", "-s", "/bin"]);
  // Whatever shell reads the script outside, inside it is the one that is there.
  for (const shell of ["bash", "dash"])
    writeFileSync(join(root, "bin", shell), '#!/bin/sh\nexec sh "$@"\n', { mode: 0o755 });
  mkdirSync(join(root, "dev"));
  execFileSync("mknod", ["-m", "666", join(root, "dev/null"), "c", "1", "3"]);
  execFileSync("chown", ["1000:1000", join(root, "home/media")]);
  execFileSync("chmod", ["0777", join(root, "tmp")]);
  execFileSync("chmod", ["0755", root]);
  writeFileSync(join(root, "etc/passwd"), "root:x:0:0::/root:/bin/sh\nmedia:x:1000:1000::/home/media:/bin/false\n");
  writeFileSync(join(root, "etc/group"), "root:x:0:\nmedia:x:1000:\n");
  return root;
}

const place = (within: readonly string[], inside: Partial<Inside>, operations: readonly Operation[]): Section => ({
  user: null,
  within,
  inside: { user: null, once: "entered", ...inside },
  stopAtFailure: true,
  operations,
});
const go = async (shell: string, ...sections: readonly Section[]) =>
  (await runBatch({ runId: "test-run", sections }, { shell })).replies;
const stdoutOf = (reply: OpReply | undefined): string => {
  if (reply?.kind !== "done") throw new Error(`no answer but ${JSON.stringify(reply)}`);
  return (reply.answer as ExecAnswer).stdout;
};

const large = Buffer.alloc(200_000, "large\0'");
const streamed = {
  kind: "streamed" as const,
  size: large.length,
  sha256: createHash("sha256").update(large).digest("hex"),
  open: async function* () {
    yield large;
  },
};
const environment = read.exec(["sh", "-c", 'id -u; echo "$HOME $USER $LOGNAME $TERM $LC_ALL"; echo "$PATH"; pwd']);
const path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const root = process.getuid?.() === 0 && installed("busybox");

describe.runIf(root).each(shells)("from %s", (shell) => {
  it("gives a sane environment where the way in leaves none", async () => {
    const [replies] = await go(shell, place(["env", "-i"], {}, [environment]));
    expect(stdoutOf(replies?.[0])).toBe(`0\n/root root root dumb C\n${path}\n/root\n`);
  });

  it("is another user with runuser (Debian), small and large contents too", async () => {
    const here = folder();
    execFileSync("chmod", ["0777", here]);
    const [replies] = await go(
      shell,
      place(["env", "-i"], { user: "daemon" }, [
        environment,
        write.text(join(here, "small"), "it's"),
        write.upload(join(here, "large"), streamed),
      ]),
    );
    expect(stdoutOf(replies?.[0])).toBe(`1\n/usr/sbin daemon daemon dumb C\n${path}\n/usr/sbin\n`);
    expect(replies?.map(({ kind }) => kind)).toEqual(["done", "done", "done"]);
    expect(["small", "large"].map((name) => statSync(join(here, name)).uid)).toEqual([1, 1]);
    expect(readFileSync(join(here, "large")).equals(large)).toBe(true);
  });

  it("is another user with busybox' su (Alpine), whatever that user's own shell is", async () => {
    const guest = busyboxRoot();
    const [asRoot, asMedia] = await go(
      shell,
      place(["chroot", guest], {}, [environment, write.upload("/root/large", streamed)]),
      place(["chroot", guest], { user: "media" }, [
        environment,
        write.text("/tmp/small", "it's"),
        write.file("/tmp/large", large),
        read.exec(["cat"], { stdin: "in\0put" }),
      ]),
    );
    expect(stdoutOf(asRoot?.[0])).toBe(`0\n/root root root dumb C\n${path}\n/root\n`);
    expect(stdoutOf(asMedia?.[0])).toBe(`1000\n/home/media media media dumb C\n${path}\n/home/media\n`);
    expect(stdoutOf(asMedia?.[3])).toBe("in\0put");
    expect(["tmp/small", "tmp/large", "root/large"].map((name) => statSync(join(guest, name)).uid)).toEqual([
      1000, 1000, 0,
    ]);
    for (const name of ["tmp/large", "root/large"]) expect(readFileSync(join(guest, name)).equals(large)).toBe(true);
  });

  it("tells a user that is not there from a door that is closed, and neither does anything", async () => {
    const here = folder();
    const touch = write.exec(["touch", join(here, "touched")]);
    const [noUser, closed, after] = await go(
      shell,
      place(["env", "-i"], { user: "no-such-user" }, [touch, touch]),
      place(["sh", "-c", "echo it is closed >&2; exit 1"], {}, [touch]),
      place(["env"], {}, [read.exec(["ls", here])]),
    );
    for (const reply of noUser ?? []) {
      expect(reply).toMatchObject({
        kind: "failed",
        error: {
          code: "failed",
          message: "cannot enter as no-such-user by env -i: there is no user no-such-user in there",
        },
      });
    }
    expect(closed).toEqual([{ kind: "failed", error: { code: "no-entry", message: "it is closed" } }]);
    expect(stdoutOf(after?.[0])).toBe("");
  });

  it("enters neighbours of one kind once, and each is still one of its own", async () => {
    const count = join(folder(), "count");
    const counting = ["sh", "-c", `echo once >>${count}; exec "$@"`, "lab"];
    const replies = await go(
      shell,
      place(counting, {}, [write.exec(["false"]), write.exec(["true"])]),
      place(counting, {}, [read.exec(["echo", "looked"]), write.exec(["true"])]),
    );
    expect(replies.map((section) => section.map(({ kind }) => kind))).toEqual([
      ["failed", "not-run"],
      ["done", "done"],
    ]);
    expect(readFileSync(count, "utf8")).toBe("once\n");
  });

  it("goes on through a chain of doors", async () => {
    const chain = ["env", "-i", "FIRST=1", "env", "SECOND=2"];
    const [replies] = await go(
      shell,
      place(chain, { user: "daemon" }, [read.exec(["sh", "-c", "echo $FIRST $SECOND; id -un"])]),
    );
    expect(stdoutOf(replies?.[0])).toBe("1 2\ndaemon\n");
  });

  it("is not let in before systemd is up", async () => {
    const guest = busyboxRoot();
    for (const name of ["lib/systemd", "sbin", "run/systemd/system", "usr/bin"])
      mkdirSync(join(guest, name), { recursive: true });
    writeFileSync(join(guest, "lib/systemd/systemd"), "");
    symlinkSync("/lib/systemd/systemd", join(guest, "sbin/init"));
    const stateIs = (state: string) =>
      writeFileSync(
        join(guest, "usr/bin/systemctl"),
        `#!/bin/sh\n[ "$*" = is-system-running ] && echo ${state}\nexit 1\n`,
        { mode: 0o755 },
      );
    const enter = async (once: Inside["once"] = "up") => {
      const [replies] = await go(shell, place(["chroot", guest], { once }, [read.exec(["true"])]));
      const [reply] = replies ?? [];
      return reply?.kind === "failed" ? `${reply.error.code}: ${reply.error.message}` : reply?.kind;
    };
    for (const state of ["initializing", "offline", "stopping", "unknown", "''"]) {
      stateIs(state);
      expect(await enter()).toBe(`no-entry: lab: not up: systemd is ${state === "''" ? "not answering" : state}`);
    }
    for (const state of ["running", "degraded", "starting", "maintenance"]) {
      stateIs(state);
      expect(await enter()).toBe("done");
    }
    rmSync(join(guest, "run/systemd/system"), { recursive: true });
    expect(await enter()).toBe("no-entry: lab: not up: systemd is only starting");
    expect(await enter("entered")).toBe("done");
    // Another program as the container's first process: systemd is only installed there.
    mkdirSync(join(guest, "proc/1"), { recursive: true });
    writeFileSync(join(guest, "proc/1/comm"), "nginx\n");
    expect(await enter()).toBe("done");
  });

  it("waits for a default route where it is told to", async () => {
    const guest = busyboxRoot();
    const networked = async (route: string, route6: string): Promise<unknown> => {
      mkdirSync(join(guest, "proc/net"), { recursive: true });
      writeFileSync(join(guest, "proc/net/route"), `Iface\tDestination\tGateway \tFlags\n${route}`);
      writeFileSync(join(guest, "proc/net/ipv6_route"), route6);
      const [replies] = await go(shell, place(["chroot", guest], { once: "networked" }, [read.exec(["true"])]));
      const [reply] = replies ?? [];
      return reply?.kind === "failed" ? reply.error : reply?.kind;
    };
    const none = { code: "no-entry", message: "lab: not up: it has no default route" };
    const zeros = "0".repeat(32);
    const six = (link: string) => `${zeros} 00 ${zeros} 00 ${zeros} 00000400 00000001 00000000 00200200     ${link}\n`;
    expect(await networked("", "")).toEqual(none);
    expect(await networked("eth0\t000200C0\t00000000\t0001\n", six("lo"))).toEqual(none);
    expect(await networked("eth0\t00000000\t010200C0\t0003\n", "")).toBe("done");
    expect(await networked("", `${six("lo")}${six("eth0")}`)).toBe("done");
    rmSync(join(guest, "proc"), { recursive: true });
    const [replies] = await go(shell, place(["chroot", guest], { once: "networked" }, [read.exec(["true"])]));
    expect(replies?.[0]).toMatchObject({ kind: "failed", error: none });
  });
});
