import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import type { FileNode } from "../../../engine/sim/world.ts";
import { runSite, type SiteRun } from "../../support/run-site.ts";
import { createWorld, type TestWorld } from "../../support/world.ts";

// Somebody else's crontab, with all that a careless rewrite would lose.
const foreign = '# mine\n\nMAILTO=""\n  5 4 * * sun  echo "100\\%"  \n#0 0 * * * off\n';
const line = "mountpoint -q /mnt/hdd && touch /mnt/hdd/.keepalive";
const cronD = "/etc/cron.d/lab-das-keepalive";
const spool = "/var/spool/cron/crontabs/root";

const repository = resolve(import.meta.dirname, "../../..");
const files = {
  "inventory/hosts.yml": "das:\n  hosts:\n    h1:\n      lab_connection: lab\n",
  ...Object.fromEntries(
    ["playbooks/keepalive.yml", "playbooks/verify/keepalive.yml", ...below("roles/das_keepalive")].map((path) => [
      path,
      readFileSync(join(repository, path), "utf8"),
    ]),
  ),
};

let world: TestWorld;
beforeEach(() => {
  world = createWorld();
  world.host("h1");
});
const keepalive = (...extraVars: readonly string[]): Promise<SiteRun> =>
  runSite({ files, playbooks: ["playbooks/keepalive.yml"], world, extraVars });
const onHost = (path: string): FileNode | undefined => {
  const node = world.host("h1").files[path];
  return node?.type === "file" ? node : undefined;
};
const changed = ({ results }: SiteRun) => results.filter(({ status }) => status === "changed");

describe("role das_keepalive", () => {
  it("makes a file in /etc/cron.d, and nothing the second time", async () => {
    const check = await runSite({ files, playbooks: ["playbooks/keepalive.yml"], world, check: true });
    expect(check.after).toBe(check.before);
    expect((await keepalive()).exitCode).toBe(0);
    expect(onHost(cronD)).toMatchObject({
      content: `# lab: das-keepalive\n*/5 * * * * root ${line}\n`,
      mode: "0644",
      uid: 0,
    });
    expect(changed(check).map(({ name }) => name)).toEqual(["The job in /etc/cron.d"]);
    expect(changed(await keepalive())).toEqual([]);
  });

  it("puts one job into a crontab and leaves every foreign line as it was", async () => {
    const root = { type: "file", mode: "0600", uid: 0, gid: 105, mtime: 0 } as const;
    world.host("h1").files[spool] = { ...root, content: foreign };
    expect((await keepalive("backend=crontab")).exitCode).toBe(0);
    // crontab puts three lines of its own above each table it installs.
    const table = (onHost(spool)?.content ?? "").replace(/^(# (DO NOT|\().*\n)*/, "");
    expect(table).toBe(`${foreign}# lab: das-keepalive\n*/5 * * * * ${line}\n`);
    expect(onHost(cronD)).toBeUndefined();
    expect(changed(await keepalive("backend=crontab"))).toEqual([]);
    await keepalive("backend=crontab", "state=absent");
    expect(onHost(spool)?.content.replace(/^(# (DO NOT|\().*\n)*/, "")).toBe(foreign);
  });

  it("moves the job when the back-end changes", async () => {
    await keepalive();
    await keepalive("backend=crontab");
    expect(onHost(cronD)).toBeUndefined();
    expect(onHost(spool)?.content).toContain(line);
  });

  it.each(["0", "60", "2.5", "five", "'5'"])(
    "refuses the interval %s before anything is looked at",
    async (minutes) => {
      const { exitCode, events, diagnostics } = await keepalive(`interval_minutes=${minutes}`);
      expect({ exitCode, events }).toEqual({ exitCode: 1, events: [] });
      expect(world.trips).toEqual([]);
      expect(diagnostics[0]?.message).toMatch(/^`interval_minutes` of role das_keepalive: expected (a whole|1 to 59)/);
    },
  );

  it.each(["backend=cron", "mount=mnt/hdd", "mount=/mnt/hdd/", "file=/x", "state=gone", "usb_id=0x152d"])(
    "refuses %s",
    async (extra) => {
      const { exitCode, events, diagnostics } = await keepalive(extra);
      expect({ exitCode, events }).toEqual({ exitCode: 1, events: [] });
      expect(diagnostics.map(({ code }) => code)).toEqual(["invalid-argument"]);
      expect(world.trips).toEqual([]);
    },
  );

  it("warns of an interval that leaves an uneven gap", async () => {
    const [job] = changed(await keepalive("interval_minutes=7"));
    expect(job?.warnings).toEqual([expect.stringContaining("60 is no multiple of 7")]);
    const even = await keepalive("interval_minutes=6");
    expect(even.results.flatMap(({ warnings }) => warnings)).toEqual([]);
  });

  it("writes a file that cron reads: its name, its owner, its mode, the end of its last line", async () => {
    await keepalive("interval_minutes=10");
    expect(cronD).toMatch(/^\/etc\/cron\.d\/[A-Za-z0-9_-]+$/);
    expect(onHost(cronD)).toMatchObject({ mode: "0644", uid: 0, gid: 0 });
    expect(onHost(cronD)?.content).toMatch(/\n\*\/10 \* \* \* \* root [^\n]+\n$/);
  });

  it("writes a percent sign so that cron and systemd leave it alone", async () => {
    await keepalive(JSON.stringify({ mount: "/mnt/50%" }));
    expect(onHost(cronD)?.content).toContain("mountpoint -q /mnt/50\\% && touch /mnt/50\\%/.keepalive\n");
    await keepalive(JSON.stringify({ mount: "/mnt/50%", backend: "timer", alert_on_missing_mount: true }));
    expect(onHost(cronD)).toBeUndefined();
    const unit = onHost("/etc/systemd/system/lab-das-keepalive.service")?.content ?? "";
    expect(unit).toContain('ExecStart=/bin/sh -c "if mountpoint -q /mnt/50%% && touch /mnt/50%%/.keepalive; then');
    expect(onHost("/etc/systemd/system/lab-das-keepalive.timer")?.content).toContain("OnUnitActiveSec=5min\n");
    expect(changed(await keepalive("state=absent")).length).toBeGreaterThan(0);
    expect(onHost("/etc/systemd/system/lab-das-keepalive.timer")).toBeUndefined();
    expect(changed(await keepalive("state=absent"))).toEqual([]);
  });

  it("tells once that the enclosure is gone, and again after it was back", async () => {
    const folder = mkdtempSync(join(tmpdir(), "lab-alert-"));
    const said = join(folder, "said");
    const mark = join(folder, "mark");
    try {
      const told = (mount: string) => jobFor(mount, "alert_on_missing_mount=true");
      // The mark elsewhere, and in logger's place something that counts.
      const run = ({ command }: { readonly command: string }) =>
        execFileSync("sh", [
          "-c",
          `logger() { echo told >>${said}; }\n${command.replaceAll("/run/lab-das-keepalive.missing", mark)}`,
        ]);
      const [gone, back] = [await told(join(folder, "none")), await told("/dev/shm")];
      for (const each of [back, gone, gone, back, gone]) run(each);
      expect(readFileSync(said, "utf8")).toBe("told\ntold\n");
      rmSync(back.file);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it.each([
    [["disable_usb_autosuspend=true"], "needs usb_id"],
    [["alert_on_missing_mount=true", "guard=false"], "needs guard and the user root"],
  ])("refuses %j, before anything is changed", async (extra, reason) => {
    const run = await keepalive(...extra);
    expect([run.exitCode, run.after === run.before]).toEqual([2, true]);
    expect(JSON.stringify(run.results)).toContain(reason);
  });

  it("is verified by tasks of its own, which change nothing", async () => {
    const verify = () => runSite({ files, playbooks: ["playbooks/verify/keepalive.yml"], world });
    expect((await verify()).exitCode).toBe(2);
    await keepalive();
    const held = await verify();
    expect(held.exitCode).toBe(0);
    expect(held.after).toBe(held.before);
    world.host("h1").mounts = [];
    const unmounted = await verify();
    expect(JSON.stringify(unmounted.results)).toContain("/mnt/hdd is not mounted on h1");
  });

  // The command that cron would run, in a real shell. A mount that only looks like one must not get a file.
  it("touches the file only where something is mounted", async () => {
    const folder = mkdtempSync(join(tmpdir(), "lab keepalive-"));
    try {
      const { command, file } = await jobFor(folder);
      expect(() => execFileSync("sh", ["-c", command])).toThrow();
      expect(existsSync(file)).toBe(false);
      const bare = await jobFor(folder, "guard=false");
      execFileSync("sh", ["-c", bare.command]);
      expect(existsSync(file)).toBe(true);
    } finally {
      rmSync(folder, { recursive: true });
    }
    const mounted = await jobFor("/dev/shm");
    execFileSync("sh", ["-c", mounted.command]);
    expect(existsSync(mounted.file)).toBe(true);
    rmSync(mounted.file);
  });
});

async function jobFor(mount: string, ...more: readonly string[]) {
  const file = `.lab keepalive ${process.pid}`;
  await keepalive(JSON.stringify({ mount, file }), ...more);
  const [, job = ""] = onHost(cronD)?.content.trimEnd().split("\n") ?? [];
  return { command: job.replace(/^\S+ \S+ \S+ \S+ \S+ root /, ""), file: join(mount, file) };
}
function below(folder: string): readonly string[] {
  return readdirSync(join(repository, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(repository.length + 1));
}
