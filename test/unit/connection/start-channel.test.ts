import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Dropped, writeTo } from "../../../engine/connection/channel.ts";
import { BecomeFailed, type Target, Unreachable } from "../../../engine/connection/connection.ts";
import { type Line, type Started, startChannel } from "../../../engine/connection/start-channel.ts";
import { startShell } from "../../../engine/connection/start-shell.ts";
import { Secret } from "../../../engine/value/secret.ts";
import { type TestEnvironment, testEnvironment } from "../../support/connection-environment.ts";

// Real processes on both ends; only sudo is a script of ours, which behaves as sudo -S does.
const sudo = `#!/bin/sh
[ "$1 $2" = "-S -p" ] || { echo "usage" >&2; exit 2; }
prompt=$3
[ "$4 $5 $6" = "-u root --" ] || exit 2
shift 6
echo "lecture: think before you type" >&2
for try in 1 2 3; do
  printf %s "$prompt" >&2
  IFS= read -r password || exit 1
  [ "$password" = "right pass" ] && exec "$@"
  echo "Sorry, try again." >&2
done
echo "sudo: 3 incorrect password attempts" >&2
exit 1
`;
const command = "sh -c 'echo all-ready >&2; cat; echo later >&2'";

let test: TestEnvironment;
beforeEach(() => {
  test = testEnvironment();
});
afterEach(() => test.remove());

function withSudo(script: string): void {
  writeFileSync(join(test.home, "sudo"), script);
  chmodSync(join(test.home, "sudo"), 0o755);
}
function line(becomePassword?: string): Line {
  const target: Target = {
    name: "host",
    connection: "local",
    ...(becomePassword === undefined ? {} : { becomePassword: new Secret(becomePassword) }),
  };
  const environment = test.with({ env: { PATH: `${test.home}:${process.env.PATH}` } });
  return {
    target,
    loginUser: "me",
    readyMs: 3000,
    stallMs: 3000,
    openChannel: (text) => startShell(text, environment),
  };
}
const start = (user: string | null, password?: string) => startChannel(line(password), user, command, "all-ready");

async function finish({ channel, conversation }: Started, input: string): Promise<{ out: string; err: string }> {
  await writeTo(channel, [Buffer.from(input)]);
  channel.stdin.end();
  expect(await conversation.end(3000)).toEqual({ code: 0, signal: null });
  return { out: conversation.stdout().toString(), err: conversation.stderr().toString() };
}
async function failure(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error("it did not fail");
}

it("hands the channel over when the far end is ready", async () => {
  expect(await finish(await start(null), "input\n")).toEqual({ out: "input\n", err: "later\n" });
});

it("asks nothing of sudo for the user that we are", async () => {
  withSudo("#!/bin/sh\nexit 99\n");
  expect(await finish(await start("me"), "x")).toEqual({ out: "x", err: "later\n" });
});

it("gives the password after the prompt, and keeps prompt and lecture out of what follows", async () => {
  withSudo(sudo);
  expect(await finish(await start("root", "right pass"), "input\n")).toEqual({ out: "input\n", err: "later\n" });
});

it("does not send a password that is not asked for", async () => {
  withSudo('#!/bin/sh\nshift 6; exec "$@"\n');
  expect(await finish(await start("root", "right pass"), "input\n")).toEqual({ out: "input\n", err: "later\n" });
});

it("gives a prompt of its own each time, so that no text passes for it", async () => {
  withSudo('#!/bin/sh\necho "$3" >>"$(dirname "$0")/prompts"; shift 6; exec "$@"\n');
  for (const _ of [1, 2]) await finish(await start("root"), "");
  const prompts = (await import("node:fs")).readFileSync(join(test.home, "prompts"), "utf8").trim().split("\n");
  expect(new Set(prompts).size).toBe(2);
  for (const prompt of prompts) expect(prompt).toMatch(/^lab-sudo-[0-9a-f]{32}:$/);
});

it("stops at the second prompt: the password is wrong", async () => {
  withSudo(sudo);
  const error = await failure(start("root", "wrong"));
  expect(error).toBeInstanceOf(BecomeFailed);
  expect(error.message).toBe("host: sudo did not accept the password of me to become root");
});

it("says at once that no password is known", async () => {
  withSudo(sudo);
  const error = await failure(start("root"));
  expect(error).toBeInstanceOf(BecomeFailed);
  expect(error.message).toContain("none is known");
});

it("gives sudo's words when it ends", async () => {
  withSudo('#!/bin/sh\necho "me is not in the sudoers file." >&2\nexit 1\n');
  expect((await failure(start("root", "x"))).message).toBe(
    "host: me cannot become root: me is not in the sudoers file.",
  );
});

it("tells apart a shell that ends, one that is cut and one that says nothing", async () => {
  const ended = await failure(startChannel(line(), null, "echo no shell for you; exit 5", "all-ready"));
  expect(ended).toBeInstanceOf(Unreachable);
  expect(ended.message).toContain("runs no commands (exit code 5): no shell for you");

  const silent = await failure(
    startChannel({ ...line(), readyMs: 200 }, null, "echo Choose: >&2; sleep 5", "all-ready"),
  );
  expect(silent.message).toContain("did not start within 0.2 s; it said: Choose:");

  const cut = startChannel(
    {
      ...line(),
      openChannel: async (text) => {
        const channel = await line().openChannel(text);
        return { ...channel, exit: channel.exit.then(() => ({ code: null, signal: null })) };
      },
    },
    null,
    "exit 0",
    "all-ready",
  );
  expect(await failure(cut)).toBeInstanceOf(Dropped);
});

it("is told that sh cannot be started", async () => {
  const environment = test.with({ env: { PATH: "/nonexistent" } });
  await expect(startShell("true", environment)).rejects.toThrow(/cannot start `sh` on the controller/);
});
