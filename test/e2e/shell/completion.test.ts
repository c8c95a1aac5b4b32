import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CliSite, createCliSite } from "../../support/cli-site.ts";

// Real shells in a real terminal: what stands on the line after Tab.
describe.each([
  ["bash", ["--norc", "--noprofile"]],
  ["zsh", ["-f"]],
  ["fish", ["--no-config"]],
] as const)("completion in %s", (shell, options) => {
  let site: CliSite;
  const bin = mkdtempSync(join(tmpdir(), "lab-bin-"));
  const session = `lab-${shell}-${process.pid}`;
  const tmux = (...args: readonly string[]): string =>
    execFileSync("tmux", ["-L", session, ...args], { encoding: "utf8" });
  const screen = (): string => tmux("capture-pane", "-p", "-t", session);

  beforeAll(async () => {
    site = createCliSite();
    writeFileSync(join(bin, "lab"), `#!/bin/sh\nexec ${process.execPath} ${site.folder}/bin/lab.js "$@"\n`);
    chmodSync(join(bin, "lab"), 0o755);
    mkdirSync(join(site.folder, "home"));
    writeFileSync(join(site.folder, "plan.txt"), "");
    const { stdout } = await site.lab("completion", shell);
    const script = join(site.folder, `completion.${shell}`);
    writeFileSync(script, stdout);
    const environment = [`PATH=${bin}:${process.env.PATH}`, `HOME=${site.folder}/home`, "TERM=screen", "PS1=$ "];
    const started = ["env", ...environment, shell, ...options];
    tmux("new-session", "-d", "-s", session, "-x", "120", "-y", "40", "-c", site.folder, ...started);
    const setUp = { bash: "", zsh: "autoload -U compinit; compinit -u; ", fish: "" }[shell];
    type(`${setUp}source ${script}; echo rea''dy-2\n`);
    await until(() => screen().includes("ready-2"));
  });
  afterAll(() => {
    try {
      tmux("kill-server");
    } catch {
      // It has gone by itself.
    }
    rmSync(bin, { recursive: true });
    site.remove();
  });

  const type = (text: string): void => {
    tmux("send-keys", "-t", session, "-l", text);
  };
  /** What the line has become. */
  const line = (): string => /(?:^|\n)[^\n]*?(lab [^\n]*?)\s*$/.exec(screen().trimEnd())?.[1] ?? "";

  it.each([
    ["a command", "lab sch", "lab schema"],
    ["an option", "lab play --list-ho", "lab play --list-hosts"],
    ["a playbook", "lab play keepa", "lab play keepalive.yml"],
    ["a host, after an option that takes one", "lab play site.yml -l pv", "lab play site.yml -l pve1"],
    ["one of an option's words", "lab play site.yml --format jso", "lab play site.yml --format jsonl"],
    ["the same behind an equals sign", "lab play site.yml --format=jso", "lab play site.yml --format=jsonl"],
    ["a file, where one is meant", "lab play site.yml -i plan.t", "lab play site.yml -i plan.txt"],
    ["a command of a group", "lab sandbox sh", "lab sandbox show"],
  ])("completes %s", async (_, typed, wanted) => {
    tmux("send-keys", "-t", session, "C-c");
    tmux("send-keys", "-t", session, "C-l");
    type(`${typed}\t`);
    await until(() => line() === wanted).catch(() => expect(line()).toBe(wanted));
  });
});

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    if (holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("it did not come about in ten seconds");
}
