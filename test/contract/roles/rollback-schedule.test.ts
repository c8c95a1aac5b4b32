import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { roleFiles, rolePlay } from "../../support/role-site.ts";
import { runSite } from "../../support/run-site.ts";
import { createWorld } from "../../support/world.ts";

// Which dataset has which schedule: each one, never two. The script itself runs in a real shell, beside a `zfs` that only writes down.
const script = resolve(import.meta.dirname, "../../../roles/rollback/templates/lab-snapshots.hbs");
const datasets = ["tank", "tank/archive", "tank/archive/of-anna", "tank/scratch", "tank/vm-100-disk-0"];
const zfs = `#!/bin/sh
last() { shift $(($# - 1)); echo "$1"; }
case "$*" in
  "list -H -r "*) top=$(last "$@"); for each in ${datasets.join(" ")}; do case $each/ in "$top"/*) echo "$each" ;; esac; done ;;
  "list -H -t snapshot "*) exit 1 ;;
  "snapshot "*) shift 3; for each; do echo "$each" >>"$LAB_SNAPSHOTS_RUN/taken"; done ;;
esac
`;

it("a dataset that is excluded from one schedule can have its own", () => {
  const folder = mkdtempSync(join(tmpdir(), "lab-snapshots-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const put = (name: string, text: string) => writeFileSync(join(folder, name), text, { mode: 0o755 });
  put("zfs", zfs);
  put(
    "conf",
    "before 5\ndataset tank true 0 1 0 0\nexclude tank/archive\nexclude tank/scratch\ndataset tank/archive true 0 0 0 1\n",
  );
  execFileSync("sh", [script], {
    env: {
      PATH: `${folder}:${process.env.PATH}`,
      LAB_SNAPSHOTS_CONF: join(folder, "conf"),
      LAB_SNAPSHOTS_RUN: folder,
      LAB_SNAPSHOTS_NOW: "2026-11-21 12:00",
    },
  });
  expect(readFileSync(join(folder, "taken"), "utf8").split("\n").sort().slice(1)).toEqual([
    "tank/archive/of-anna@lab-monthly-202611",
    "tank/archive@lab-monthly-202611",
    "tank@lab-daily-20261121",
  ]);
});

it("a container's volume that is no dataset has no snapshots: those of the dataset around it are not its own", () => {
  const folder = mkdtempSync(join(tmpdir(), "lab-snapshots-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const put = (name: string, text: string) => writeFileSync(join(folder, name), text, { mode: 0o755 });
  put("conf", "before 5\nguest 110 0 1 0 0\n");
  mkdirSync(join(folder, "pve/lxc"), { recursive: true });
  // With a folder of the node in it Proxmox VE takes no snapshot: each volume has its own.
  put(
    "pve/lxc/110.conf",
    "rootfs: local:110/vm-110-disk-0.raw,size=8G\nmp0: /srv,mp=/srv\nmp1: ssd:subvol-110-disk-1,mp=/data\n",
  );
  put("pct", "#!/bin/sh\nexit 1\n");
  put("pvesm", '#!/bin/sh\necho "/of/$2"\n');
  put(
    "zfs",
    `#!/bin/sh
case "$*" in
  "list -H -o name /of/local:"*) echo rpool/ROOT/pve-1 ;;
  "list -H -o name /of/ssd:"*) echo ssd/subvol-110-disk-1 ;;
  "list -Hp "*) shift 8; echo "$*" >>"$LAB_SNAPSHOTS_RUN/looked" ;;
  "list -H -t snapshot "*) exit 1 ;;
  "snapshot "*) shift 3; echo "$*" >>"$LAB_SNAPSHOTS_RUN/taken" ;;
esac
`,
  );
  execFileSync("sh", [script], {
    env: {
      PATH: `${folder}:${process.env.PATH}`,
      LAB_SNAPSHOTS_CONF: join(folder, "conf"),
      LAB_SNAPSHOTS_PVE: join(folder, "pve"),
      LAB_SNAPSHOTS_RUN: folder,
      LAB_SNAPSHOTS_NOW: "2026-11-21 12:00",
    },
  });
  expect(readFileSync(join(folder, "taken"), "utf8")).toBe("ssd/subvol-110-disk-1@lab-daily-20261121\n");
  expect(readFileSync(join(folder, "looked"), "utf8")).not.toContain("rpool");
});

it.each([
  [[{ name: "rpool" }, { name: "rpool/archive", daily: 7 }], 1],
  [
    [
      { name: "rpool", exclude: ["rpool/archive"] },
      { name: "rpool/archive", daily: 7 },
    ],
    0,
  ],
  [
    [
      { name: "rpool", recursive: false },
      { name: "rpool/archive", daily: 7 },
    ],
    0,
  ],
])("a dataset below another one has one schedule: %j", async (datasets, refused) => {
  const inventory = "all: { vars: { lab_connection: lab }, hosts: { pve: {} } }\n";
  const files = { ...roleFiles("rollback"), "inventory/hosts.yml": inventory };
  const run = await runSite({
    files: { ...files, "site.yml": rolePlay("rollback", { datasets }) },
    world: createWorld({ pve: { kind: "proxmox" } }),
  });
  const said = run.results.filter(({ reason }) => reason?.includes("one schedule would clear what the other keeps"));
  expect(said.length > 0 ? 1 : 0).toBe(refused);
  expect(run.exitCode === 0).toBe(refused === 0);
});
