import { describe, expect, test } from "vitest";
import { pveDigest } from "../../../engine/formats/pve-digest.ts";
import { pveStorage } from "../../../modules/pve-storage/index.ts";
import {
  changeOf,
  commandsOf,
  exec,
  looksOf,
  plain,
  planOf,
  problemsOf,
  resultOf,
  stat,
} from "../../support/plan-module.ts";

const LOCAL = "dir: local\n\tpath /var/lib/vz\n\tcontent vztmpl,iso,backup\n\n";
const pmxcfs = stat({ type: "directory" });
const seen = (cfg: string, more = {}) => ({ cfg, pmxcfs, ...more });
const digest = (cfg: string) => `--digest ${pveDigest(cfg)}`;

/** What a new storage stands on, all there. */
const ground = {
  dataset: exec("VM-SSD\n"),
  mounts: "/dev/sdb1 /mnt/hdd ext4 rw 0 0\ntank/a /a zfs rw 0 0\n",
  folder: stat({ type: "directory" }),
  node: stat({ type: "symlink", target: "nodes/pve1" }),
};

describe("what a new storage stands on is not there", () => {
  const lacking = {
    ...ground,
    dataset: exec("", 1, "cannot open 'VM-SSD': dataset does not exist\n"),
    mounts: "",
    folder: null,
  };
  test.each([
    [{ type: "zfspool", pool: "VM-SSD" }, /cannot be on VM-SSD: cannot open 'VM-SSD': dataset does not exist/],
    [{ type: "zfspool", pool: "VM-SSD", nodes: ["pve2", "pve1"] }, /cannot be on VM-SSD/],
    [{ type: "dir", path: "/a", is_mountpoint: true }, /nothing is mounted at \/a,/],
    [{ type: "dir", path: "/mnt/hdd/dump", is_mountpoint: "/mnt/hdd" }, /nothing is mounted at \/mnt\/hdd,/],
    [{ type: "dir", path: "/a", create_base_path: false }, /there is no folder \/a for storage new/],
  ])("%j", (options, why) => {
    const raw = { id: "new", ...options };
    expect(planOf(pveStorage, raw, seen(LOCAL, lacking))).toMatchObject({
      kind: "refuse",
      why: expect.stringMatching(why),
    });
    expect(changeOf(pveStorage, raw, seen(LOCAL, ground)).steps).toHaveLength(1);
  });
  test.each([{ nodes: ["pve2"] }, { disable: true }])("which does not matter with %j", (options) => {
    const raw = { id: "new", type: "zfspool", pool: "VM-SSD", ...options };
    expect(changeOf(pveStorage, raw, seen(LOCAL, lacking)).steps).toHaveLength(1);
  });
});

describe("a new storage", () => {
  test.each([
    ["dir", { path: "/srv/d1" }, "--path /srv/d1"],
    [
      "zfspool",
      { pool: "VM-SSD", content: ["rootdir", "images"], sparse: true },
      "--pool VM-SSD --content images,rootdir --sparse 1",
    ],
    [
      "nfs",
      { server: "nas", export: "/x", options: "vers=4.2,soft" },
      "--server nas --export /x --options vers=4.2,soft",
    ],
    [
      "dir",
      { path: "/a/", content: "iso, backup", nodes: ["pve2", "pve1"] },
      "--path /a --content backup,iso --nodes pve1,pve2",
    ],
    ["dir", { path: "/a", content: [], nodes: [], prune_backups: null }, "--path /a --content "],
    ["dir", { path: "/a", prune_backups: { keep_last: 3, keep_daily: 0 } }, "--path /a --prune-backups keep-last=3"],
    ["dir", { path: "/a", prune_backups: { keep_last: 0 } }, "--path /a --prune-backups keep-all=1"],
    ["dir", { path: "/a", is_mountpoint: "/mnt/hdd" }, "--path /a --is_mountpoint /mnt/hdd"],
    [
      "dir",
      { path: "/a", is_mountpoint: true, content_dirs: { iso: "isos" } },
      "--path /a --is_mountpoint 1 --content-dirs iso=isos",
    ],
    ["dir", { path: "/a", disable: false, shared: false, create_base_path: true }, "--path /a"],
    [
      "dir",
      { path: "/a", max_protected_backups: -1, bwlimit: { restore: 10.5 } },
      "--path /a --max-protected-backups -1 --bwlimit restore=10.5",
    ],
    ["lvmthin", { vgname: "pve", thinpool: "data" }, "--vgname pve --thinpool data"],
    [
      "pbs",
      { server: "pbs", datastore: "ds", username: "u@pbs!t", namespace: "a/b" },
      "--server pbs --datastore ds --username u@pbs!t --namespace a/b",
    ],
  ])("%s %j", (type, options, words) => {
    const plan = changeOf(pveStorage, { id: "new", type, ...options }, seen(LOCAL, ground));
    expect(commandsOf(plan.steps)).toEqual([`pvesm add ${type} new ${words}`]);
    expect(plan.before).toMatchObject({ state: "absent", type: null });
    expect(plan.after).toMatchObject({ state: "present", type });
  });

  test("a password goes to stdin, a key into a file, neither is a word", () => {
    const raw = {
      id: "p1",
      type: "pbs",
      server: "pbs",
      datastore: "ds",
      username: "u@pbs",
      password: "s3cret",
      encryption_key: '{"data":"x"}',
    };
    const plan = changeOf(pveStorage, raw, seen(LOCAL, { password: null, key: null }));
    const [step] = plan.steps;
    expect(plain(step)).toMatchObject({
      argv: [
        "pvesm",
        "add",
        "pbs",
        "p1",
        "--server",
        "pbs",
        "--datastore",
        "ds",
        "--username",
        "u@pbs",
        "--encryption-key",
        { kind: "secret-file" },
        "--password",
      ],
    });
    expect(step?.kind === "exec" && step.stdin instanceof Object && "reveal" in step.stdin && step.stdin.reveal()).toBe(
      "s3cret\n",
    );
    expect(JSON.stringify([plan.before, plan.after])).not.toContain("s3cret");
  });

  test("what it needs is asked for", () => {
    expect(planOf(pveStorage, { id: "new" }, seen(LOCAL))).toMatchObject({
      kind: "refuse",
      why: "there is no storage new",
    });
    expect(planOf(pveStorage, { id: "new", type: "nfs", server: "a" }, seen(LOCAL))).toMatchObject({
      why: expect.stringContaining("export must be said"),
    });
    expect(planOf(pveStorage, { id: "new", type: "dir", path: "/a" }, { cfg: null, pmxcfs: null })).toMatchObject({
      why: expect.stringContaining("no node of Proxmox VE"),
    });
  });
});

const D1 = `${LOCAL}dir: d1
\tpath /srv/d1
\tbwlimit move=50,default=100
\tcontent iso,backup
\tnodes pve2,pve1
\tprune-backups keep-weekly=2,keep-last=1
\tshared 1

zfspool: z1
\tdisable
\tpool tank/data
\tblocksize 16k
\tcontent rootdir,images
\tmountpoint /tank/data
\tsparse

nfs: n1
\texport /x
\tpath /mnt/pve/n1
\tserver NAS.lan
\tcontent images
\toptions vers=4.2

`;

describe("a storage that is there", () => {
  test.each([
    [{ id: "d1", type: "dir", path: "/srv/d1/" }],
    [{ id: "d1", content: ["backup", "iso"], nodes: "pve1,pve2", shared: true, disable: false }],
    [{ id: "d1", prune_backups: { keep_last: 1, keep_weekly: 2 }, bwlimit: { default: 100, move: 50 } }],
    [{ id: "d1", is_mountpoint: false, create_base_path: true, preallocation: "metadata", format: null }],
    [{ id: "z1", pool: "tank/data", blocksize: "16384", sparse: true, disable: true, mountpoint: "/tank/data" }],
    [{ id: "n1", server: "nas.LAN", export: "/x", path: "/mnt/pve/n1", options: "vers=4.2", content: "images" }],
    [{ id: "local", content: ["backup", "iso", "vztmpl"] }],
  ])("%j is so already", (raw) => {
    expect(changeOf(pveStorage, raw, seen(D1)).steps).toEqual([]);
  });

  test.each([
    [{ content: ["iso"] }, "--content iso"],
    [{ nodes: null }, "--delete nodes"],
    [{ nodes: [], shared: false }, "--shared 0 --delete nodes"],
    [{ prune_backups: { keep_last: 1 } }, "--prune-backups keep-last=1"],
    [{ prune_backups: null, bwlimit: null, content: [] }, "--content  --delete prune-backups,bwlimit"],
    [{ disable: true }, "--disable 1"],
    [{ content_dirs: { iso: "isos", vztmpl: "t/x" } }, "--content-dirs iso=isos,vztmpl=t/x"],
  ])("d1 with %j", (options, words) => {
    const plan = changeOf(pveStorage, { id: "d1", ...options }, seen(D1));
    expect(commandsOf(plan.steps)).toEqual([`pvesm set d1 ${words} ${digest(D1)}`]);
  });

  test.each([
    [{ id: "d1", path: "/srv/other" }, "the path of storage d1 is /srv/d1 and shall be /srv/other"],
    [{ id: "d1", type: "nfs", server: "a", export: "/x" }, "the type of storage d1 is dir"],
    [{ id: "z1", pool: "tank" }, "the pool of storage z1"],
    [{ id: "n1", server: "other" }, "the server of storage n1"],
    [{ id: "n1", export: "/y" }, "the export of storage n1"],
    [{ id: "d1", server: "x" }, "`server` is an option of nfs, cifs, pbs"],
    [{ id: "z1", content: ["iso"] }, "zfspool cannot hold iso"],
  ])("%j is refused", (raw, why) => {
    expect(planOf(pveStorage, raw, seen(D1))).toMatchObject({ kind: "refuse", why: expect.stringContaining(why) });
  });

  test("comments are said to get lost, sections that stop every write are named", () => {
    const commented = `# mine\n${D1}`;
    expect(changeOf(pveStorage, { id: "d1", disable: true }, seen(commented)).warnings.join()).toContain("comment");
    expect(changeOf(pveStorage, { id: "d1", disable: false }, seen(commented)).warnings).toEqual([]);
    expect(planOf(pveStorage, { id: "d1", disable: true }, seen(`${D1}dir: half\n\tcontent iso\n`))).toMatchObject({
      why: expect.stringContaining("storage half in /etc/pve/storage.cfg has no path"),
    });
  });

  test("local is there even where the file does not name it", () => {
    const all = ["iso", "vztmpl", "backup", "rootdir", "images", "snippets"];
    expect(changeOf(pveStorage, { id: "local", content: all }, seen("")).steps).toEqual([]);
    expect(commandsOf(changeOf(pveStorage, { id: "local", content: ["iso"] }, seen("")).steps)).toEqual([
      `pvesm set local --content iso ${digest("")}`,
    ]);
  });
});

describe("secrets", () => {
  const CIFS = `${LOCAL}cifs: c1\n\tpath /mnt/pve/c1\n\tserver s\n\tshare data\n\tusername u\n\n`;
  const PBS = `${LOCAL}pbs: p1\n\tdatastore ds\n\tserver s\n\tusername u@pbs\n\n`;
  test.each([
    ["the same", CIFS, "c1", { password: "pw" }, { password: "password=pw\n" }, []],
    ["the same", PBS, "p1", { password: "pw" }, { password: "pw\n" }, []],
    [
      "another",
      CIFS,
      "c1",
      { password: "pw" },
      { password: "password=old\n" },
      [`pvesm set c1 --username u ${digest(CIFS)} --password`],
    ],
    ["none yet", PBS, "p1", { password: "pw" }, { password: null }, [`pvesm set p1 ${digest(PBS)} --password`]],
    [
      "not wanted",
      PBS,
      "p1",
      { password: null },
      { password: "pw\n" },
      [`pvesm set p1 --delete password ${digest(PBS)}`],
    ],
    ["no longer there", PBS, "p1", { password: null }, { password: null }, []],
    ["the same key", PBS, "p1", { encryption_key: '{"data":"x"}' }, { key: '{"data":"x"}\n' }, []],
    ["a key of its own", PBS, "p1", { encryption_key: "autogen" }, { key: '{"data":"y"}' }, []],
    [
      "no key",
      PBS,
      "p1",
      { encryption_key: "autogen" },
      { key: null },
      [`pvesm set p1 ${digest(PBS)} --encryption-key autogen`],
    ],
    [
      "a key too many",
      PBS,
      "p1",
      { encryption_key: null },
      { key: "x" },
      [`pvesm set p1 --delete encryption-key ${digest(PBS)}`],
    ],
  ])("%s (%#)", (_, cfg, id, options, kept, commands) => {
    expect(commandsOf(changeOf(pveStorage, { id, ...options }, seen(cfg, kept)).steps)).toEqual(commands);
  });
});

describe("away with it", () => {
  const away = { id: "d1", state: "absent" };
  const vmlist =
    '{"version":1,"ids":{"101":{"node":"pve1","type":"lxc","version":1},"200":{"node":"pve2","type":"qemu","version":1}}}';
  const none = {
    guests: vmlist,
    jobs: null,
    containers: ["101.conf"],
    machines: [],
    "container 101": "rootfs: local:101/a.raw\n",
    "VM 200": "scsi0: xd1:200/a.raw\n",
  };

  test("it looks at every guest of the cluster, where there is something to take away", () => {
    expect(Object.keys(looksOf(pveStorage, away, seen(D1, none)))).toEqual(
      expect.arrayContaining(["container 101", "VM 200"]),
    );
    expect(Object.keys(looksOf(pveStorage, away, seen(LOCAL, { guests: vmlist, jobs: null })))).not.toContain("VM 200");
  });
  test("unused", () => {
    expect(commandsOf(changeOf(pveStorage, away, seen(D1, none)).steps)).toEqual(["pvesm remove d1"]);
    expect(changeOf(pveStorage, away, seen(LOCAL, none)).steps).toEqual([]);
  });
  test.each([
    [{ "container 101": "mp0: d1:101/vm-101-disk-1.raw,mp=/data\n" }, "container 101 (mp0)"],
    [{ "container 101": "[snap]\nrootfs: volume=d1:101/a.raw\n" }, "container 101 (rootfs)"],
    [{ "VM 200": "ide2: file=d1:iso/x.iso,media=cdrom\nscsi0: d1:200/b.raw\n" }, "VM 200 (ide2, scsi0)"],
    [{ jobs: "vzdump: nightly\n\tstorage d1\n" }, "backup job nightly"],
  ])("used by %j", (some, who) => {
    const used = seen(D1, { ...none, ...some });
    expect(planOf(pveStorage, away, used)).toMatchObject({ kind: "refuse", why: `storage d1 is used by ${who}` });
    const plan = changeOf(pveStorage, { ...away, even_if_used: true }, used);
    expect(commandsOf(plan.steps)).toEqual(["pvesm remove d1"]);
    expect(plan.warnings.join()).toContain(who);
  });
});

test("what is not in use is waited for, if that is asked", () => {
  const raw = { id: "n1", verify_active: true };
  const line = (state: string) =>
    exec(`Name  Type  Status\nn1  nfs  ${state}  0 0 0 0.00%\n`, 0, "storage 'n1' is not online\n");
  expect(planOf(pveStorage, raw, seen(D1, { status: line("inactive") }))).toMatchObject({
    kind: "waiting",
    why: "storage n1 is not active: storage 'n1' is not online",
  });
  expect(changeOf(pveStorage, raw, seen(D1, { status: line("active") })).steps).toEqual([]);
  expect(resultOf(pveStorage, raw, seen(D1, { status: line("active") }), new Date(0))).toMatchObject({
    type: "nfs",
    path: "/mnt/pve/n1",
    active: true,
  });
});

describe("bad input", () => {
  const dir = { id: "d1", type: "dir", path: "/a" };
  test.each([
    [{ ...dir, id: "1d" }, "id"],
    [{ ...dir, id: "d" }, "id"],
    [{ ...dir, id: "d1\n\tpath /etc" }, "id"],
    [{ ...dir, id: "--all" }, "id"],
    [{ ...dir, type: "ntfs" }, "type"],
    [{ ...dir, path: "relative" }, "path"],
    [{ ...dir, path: "/a b" }, "path"],
    [{ ...dir, path: "/a\n\tcontent none" }, "path"],
    [{ ...dir, path: "/" }, "path"],
    [{ ...dir, path: "/ü" }, "path"],
    [{ ...dir, path: "/a/../etc" }, "path"],
    [{ ...dir, content: ["images", "foo"] }, "content.1"],
    [{ ...dir, content: "iso,none" }, "content.1"],
    [{ ...dir, content: 7 }, "content"],
    [{ ...dir, nodes: ["pve_1"] }, "nodes.0"],
    [{ ...dir, nodes: ["pve1,pve2\n"] }, "nodes.0"],
    [{ ...dir, prune_backups: { keep_all: true, keep_last: 1 } }, "prune_backups"],
    [{ ...dir, prune_backups: { keep_last: -1 } }, "prune_backups.keep_last"],
    [{ ...dir, prune_backups: { keep_lats: 1 } }, "prune_backups"],
    [{ ...dir, prune_backups: "keep-last=3" }, "prune_backups"],
    [{ ...dir, bwlimit: {} }, "bwlimit"],
    [{ ...dir, bwlimit: { default: "x" } }, "bwlimit.default"],
    [{ ...dir, content_dirs: { iso: "/abs" } }, "content_dirs.iso"],
    [{ ...dir, content_dirs: { iso: "a/../b" } }, "content_dirs.iso"],
    [{ ...dir, content_dirs: { iso: "a,vztmpl=b" } }, "content_dirs.iso"],
    [{ ...dir, is_mountpoint: "mnt" }, "is_mountpoint"],
    [{ ...dir, format: "vhd" }, "format"],
    [{ ...dir, preallocation: "some" }, "preallocation"],
    [{ ...dir, max_protected_backups: -2 }, "max_protected_backups"],
    [{ ...dir, shared: "yes" }, "shared"],
    [{ ...dir, server: "nas" }, "server"],
    [{ ...dir, password: "x" }, "password"],
    [{ ...dir, type: "pbs", path: undefined, server: "a b", datastore: "x" }, "server"],
    [{ id: "p1", type: "pbs", server: "a", datastore: "x", fingerprint: "aa:bb" }, "fingerprint"],
    [{ id: "p1", type: "pbs", server: "a", datastore: "x", port: 0 }, "port"],
    [{ id: "p1", type: "pbs", server: "a", datastore: "x", content: ["iso"] }, "content"],
    [{ id: "p1", type: "pbs", server: "a", datastore: "../x" }, "datastore"],
    [{ id: "p1", type: "pbs", server: "a", datastore: "x", password: "a\nb" }, "password"],
    [{ id: "p1", type: "pbs", server: "a", datastore: "x", password: "" }, "password"],
    [{ id: "p1", type: "pbs", server: "a", datastore: "x", encryption_key: "hex" }, "encryption_key"],
    [{ id: "z1", type: "zfspool", pool: "tank", content: [] }, "content"],
    [{ id: "z1", type: "zfspool", pool: "tank;rm" }, "pool"],
    [{ id: "z1", type: "zfspool", pool: "tank", blocksize: "16 K" }, "blocksize"],
    [{ id: "c1", type: "cifs", server: "a", share: "x", smbversion: 3 }, "smbversion"],
    [{ id: "c1", type: "cifs", server: "a", share: "x", options: "a\nb" }, "options"],
    [{ id: "c1", type: "cifs", server: "a", share: "x", username: " u" }, "username"],
    [{ id: "d1", state: "absent", content: ["iso"] }, "content"],
    [{ id: "d1", state: "absent", verify_active: true }, "verify_active"],
    [{ ...dir, even_if_used: true }, "even_if_used"],
    [{ ...dir, verify_active: true, disable: true }, "verify_active"],
    [{ ...dir, conent: ["iso"] }, ""],
  ])("%j", (raw, where) => {
    const problems = problemsOf(pveStorage, raw);
    expect(problems.length).toBeGreaterThan(0);
    expect(problems.map((problem) => problem.split(": ")[0])).toContain(where);
  });
});
