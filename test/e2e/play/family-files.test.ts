import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Host } from "../../../engine/sim/world.ts";
import { roleFiles } from "../../support/role-site.ts";
import { runSite } from "../../support/run-site.ts";
import { createWorld } from "../../support/world.ts";

// What the role family_storage writes on the embedded lab, read by those for whom it is written: Samba and systemd.

const tests = resolve(import.meta.dirname, "../../../roles/family_storage/tests");
const textOf = (name: string) => readFileSync(join(tests, name), "utf8");
let folder: string;
let node: Host;
let nas: Host;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "lab-family-"));
  const disks = ["sdc", "sdd"].map((name, index) => ({ name, bytes: 4e12, serial: String(index), model: "TEST" }));
  const world = createWorld({ node1: { kind: "proxmox", disks } });
  const files = {
    ...roleFiles("family_storage"),
    "everything.yml": textOf("everything.yml"),
    "vars/family.yml": textOf("vars/family.yml"),
    "inventory/hosts.yml": textOf("inventory.yml"),
  };
  const run = await runSite({ files, playbooks: ["everything.yml"], world });
  expect(run.diagnostics.map(({ message }) => message)).toEqual([]);
  expect(run.exitCode).toBe(0);
  node = world.host("node1");
  const inside = node.pve?.containers["110"]?.inside;
  if (!inside) throw new Error("there is no container 110");
  nas = inside;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function fetch(host: Host, path: string): string {
  const there = host.files[path];
  if (there?.type !== "file") throw new Error(`there is no ${path}`);
  return there.content;
}
function put(name: string, text: string, mode = 0o644): string {
  const path = join(folder, name);
  writeFileSync(path, text, { mode });
  return path;
}

describe("what the role writes", () => {
  it("is settings that Samba takes without a warning, and understands as they are meant", () => {
    const path = put("smb.conf", fetch(nas, "/etc/samba/smb.conf"));
    const { status, stdout, stderr } = spawnSync("testparm", ["-s", path], { encoding: "utf8" });
    expect([status, stderr.split("\n").filter((line) => /warning|error|unknown|ignoring|invalid/i.test(line))]).toEqual(
      [0, []],
    );
    const sections = stdout.split(/^(?=\[)/m).filter((text) => text.startsWith("["));
    expect(sections.map((text) => text.split("\n")[0])).toEqual(["[global]", "[Family_Archive]", "[Personal_Backups]"]);
    const [global = "", archive = "", personal = ""] = sections;
    expect(global).toMatch(/server min protocol = SMB3_00/);
    // `map to guest = Never` is what Samba says by leaving it out.
    expect(stdout).not.toMatch(/guest ok = Yes|map to guest = Bad|wide links = Yes/i);
    expect(archive).toMatch(/valid users = @parents @kids/);
    expect(archive).toMatch(/write list = @parents\n/);
    expect(archive).toMatch(/force directory mode = 02770/);
    expect(archive).not.toMatch(/read only = No/);
    expect(personal).toMatch(/path = \/srv\/Personal_Backups\/%U/);
    expect(personal).toMatch(/read only = No/);
  });

  it("is units that systemd takes without a word", () => {
    const script = put("lab-family-repair", fetch(node, "/usr/local/sbin/lab-family-repair"), 0o755);
    const units = ["lab-family-repair.service", "lab-family-repair.timer"].map((name) =>
      put(name, fetch(node, `/etc/systemd/system/${name}`).replaceAll("/usr/local/sbin/lab-family-repair", script)),
    );
    const { status, stdout, stderr } = spawnSync("systemd-analyze", ["verify", "--man=no", ...units], {
      encoding: "utf8",
    });
    expect([status, stdout, stderr]).toEqual([0, "", ""]);
  });

  it("is a script that a shell can read", () => {
    const script = put("lab-family-repair", fetch(node, "/usr/local/sbin/lab-family-repair"), 0o755);
    expect(spawnSync("sh", ["-n", script], { encoding: "utf8" })).toMatchObject({ status: 0, stderr: "" });
  });
});
