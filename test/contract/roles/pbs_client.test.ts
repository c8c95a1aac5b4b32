import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  backupWorld,
  CLIENT,
  changed,
  ESCROWED,
  failures,
  playRole,
  playTasks,
  said,
  savedLab,
  saveFolders,
  storedAt,
  textAt,
} from "../../support/backup-site.ts";
import { put, type TestWorld } from "../../support/world.ts";

const KEY = "/etc/pve/priv/storage/Backup-Vault.enc";
const HOUR = 3_600_000;
const ALL = [
  "family.pxar:/tank/family",
  "personal.pxar:/tank/personal",
  "personal-anna.pxar:/tank/personal/anna",
  "personal-per.pxar:/tank/personal/per",
];

let saved: TestWorld;
beforeAll(async () => {
  saved = await savedLab();
});
let world: TestWorld;
beforeEach(() => {
  world = saved.copy();
});
const client = (vars: object = {}, tasksFrom?: string) =>
  playRole(world, "pbs_client", { ...CLIENT, ...vars }, tasksFrom);
/** Both clocks: a server and a node are in one time. */
const later = (hours: number) => {
  for (const host of ["node1", "vault1"]) world.host(host).clockMs += hours * HOUR;
};

describe("role pbs_client: token and storage", () => {
  it("changes nothing when it is played again, though token and key cannot be read out of the storage", async () => {
    const again = await client();
    expect([again.exitCode, changed(again), again.after === again.before]).toEqual([0, [], true]);
    expect(again.results.flatMap(({ warnings }) => warnings)).toEqual([]);
  });

  it("converges from wherever a run was cut off", async () => {
    const base = backupWorld();
    await playRole(base, "pbs_server", {});
    const whole = base.copy();
    await playRole(whole, "pbs_client", CLIENT);
    const trips = whole.trips.filter(({ way }) => way === "send").length;
    for (let at = 1; at < trips; at += 1) {
      const cut = base.copy();
      let sent = 0;
      cut.lostAfter = ({ way }) => {
        sent += way === "send" ? 1 : 0;
        return way === "send" && sent > at ? 0 : null;
      };
      await playRole(cut, "pbs_client", CLIENT);
      cut.lostAfter = null;
      const next = await playRole(cut, "pbs_client", CLIENT);
      expect([at, next.exitCode, failures(next)]).toEqual([at, 0, ""]);
      expect(textAt(cut, "controller", ESCROWED)).toBe(textAt(cut, "node1", KEY));
      expect((await playRole(cut, "pbs_client", CLIENT, "verify")).exitCode).toBe(0);
    }
    expect(trips).toBeGreaterThan(5);
  });

  it("carries the token's secret to the node by stdin: it is in no result, no command and no file but the storage's own", async () => {
    const secret = textAt(world, "vault1", "/root/lab-pve-token")?.trim() ?? "";
    const fresh = backupWorld();
    const runs = [await playRole(fresh, "pbs_server", {}), await playRole(fresh, "pbs_client", CLIENT)];
    const told = textAt(fresh, "vault1", "/root/lab-pve-token")?.trim() ?? "";
    expect([secret.length, told.length]).toEqual([36, 36]);
    expect(JSON.stringify(runs.map(({ events }) => events))).not.toContain(told);
    const argv = fresh.trips.flatMap(({ batch }) =>
      batch.sections.flatMap(({ operations }) => operations.map((each) => (each.kind === "exec" ? each.argv : null))),
    );
    expect(JSON.stringify(argv)).not.toContain(told);
    const holding = ["node1", "vault1"].flatMap((host) =>
      Object.entries(fresh.host(host).files).flatMap(([path, node]) =>
        node.type === "file" && node.content.includes(told) ? [[host, path, node.mode]] : [],
      ),
    );
    expect(holding).toEqual([
      ["node1", "/etc/pve/priv/storage/Backup-Vault.pw", "0600"],
      ["vault1", "/root/lab-pve-token", "0600"],
    ]);
  });

  it("takes a token that was made anew, and a certificate that was", async () => {
    delete world.host("vault1").files["/root/lab-pve-token"];
    expect((await playRole(world, "pbs_server", { regenerate_token: true })).exitCode).toBe(0);
    expect(failures(await client({}, "verify"))).toMatch(/is not active/);
    expect(changed(await client())).toEqual(["The storage Backup-Vault"]);
    expect((await client({}, "verify")).exitCode).toBe(0);
  });

  it("has a token that cannot remove a backup, not even its own", async () => {
    await saveFolders(world, ...ALL);
    const [snapshot] = storedAt(world);
    const name = `host/node1/${new Date((snapshot?.time ?? 0) * 1000).toISOString().replace(".000", "")}`;
    const environment = {
      PBS_REPOSITORY: "pve@pbs!lab@192.0.2.30:8007:Backup-Vault",
      PBS_PASSWORD_FILE: "/etc/pve/priv/storage/Backup-Vault.pw",
      PBS_FINGERPRINT: /fingerprint (\S+)/.exec(textAt(world, "node1", "/etc/pve/storage.cfg") ?? "")?.[1] ?? "",
    };
    const forget = {
      name: "forget",
      command: { argv: ["proxmox-backup-client", "snapshot", "forget", name] },
      environment,
    };
    expect(failures(await playTasks(world, "node1", [forget]))).toMatch(/permission check failed/);
    expect(storedAt(world)).toHaveLength(1);
  });

  it.each([
    ["server", { server: "192.0.2.31", fingerprint: `${"00:".repeat(31)}00` }],
    ["datastore", { datastore: "Other-Vault" }],
  ])("refuses another %s, and removes nothing", async (what, vars) => {
    const run = await client(vars);
    expect(failures(run)).toMatch(
      new RegExp(`the ${what} of storage Backup-Vault is .* and shall be .*, which Proxmox VE cannot change`),
    );
    expect(run.after).toBe(run.before);
  });

  it.each([
    [
      "nowhere to learn the token from",
      { server_host: null },
      /Where do the token's secret and the fingerprint come from/,
    ],
    ["a key without a place outside", { escrow: null }, /the key needs a copy outside of this node/],
    ["a second copy on the backup server", { escrow_host: "vault1" }, /neither on this node nor on the backup server/],
    [
      "one folder in another",
      {
        folders: [
          { name: "a", path: "/tank" },
          { name: "b", path: "/tank/x" },
        ],
      },
      /one lies in another/,
    ],
  ])("refuses %s", async (_, vars, message) => {
    const run = await client(vars);
    expect(said(run)).toMatch(message);
    expect(run.after).toBe(run.before);
  });
});

describe("role pbs_client: the encryption key", () => {
  it("has a copy outside that is equal, readable by its owner alone, and made before any job", async () => {
    expect(textAt(world, "controller", ESCROWED)).toBe(textAt(world, "node1", KEY));
    expect(world.host("controller").files[ESCROWED]).toMatchObject({ mode: "0600" });
    delete world.host("controller").files[ESCROWED];
    expect(failures(await client({}, "verify"))).toMatch(/are not the same, or one is missing/);
    const jobs = await playRole(world, "backup_jobs", {
      jobs: [{ id: "other", schedule: "02:30", all: true }],
      escrow: "/root/lab-keys",
    });
    expect(failures(jobs)).toMatch(/has no equal copy in \/root\/lab-keys: what is saved now could not be read/);
    // A run that was cut off between key and copy looks like this.
    expect(changed(await client())).toEqual(["The key has a copy on this machine"]);
  });

  it("comes back to a node that was installed anew, and is never made twice", async () => {
    const key = textAt(world, "node1", KEY);
    const { files } = world.host("node1");
    delete files[KEY];
    delete files["/etc/pve/priv/storage/Backup-Vault.pw"];
    const cfg = files["/etc/pve/storage.cfg"];
    if (cfg?.type === "file") cfg.content = cfg.content.replace(/pbs: Backup-Vault[\s\S]*$/, "");
    const run = await client();
    expect([run.exitCode, failures(run)]).toEqual([0, ""]);
    expect(textAt(world, "node1", KEY)?.trim()).toBe(key?.trim());
    expect(textAt(world, "controller", ESCROWED)?.trim()).toBe(key?.trim());
    expect(JSON.stringify(run.events)).not.toContain(/"data":"([^"]+)"/.exec(key ?? "")?.[1] ?? "no key");
  });

  it("stops where node and copy have different keys, and leaves both", async () => {
    put(world, ESCROWED, '{"kdf":null,"data":"another"}', "controller");
    const run = await client();
    expect(failures(run)).toMatch(/is another one than its copy/);
    expect(run.after).toBe(run.before);
    expect(failures(await client({}, "verify"))).toMatch(/are not the same/);
  });

  it("may have a second copy on another host", async () => {
    world = backupWorld();
    await playRole(world, "pbs_server", {});
    // Any host of the inventory but the server and the node itself; here the controller stands for it.
    const run = await client({ escrow_host: "localhost", escrow_host_folder: "/srv/keys" });
    expect([run.exitCode, failures(run)]).toEqual([0, ""]);
    expect(textAt(world, "controller", "/srv/keys/node1-Backup-Vault.enc")).toBe(textAt(world, "node1", KEY));
    expect((await client({ escrow_host: "localhost", escrow_host_folder: "/srv/keys" }, "verify")).exitCode).toBe(0);
  });
});

describe("role pbs_client: folders that are bound into containers", () => {
  it("no backup yet is no failure until a night has passed", async () => {
    expect((await client({}, "verify")).exitCode).toBe(0);
    later(40);
    expect(failures(await client({}, "verify"))).toMatch(
      /The server has no backup host\/node1, and the timer is there for longer than 30 hours/,
    );
  });

  it("are fresh with an archive for every dataset below, or verify says which is missing", async () => {
    later(40);
    await saveFolders(world, ...ALL.slice(0, 3));
    expect(failures(await client({}, "verify"))).toMatch(
      /it needs an archive of each of family, personal, personal-anna, personal-per/,
    );
    later(1);
    await saveFolders(world, ...ALL);
    const passed = await client({}, "verify");
    expect([passed.exitCode, failures(passed)]).toEqual([0, ""]);
    later(31);
    expect(failures(await client({}, "verify"))).toMatch(/shall not be older than 30 hours/);
  });

  it("a dataset that comes later is missed until it is saved", async () => {
    later(40);
    await saveFolders(world, ...ALL);
    world
      .host("node1")
      .mounts.push({ source: "tank/personal/lisa", target: "/tank/personal/lisa", fstype: "zfs", options: "rw" });
    expect(failures(await client({}, "verify"))).toMatch(/personal-lisa/);
  });

  it("are no longer saved when nobody names one any more", async () => {
    const run = await client({ folders: [] });
    expect([run.exitCode, failures(run)]).toEqual([0, ""]);
    const left = Object.keys(world.host("node1").files).filter((path) => path.includes("lab-folder-backup"));
    expect(left).toEqual([]);
    expect(changed(await client({ folders: [] }))).toEqual([]);
  });

  it("another schedule restarts the timer, also where the run was cut off before", async () => {
    const run = await client({ folders_schedule: "04:00" });
    expect(changed(run)).toEqual(["When it runs", "restart the timer of the folders"]);
    expect(changed(await client({ folders_schedule: "04:00" }))).toEqual([]);
  });
});
