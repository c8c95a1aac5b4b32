import { beforeEach, expect, test } from "vitest";
import { inventoryOf, runSite, tasksSite } from "../../support/run-site.ts";
import { createWorld, put, type TestWorld } from "../../support/world.ts";

const VAULT = `
- name: The server
  package: { name: proxmox-backup-server, state: present }

- name: The datastore
  pbs_datastore: { name: Backup-Vault, path: /mnt/datastore/backup-vault, gc_schedule: "sat 03:00" }

- name: What stays
  pbs_job:
    type: prune
    id: vault-prune
    store: Backup-Vault
    schedule: daily
    keep_last: 3
    keep_daily: 13
    keep_weekly: 8
    keep_monthly: 11
    keep_yearly: 9

- name: What is looked at again
  pbs_job: { type: verify, id: vault-verify, store: Backup-Vault, schedule: daily, outdated_after: 30 }

- name: Who may add to it
  pbs_user:
    user: pve@pbs
    comment: Proxmox VE
    token: lab
    token_file: /root/pve-token
    acl:
      - { path: /datastore/Backup-Vault, role: DatastoreBackup }
`;

let world: TestWorld;
beforeEach(() => {
  world = createWorld();
  // As apt leaves it that has read the list of Proxmox's archive.
  put(world, "/var/lib/apt/lists/download.proxmox.com_debian_pbs_dists_bookworm_InRelease", "Origin: Proxmox\n");
});
const vault = (check = false) => play(VAULT, check);
const play = (text: string, check = false) =>
  runSite({ files: { ...tasksSite(text), "inventory/hosts.yml": inventoryOf("h1") }, world, check });
const statuses = (run: Awaited<ReturnType<typeof play>>) => run.results.map(({ status, reason }) => reason ?? status);
const cfg = (name: string) => {
  const node = world.host("h1").files[`/etc/proxmox-backup/${name}.cfg`];
  return node?.type === "file" ? node.content : "";
};

test("from nothing: made as foretold, and made again without a change; the token's secret is in its file alone", async () => {
  const check = await vault(true);
  expect(check.after).toBe(check.before);
  expect(check.results.map(({ status }) => status)).toEqual(Array(5).fill("changed"));
  const made = await vault();
  expect(statuses(made)).toEqual(made.results.map(() => "changed"));
  const again = await vault();
  expect(again.results.map(({ status, warnings }) => [status, warnings])).toEqual(again.results.map(() => ["ok", []]));
  const token = world.host("h1").files["/root/pve-token"];
  expect(token).toMatchObject({ type: "file", mode: "0600", uid: 0 });
  const secret = token?.type === "file" ? token.content.trim() : "";
  expect(secret).toMatch(/^[0-9a-f-]{36}$/);
  expect(JSON.stringify([made.events, again.events])).not.toContain(secret);
  expect(cfg("prune")).toContain("prune: vault-prune\n\tstore Backup-Vault\n\tschedule daily\n\tkeep-last 3\n");
  expect(cfg("acl").trim().split("\n").sort()).toEqual([
    "acl:1:/datastore/Backup-Vault:pve@pbs!lab:DatastoreBackup",
    "acl:1:/datastore/Backup-Vault:pve@pbs:DatastoreBackup",
  ]);
});

test("drift by hand is mended, what nobody named stays, and what is named no more goes", async () => {
  await vault();
  const file = world.host("h1").files["/etc/proxmox-backup/prune.cfg"];
  if (file?.type === "file")
    file.content = file.content
      .replace("keep-daily 13", "keep-daily 1")
      .replace("\tschedule", "\tcomment mine\n\tschedule");
  const check = await vault(true);
  expect(check.results.map(({ status, certainty }) => [status, certainty])[2]).toEqual(["changed", "certain"]);
  const run = await vault();
  expect(statuses(run)).toEqual(["ok", "ok", "changed", "ok", "ok"]);
  expect(cfg("prune")).toMatch(/comment mine[\s\S]*keep-daily 13/);
  const gone = await play(
    "- pbs_job: { type: prune, id: vault-prune, keep_yearly: null, comment: null, disable: true }",
  );
  expect(statuses(gone)).toEqual(["changed"]);
  expect(cfg("prune")).not.toMatch(/keep-yearly|comment/);
  expect(cfg("prune")).toContain("disable true");
});

test("a lost secret is an error; with `regenerate` the token is made anew", async () => {
  await vault();
  const { files } = world.host("h1");
  delete files["/root/pve-token"];
  const lost = await vault();
  expect(statuses(lost)[4]).toMatch(/token pve@pbs!lab is there, and its secret is not in \/root\/pve-token/);
  const task =
    "- pbs_user: { user: pve@pbs, token: lab, token_file: /root/pve-token, regenerate: true, acl: [{ path: /, role: Audit }] }";
  expect(statuses(await play(task))).toEqual(["changed"]);
  expect(files["/root/pve-token"]).toBeDefined();
  expect(statuses(await play(task))).toEqual(["ok"]);
  expect(cfg("acl").trim().split("\n").sort()).toEqual(["acl:1:/:pve@pbs!lab:Audit", "acl:1:/:pve@pbs:Audit"]);
});

test("absent: jobs, datastore with its data left, and the user with its tokens and rights", async () => {
  await vault();
  const run = await play(`
- pbs_job: { type: verify, id: vault-verify, state: absent }
- pbs_datastore: { name: Backup-Vault, state: absent }
- pbs_user: { user: pve@pbs, state: absent }
`);
  expect(statuses(run)).toEqual(["changed", "changed", "changed"]);
  expect([cfg("datastore"), cfg("verification"), cfg("prune"), cfg("user"), cfg("acl")].join("").trim()).toBe("");
  expect(world.host("h1").files["/mnt/datastore/backup-vault/.chunks"]).toBeDefined();
  const back = "- pbs_datastore: { name: Backup-Vault, path: /mnt/datastore/backup-vault }";
  expect(statuses(await play(back))[0]).toMatch(/is not empty: there is \.chunks/);
});

test.each([
  ["another path", "pbs_datastore: { name: Backup-Vault, path: /srv/other }", /cannot be changed/],
  [
    "S3 before version 4",
    "pbs_datastore: { name: cloud, path: /srv/c, s3: { client: wasabi, bucket: vault } }",
    /needs Proxmox Backup Server 4, and this is 3/,
  ],
  ["a new datastore without a path", "pbs_datastore: { name: other }", /there is no datastore other/],
  ["a job that lacks its datastore", "pbs_job: { type: verify, id: other }", /store must be said/],
  [
    "a prune job that says nothing of what stays",
    "pbs_job: { type: prune, id: other, store: Backup-Vault, schedule: daily }",
    /would remove nothing/,
  ],
  [
    "a folder that is not there",
    "pbs_user: { user: a@pbs, token: t, token_file: /nowhere/x }",
    /there is no folder \/nowhere/,
  ],
])("%s is refused", async (_, task, why) => {
  await vault();
  const run = await play(`- ${task}`);
  expect(run.results.map(({ status }) => status)).toEqual(["failed"]);
  expect(statuses(run)[0]).toMatch(why);
  expect(run.after).toBe(run.before);
});

test("a host without the server is told so", async () => {
  for (const task of [
    "pbs_datastore: { name: abc, path: /srv/x }",
    "pbs_job: { type: prune, id: abc }",
    "pbs_user: { user: a@pbs }",
  ])
    expect(statuses(await play(`- ${task}`))[0]).toMatch(/no Proxmox Backup Server/);
});
