import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { modules } from "../../support/all-modules.ts";
import { recapOf, resultsOf } from "../../support/e2e-events.ts";
import { scratchFolders } from "../../support/e2e-leftovers.ts";
import { openRig, type Rig } from "../../support/e2e-rig.ts";
import { snapshot } from "../../support/e2e-snapshot.ts";

const ED25519 = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f";

let rig: Rig;
const here = (...path: readonly string[]) => join(rig.target, ...path);

beforeAll(async () => {
  rig = await openRig();
  mkdirSync(here("folder"));
  writeFileSync(here("folder", "inner"), "inner\n");
  writeFileSync(here("file"), "one\ntwo\n");
  symlinkSync("file", here("link"));
  execFileSync("tar", ["-C", here(), "-cf", here("tree.tar"), "folder"]);
  execFileSync("git", ["init", "-q", here("repository")]);
  const author = ["-c", "user.name=Lab", "-c", "user.email=lab@example.com"];
  execFileSync("git", ["-C", here("repository"), ...author, "commit", "-q", "--allow-empty", "-m", "first"]);
  rig.write("files/blob", Buffer.alloc(200_000, 7));
  rig.write("probe.yml", "probed: true\n");
  rig.write("templates/page.hbs", "page of {{ inventory_hostname }}\n");
  const tasks = [
    { file: { path: here("folder"), state: "absent", recursive: true } },
    { file: { path: here("link"), follow: true, mode: "0600" } },
    { file: { path: here("new"), state: "directory", owner: "daemon" } },
    { copy: { dest: here("file"), content: "other\n", validate: ["test", "-s", "{}"] } },
    { copy: { dest: here("blob"), src: "blob" } },
    { template: { dest: here("page"), src: "page.hbs" } },
    { line: { path: here("file"), line: "three", insert_after: "^one" } },
    { cron: { name: "probe test", schedule: "1 2 3 4 *", job: "true" } },
    { cron: { name: "probe test", special: "daily", job: "true", user: "daemon", file: "lab-probe-test" } },
    { cron: { name: "probe test", state: "absent", user: "daemon" } },
    { package: { name: "hello", state: "present" } },
    { package: { name: "cron", state: "absent" } },
    { service: { name: "cron", state: "restarted", enabled: true } },
    { sysctl: { name: "vm.swappiness", value: 7 } },
    { add_host: { name: "probe-later", groups: ["probed"] } },
    { group_by: { key: "probed_{{ inventory_hostname }}" } },
    { include_vars: { file: "probe.yml" } },
    { pbs_datastore: { name: "probe", path: here("datastore") } },
    { pbs_job: { type: "prune", id: "probe", store: "probe", keep_last: 1 } },
    { pbs_user: { user: "probe@pbs", token: "probe", token_file: here("token"), acl: [{ path: "/", role: "Audit" }] } },
    { pbs_s3_endpoint: { id: "probe", endpoint: "s3.example.com", access_key: "probe", secret_key: "probe" } },
    { syncthing: { home: here("syncthing"), options: { urAccepted: -1 } } },
    { zfs: { name: "lab-probe/none", properties: { atime: false } } },
    {
      zpool: {
        name: "lab-probe",
        vdevs: [{ type: "mirror", disks: ["/dev/lab-a", "/dev/lab-b"] }],
        allow_create: true,
      },
    },
    { zpool_replace: { pool: "lab-probe", old: "/dev/lab-a", new: "/dev/lab-c" } },
    { zpool_scrub: "lab-probe" },
    { zfs_snapshot: "lab-probe/none@now" },
    { zfs_rollback: { name: "lab-probe/none", to: "latest" } },
    { rollback_points: {} },
    { guest_snapshot: { vmid: 9001, name: "probe" } },
    { guest_rollback: { vmid: 9001, to: "latest" } },
    { link_probe: { from: here("folder"), to: here(".") } },
    { kernel_module: "lab_no_such_module" },
    { udev_rule: { name: "lab-probe-test", rules: 'SUBSYSTEM=="block", MODE="0660"' } },
    { group: { name: "lab-probe", gid: 59999 } },
    { user: { name: "lab-probe", uid: 59999, locked: true } },
    { acl: { path: here("folder"), entries: ["user:1:rwx"], mode: "0770", recursive: true, inherit: true } },
    { authorized_key: { user: "daemon", key: ED25519, path: here("keys") } },
    { known_host: { host: "lab-probe.example", key: ED25519, path: here("known_hosts") } },
    { mount: { path: here("mount"), src: "tmpfs", fstype: "tmpfs" } },
    { mount: { path: here("mount"), src: "UUID=00000000-0000-4000-8000-000000000000", fstype: "ext4" } },
    { hostname: { name: "lab-probe" } },
    { timezone: "Europe/Berlin" },
    { samba_user: { name: "daemon", password: "a password of nobody" } },
    { systemd_unit: { name: "lab-probe.service", sections: { Service: { ExecStart: "/bin/true" } } } },
    { block: { path: here("file"), block: "between" } },
    { ini: { path: here("file"), section: "probe", option: "answer", value: 42 } },
    // This machine is no node of Proxmox VE: what these look for is not there, and looking must not make it.
    { pct: { vmid: 9001, template: "debian-12", hostname: "probe" } },
    { lxcconf: { vmid: 9001, preset: "tun" } },
    { qm: { vmid: 9002, name: "probe" } },
    { pve_storage: { id: "probe", type: "dir", path: here("storage") } },
    { pve_template: { template: "debian-12" } },
    { pve_backup_job: { id: "probe", schedule: "daily", storage: "probe", all: true } },
    { pve_replication: { guest: 9001, target: "pve2" } },
    { pve_ha: { guest: 9001 } },
    { pve_ha_group: { group: "probe", nodes: { pve1: 1 } } },
    { pve_ha_rule: { rule: "probe", type: "node-affinity", guests: [9001], nodes: { pve1: 1 } } },
    { pve_pool: { pool: "probe" } },
    { pve_cluster: { name: "probe" } },
    { tailscale: { hostname: "probe", userspace: "auto" } },
    // Nobody answers there: looking at an API is a look all the same.
    {
      tailscale_device: { device: "probe", auth: { api_key: "none" }, api_url: "http://127.0.0.1:9", authorized: true },
    },
    { portainer_admin: { url: "http://127.0.0.1:9", password: "none-that-is-used" } },
    // Whether this machine has Docker or not: nothing is made of its files by looking.
    {
      compose: {
        project: "lab-probe",
        dir: here("project"),
        definition: { services: { app: { image: "busybox:1.36", volumes: ["./data:/data"] } } },
        env: { TZ: "UTC" },
      },
    },
    { http: { url: "http://127.0.0.1:1/", method: "POST", unless: { url: "http://127.0.0.1:1/" } } },
    { wait_for: { path: here("file"), regexp: "one", timeout: 1 } },
    { wait_for: { host: "127.0.0.1", port: 1, state: "stopped", timeout: 1 } },
    { stat: { path: here("link"), follow: true, checksum: true } },
    { slurp: here("file") },
    { find: { paths: here("."), hidden: true, type: "any" } },
    { fetch: { src: here("file"), dest: "fetched" } },
    { pause: 1 },
    { download: { url: "http://127.0.0.1:1/x", dest: here("download"), checksum: "none" } },
    { archive: { path: here("tree.tar"), dest: here("unpacked") } },
    { git: { repo: here("repository"), dest: here("tree") } },
    { git: { repo: here("repository"), dest: here("repository") } },
    {
      apt_repository: {
        name: "lab-probe",
        uris: "http://127.0.0.1:1/",
        suites: "./",
        key_url: "http://127.0.0.1:1/key",
        fingerprint: "A".repeat(40),
      },
    },
    { command: { cmd: `touch ${here("never")}`, unless: `test -e ${here("file")}x` } },
    { shell: { cmd: `echo never > ${here("never")}`, creates: here("file-that-is-not-there") } },
    { command: { argv: ["cat", here("file")] }, reads: true, register: "seen" },
    { tailnet_fragment: { tagOwners: { "tag:probe": [] } } },
    // Nobody listens there, and no key goes anywhere.
    { tailscale_acl: { auth: { api_key: "no-key" }, api_url: "http://127.0.0.1:1", policy: { acls: [] } } },
    { set_fact: { told: "{{ seen.stdout }}" } },
    { debug: { msg: "{{ facts.distribution.id }} {{ facts.memory.total }} {{ facts.hostname }}" } },
    { reboot: { when_required: true } },
    { job_status: "0a1b2c3d4e5f60718293" },
    { ddrescue: { source: { by_id: "usb-LAB_NONE", serial: "NONE" }, image: here("disk.img") } },
    { photorec: { image: here("disk.img"), dest: here("folder") } },
    { assert: { that: "true" } },
    { fail: { msg: "not this one" }, when: "facts.hostname == ''" },
  ];
  const list = tasks.map((task) => ({ ...task, ignore_errors: true }));
  rig.write("all.yml", JSON.stringify([{ name: "All", hosts: "all", tasks: list }]));
});
afterAll(() => rig?.stop());

it("changes nothing on a host by looking at it with every module, outside of the run's scratch folder", async () => {
  const folders = ["/etc", "/var/spool/cron", "/var/lib/dpkg", rig.target];
  // Other users of the machine may write at the same moment; what our look changes it changes each time.
  let changed: readonly string[] = ["not looked yet"];
  for (let attempt = 0; attempt < 4 && changed.length > 0; attempt += 1) {
    const before = snapshot(folders);
    const kernel = execFileSync("sysctl", ["-n", "vm.swappiness"], { encoding: "utf8" });
    const check = await rig.play("all.yml", "--check", "--diff");
    const now = differences(before, snapshot(folders));
    changed = attempt === 0 ? now : now.filter((path) => changed.includes(path));
    expect(execFileSync("sysctl", ["-n", "vm.swappiness"], { encoding: "utf8" })).toBe(kernel);
    expect(check.stderr).not.toContain("error[");
    // All modules took part, and those that must foretell a change did: it was a look at something.
    expect(new Set(resultsOf(check).map(({ module }) => module))).toEqual(new Set(modules.map(({ name }) => name)));
    expect(recapOf(check).changed).toBeGreaterThan(8);
    expect(scratchFolders(rig)).toEqual([]);
  }
  expect(changed).toEqual([]);
});

type Lines = Readonly<Record<string, string>>;
function differences(before: Lines, after: Lines): readonly string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((path) => before[path] !== after[path]);
}
