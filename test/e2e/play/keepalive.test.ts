import { execFileSync, spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, it } from "vitest";
import { keepCrontab } from "../../support/e2e-crontab.ts";
import { expectExit, expectForetold, recapOf } from "../../support/e2e-events.ts";
import { openRig, type Rig } from "../../support/e2e-rig.ts";
import { until } from "../../support/shell-run.ts";

const jobFile = "/etc/cron.d/lab-das-keepalive";
const job = "mountpoint -q /mnt/usb && touch /mnt/usb/.keepalive";
const crontab = keepCrontab("root");
/** What someone else keeps in the same table, as people and tools write it. */
const foreign = [
  "# m h  dom mon dow   command",
  "",
  "\t # an indented comment, 100 % theirs",
  "MAILTO=root@localhost",
  "PATH = /usr/local/bin:/usr/bin:/bin",
  "17\t*  * * *\troot-is-no-user-here  # not a comment to cron",
  "@reboot   sleep 1 && date +\\%F >> /tmp/starts   ",
  "*/5 * * * * touch /mnt/hdd/.other",
  "# lab: someone else's words",
  "",
  "",
].join("\n");

let rig: Rig;
beforeAll(async () => {
  rig = await openRig();
  rig.write("das.yml", JSON.stringify({ das: { hosts: { box: {} } } }));
  for (const part of ["playbooks/keepalive.yml", "roles/das_keepalive"]) {
    cpSync(join(inject("lab"), part), join(rig.folder, part), { recursive: true });
  }
});
afterAll(() => rig?.stop());
beforeEach(() => rmSync(jobFile, { force: true }));
afterEach(() => {
  crontab.restore();
  rmSync(jobFile, { force: true });
});

const keepalive = (...args: readonly string[]) =>
  rig.play(
    "keepalive.yml",
    "-i",
    "hosts.yml",
    "-i",
    "das.yml",
    "-e",
    "mount=/mnt/usb",
    "-e",
    "manage_cron=false",
    ...args,
  );
const listed = () => execFileSync("crontab", ["-l", "-u", "root"], { encoding: "utf8" });
/** Names, times, owners and contents of the other jobs in cron.d. */
const neighbours = () =>
  readdirSync("/etc/cron.d")
    .map((name) => `/etc/cron.d/${name}`)
    .filter((path) => path !== jobFile && !/lab-/.test(path))
    .map((path) => ({ path, mtime: statSync(path).mtimeMs, text: readFileSync(path, "utf8") }));

/** Check, run, run again: what was foretold came, and then nothing is left to do. */
async function converge(...args: readonly string[]): Promise<void> {
  const check = await keepalive(...args, "--check", "--diff");
  expectExit(check, 0);
  const run = await keepalive(...args);
  expectExit(run, 0);
  expect(expectForetold(check, run)).toMatchObject({ deferred: 0 });
  expect(recapOf(run).changed).toBeGreaterThan(0);
  expect(recapOf(check).changed).toBe(recapOf(run).changed);
  const again = await keepalive(...args);
  expectExit(again, 0);
  expect(recapOf(again)).toMatchObject({ changed: 0, failed: 0 });
}

it("keeps the enclosure awake by a file of its own in /etc/cron.d, and takes only that away again", async () => {
  crontab.set(foreign);
  const others = neighbours();
  await converge();
  const text = readFileSync(jobFile, "utf8");
  expect(text).toContain(`*/5 * * * * root ${job}\n`);
  expect(statSync(jobFile)).toMatchObject({ uid: 0, gid: 0 });
  expect(statSync(jobFile).mode & 0o7777).toBe(0o644);
  expect(crontab.text()).toBe(foreign);

  await converge("-e", "state=absent");
  expect(existsSync(jobFile)).toBe(false);
  expect([crontab.text(), neighbours()]).toEqual([foreign, others]);
});

it("writes nothing when it only checks", async () => {
  crontab.set(foreign);
  for (const backend of ["cron.d", "crontab"]) {
    const check = await keepalive("-e", `backend=${backend}`, "--check", "--diff", "--exit-code");
    expectExit(check, 3);
    expect(existsSync(jobFile)).toBe(false);
    expect(crontab.text()).toBe(foreign);
  }
});

it.each([
  ["a table with comments, settings and odd blanks", foreign],
  ["a table whose last line has no newline", `${foreign}30 4 * * * backup --all`],
])("adds one job to %s, and every other line stays as it is", async (_, before) => {
  crontab.set(before);
  await converge("-e", "backend=crontab", "-e", "interval_minutes=10");
  const ours = listed()
    .split("\n")
    .filter((line) => line.includes("das-keepalive") || line.includes(job));
  expect(ours.at(-1)).toBe(`*/10 * * * * ${job}`);
  const rest = listed()
    .split("\n")
    .filter((line) => !ours.includes(line));
  // cron takes no table whose last line has no newline, so that is all that may be added to it.
  expect(rest.join("\n")).toBe(before.endsWith("\n") ? before : `${before}\n`);
  expect(existsSync(jobFile)).toBe(false);

  expectExit(await keepalive("-e", "backend=crontab", "-e", "state=absent"), 0);
  expect(listed()).toBe(before.endsWith("\n") ? before : `${before}\n`);
});

it("moves the job when the back-end changes, and makes a table where there was none", async () => {
  crontab.set(null);
  await converge();
  await converge("-e", "backend=crontab");
  expect(existsSync(jobFile)).toBe(false);
  expect(listed()).toContain(`*/5 * * * * ${job}\n`);
  expectExit(await keepalive("-e", "state=absent", "-e", "backend=crontab"), 0);
  expect(crontab.text()).toBeNull();
});

it("has the real cron touch the file", async () => {
  const mount = join(rig.target, "50% enclosure");
  mkdirSync(mount);
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=1M", "tmpfs", mount]);
  // One that runs already does the work, too; a second one ends at once.
  const daemon = spawn("cron", ["-f"], { stdio: "ignore" });
  try {
    const wanted = JSON.stringify({ mount, interval_minutes: 1, manage_cron: false });
    expectExit(await rig.play("keepalive.yml", "-i", "hosts.yml", "-i", "das.yml", "-e", wanted), 0);
    await until(() => existsSync(join(mount, ".keepalive")), 75_000);
  } finally {
    daemon.kill("SIGTERM");
    execFileSync("umount", [mount]);
  }
}, 150_000);
