import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { backupWorld, CLIENT, playRole, textAt } from "../../support/backup-site.ts";

// What the role pbs_client puts on a node, run by a real shell over real mounts. The client of the backup server itself
// is not to be had here: in its place stands a program that writes down how it was called.

let folder: string;
const files = new Map<string, string>();
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "lab-folders-"));
  const world = backupWorld();
  await playRole(world, "pbs_server", {});
  const vars = {
    ...CLIENT,
    folders: [
      { name: "family", path: join(folder, "family") },
      { name: "personal", path: join(folder, "personal") },
      { name: "etc", path: join(folder, "etc"), mounted: false },
    ],
    exclude: ["*.tmp", "it's"],
  };
  const run = await playRole(world, "pbs_client", vars);
  expect(run.exitCode).toBe(0);
  for (const path of [
    "/usr/local/sbin/lab-folder-backup",
    "/etc/systemd/system/lab-folder-backup.service",
    "/etc/systemd/system/lab-folder-backup.timer",
  ])
    files.set(path, textAt(world, "node1", path) ?? "");
  const program = join(folder, "lab-folder-backup");
  writeFileSync(program, files.get("/usr/local/sbin/lab-folder-backup") ?? "");
  mkdirSync(join(folder, "bin"));
  const client = `#!/bin/sh\nfor word; do printf '%s\\n' "$word"; done >"${folder}/asked"\necho "$PBS_REPOSITORY $PBS_PASSWORD_FILE" >>"${folder}/asked"\n`;
  writeFileSync(join(folder, "bin/proxmox-backup-client"), client);
  for (const path of [program, join(folder, "bin/proxmox-backup-client")]) chmodSync(path, 0o755);
  for (const name of ["family", "personal", "etc"]) mkdirSync(join(folder, name));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** In mounts of its own, which are gone with it. */
function run(mounts: readonly string[], ...args: readonly string[]) {
  const lines = mounts.map(
    (name) => `mkdir -p "${folder}/${name}" && mount -t tmpfs none "${folder}/${name}" || exit 9`,
  );
  const script = [...lines, `exec "${folder}/lab-folder-backup" ${args.join(" ")}`].join("\n");
  const env = { PATH: `${folder}/bin:${process.env.PATH}` };
  return spawnSync("unshare", ["-m", "sh", "-c", script], { env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

describe("lab-folder-backup", () => {
  it("makes an archive of each folder and of each file system below", () => {
    const { status, stdout, stderr } = run(["family", "personal", "personal/anna", "personal/old photos"], "--list");
    expect([status, stderr]).toEqual([0, ""]);
    expect(stdout).toBe(
      [
        `family.pxar:${folder}/family`,
        `personal.pxar:${folder}/personal`,
        `personal-anna.pxar:${folder}/personal/anna`,
        `personal-old-photos.pxar:${folder}/personal/old photos`,
        `etc.pxar:${folder}/etc`,
        "",
      ].join("\n"),
    );
  });

  it("saves them in one call, as root of the token whose secret stays in its file", () => {
    const { status, stderr } = run(["family", "personal", "personal/old photos"]);
    expect([status, stderr]).toEqual([0, ""]);
    expect(readFileSync(join(folder, "asked"), "utf8").trimEnd().split("\n")).toEqual([
      "backup",
      `family.pxar:${folder}/family`,
      `personal.pxar:${folder}/personal`,
      `personal-old-photos.pxar:${folder}/personal/old photos`,
      `etc.pxar:${folder}/etc`,
      "--backup-type",
      "host",
      "--backup-id",
      "node1",
      "--keyfile",
      "/etc/pve/priv/storage/Backup-Vault.enc",
      "--exclude",
      "*.tmp",
      "--exclude",
      "it's",
      "--change-detection-mode=metadata",
      "pve@pbs!lab@192.0.2.30:8007:Backup-Vault /etc/pve/priv/storage/Backup-Vault.pw",
    ]);
  });

  it("saves nothing while a file system is not mounted", () => {
    rmSync(join(folder, "asked"), { force: true });
    const { status, stderr } = run(["family"]);
    expect(status).toBe(1);
    expect(stderr).toContain(`${folder}/personal is not mounted: nothing is saved`);
    expect(() => readFileSync(join(folder, "asked"))).toThrow();
  });

  it("does not put two file systems into one archive", () => {
    const { status, stderr } = run(["family", "personal", "personal/a b", "personal/a-b"], "--list");
    expect(status).toBe(1);
    expect(stderr).toContain("two folders would make the archive personal-a-b");
  });

  it("has units that systemd takes without a word", () => {
    const units = [...files]
      .filter(([path]) => path.startsWith("/etc/systemd"))
      .map(([path, text]) => {
        const at = join(folder, path.split("/").at(-1) ?? "");
        writeFileSync(at, text.replace("/usr/local/sbin/lab-folder-backup", join(folder, "lab-folder-backup")));
        return at;
      });
    const { status, stdout, stderr } = spawnSync("systemd-analyze", ["verify", "--man=no", ...units], {
      encoding: "utf8",
    });
    expect([status, stdout, stderr.replace(/^.*(?:pve-cluster|network-online).*\n/gm, "")]).toEqual([0, "", ""]);
  });
});
