import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  backupWorld,
  changed,
  failures,
  playRole,
  playTasks,
  said,
  savedLab,
  textAt,
} from "../../support/backup-site.ts";
import { put, type TestWorld } from "../../support/world.ts";

const S3 = {
  endpoint: "s3.eu-central-1.wasabisys.com",
  region: "eu-central-1",
  bucket: "family-vault",
  access_key: "AKPLANTED",
  secret_key: "planted-secret-key",
  cache_path: "/mnt/cache",
  cache_on_own_filesystem: false,
};
const JOB_STATES = "/var/lib/proxmox-backup/jobstates";
/** The host as Debian 13 is: so far only its name counts, and which packages Proxmox has for it. */
function asTrixie(world: TestWorld): void {
  const old = textAt(world, "vault1", "/etc/os-release") ?? "";
  put(world, "/etc/os-release", old.replaceAll("bookworm", "trixie").replaceAll("12", "13"), "vault1");
  const linked = world.host("vault1").files["/usr/lib/os-release"];
  if (linked?.type === "file") linked.content = linked.content.replaceAll("bookworm", "trixie").replaceAll("12", "13");
}
const cfg = (world: TestWorld, name: string) => textAt(world, "vault1", `/etc/proxmox-backup/${name}.cfg`) ?? "";

let saved: TestWorld;
beforeAll(async () => {
  saved = await savedLab();
});
let world: TestWorld;
beforeEach(() => {
  world = saved.copy();
});

describe("role pbs_server", () => {
  it("changes nothing when it is played again, though the token's secret was told once only", async () => {
    const again = await playRole(world, "pbs_server", {});
    expect([again.exitCode, changed(again), again.after === again.before]).toEqual([0, [], true]);
    const secret = textAt(world, "vault1", "/root/lab-pve-token")?.trim() ?? "";
    expect(secret).toMatch(/^[0-9a-f-]{36}$/);
    expect(JSON.stringify(again.events)).not.toContain(secret);
    expect((await playRole(world, "pbs_server", {}, "verify")).exitCode).toBe(0);
  });

  it("converges from wherever a run was cut off", async () => {
    const fresh = backupWorld();
    const whole = backupWorld();
    await playRole(whole, "pbs_server", {});
    const trips = whole.trips.filter(({ way, host }) => way === "send" && host === "vault1").length;
    for (let at = 1; at < trips; at += 1) {
      const cut = fresh.copy();
      let sent = 0;
      cut.lostAfter = ({ way }) => {
        sent += way === "send" ? 1 : 0;
        return way === "send" && sent > at ? 0 : null;
      };
      await playRole(cut, "pbs_server", {});
      cut.lostAfter = null;
      const next = await playRole(cut, "pbs_server", {});
      expect([at, next.exitCode, failures(next)]).toEqual([at, 0, ""]);
      expect((await playRole(cut, "pbs_server", {}, "verify")).exitCode).toBe(0);
    }
  });

  it("says so where the token may do more than add backups", async () => {
    await playTasks(world, "vault1", [
      {
        name: "too much",
        pbs_user: {
          user: "pve@pbs",
          token: "lab",
          token_file: "/root/lab-pve-token",
          acl: [{ path: "/datastore/Backup-Vault", role: "DatastorePowerUser" }],
        },
      },
    ]);
    const run = await playRole(world, "pbs_server", {}, "verify");
    expect(failures(run)).toMatch(
      /The token adds backups and removes none: pve@pbs!lab shall have Datastore\.Backup .*Datastore\.Prune/,
    );
    expect(changed(await playRole(world, "pbs_server", {}))).toEqual(["Who may add to it"]);
    expect((await playRole(world, "pbs_server", {}, "verify")).exitCode).toBe(0);
  });

  it("takes away a rule that is named no more, and leaves alone what it does not name", async () => {
    await playTasks(world, "vault1", [
      { name: "by hand", pbs_job: { type: "prune", id: "backup-vault-prune", comment: "mine", keep_hourly: 5 } },
    ]);
    const run = await playRole(world, "pbs_server", { keep: { last: 3, daily: 7 } });
    expect(changed(run)).toEqual(["What stays in it"]);
    expect(cfg(world, "prune")).toMatch(/comment mine/);
    expect(cfg(world, "prune")).toMatch(/keep-daily 7/);
    expect(cfg(world, "prune")).not.toMatch(/keep-(hourly|weekly|monthly|yearly)/);
  });

  it("verify says so where pruning would remove more than it shall, and the role mends it", async () => {
    await playTasks(world, "vault1", [
      { name: "by hand", pbs_job: { type: "prune", id: "backup-vault-prune", keep_last: 1 } },
    ]);
    expect(failures(await playRole(world, "pbs_server", {}, "verify"))).toMatch(/may remove backups that were to stay/);
    expect(changed(await playRole(world, "pbs_server", {}))).toEqual(["What stays in it"]);
    expect((await playRole(world, "pbs_server", {}, "verify")).exitCode).toBe(0);
  });

  it.each([
    ["the collection of garbage", "garbage_collection-Backup-Vault", /the garbage collection has ended with unable to/],
    ["pruning", "prunejob-backup-vault-prune", /backup-vault-prune has ended with unable to/],
    ["verification", "verificationjob-backup-vault-verify", /backup-vault-verify has ended with unable to/],
  ])("verify says so where %s has failed, and passes where it has ended well", async (_, name, message) => {
    const state = (text: string) =>
      put(world, `${JOB_STATES}/${name}.json`, JSON.stringify({ "last-run-state": text }), "vault1");
    state("unable to open chunk");
    expect(failures(await playRole(world, "pbs_server", {}, "verify"))).toMatch(message);
    state("OK");
    expect((await playRole(world, "pbs_server", {}, "verify")).exitCode).toBe(0);
  });

  it("refuses another path, and removes nothing", async () => {
    const run = await playRole(world, "pbs_server", { path: "/mnt/datastore/other" });
    expect(failures(run)).toMatch(
      /is at \/mnt\/datastore\/backup-vault and shall be at \/mnt\/datastore\/other, which cannot be changed/,
    );
    expect(run.after).toBe(run.before);
  });

  it.each([
    ["a disk that is not mounted", { mount: "/mnt/vault", path: "/mnt/vault/x" }, /Nothing is mounted at \/mnt\/vault/],
    ["a disk that the datastore is not on", { mount: "/mnt/vault", path: "/mnt/datastore/x" }, /is not below `mount`/],
    ["pruning without a rule", { keep: {} }, /`keep` needs at least one rule/],
    ["a bucket that is not used", { s3: S3 }, /`mode: local` and `s3` belong together/],
    ["a mode without its bucket", { mode: "s3_direct" }, /`s3` belong together/],
  ])("refuses %s before anything is changed", async (_, vars, message) => {
    const fresh = backupWorld();
    const run = await playRole(fresh, "pbs_server", vars);
    expect(said(run)).toMatch(message);
    expect(run.after).toBe(run.before);
  });
});

describe("role pbs_server with a bucket", () => {
  it("says on Debian 12 that buckets need version 4, before anything is changed", async () => {
    const run = await playRole(backupWorld(), "pbs_server", { mode: "s3_direct", s3: S3 });
    expect(failures(run)).toMatch(
      /mode s3_direct needs Proxmox Backup Server 4, and Debian GNU\/Linux 12 \(bookworm\) has version 3/,
    );
    expect(run.after).toBe(run.before);
  });

  it("insists on a file system of its own for the cache", async () => {
    const fresh = backupWorld();
    asTrixie(fresh);
    const run = await playRole(fresh, "pbs_server", {
      mode: "s3_direct",
      s3: { ...S3, cache_on_own_filesystem: true },
    });
    expect(failures(run)).toMatch(/\/mnt\/cache is no mount point: the cache of the bucket would fill the system disk/);
  });

  it.each(["s3_direct", "local_plus_sync"])(
    "%s: made, made again without a change, the secret key in its file alone",
    async (mode) => {
      const fresh = backupWorld();
      asTrixie(fresh);
      const run = await playRole(fresh, "pbs_server", { mode, s3: S3 });
      expect([run.exitCode, failures(run)]).toEqual([0, ""]);
      const file = fresh.host("vault1").files["/etc/proxmox-backup/s3.cfg"];
      expect(file).toMatchObject({ type: "file", mode: "0640", uid: 0, gid: 34 });
      expect(cfg(fresh, "s3")).toMatch(
        /^s3client: bucket\n\taccess-key AKPLANTED\n\tendpoint s3\.eu.*\n\tregion eu-central-1\n\tsecret-key planted-secret-key\n$/,
      );
      expect(cfg(fresh, "datastore")).toMatch(/backend type=s3,client=bucket,bucket=family-vault/);
      if (mode === "local_plus_sync")
        expect(cfg(fresh, "sync")).toMatch(/store Backup-Vault-S3\n[\s\S]*remote-store Backup-Vault/);
      const again = await playRole(fresh, "pbs_server", { mode, s3: S3 });
      expect([again.exitCode, changed(again)]).toEqual([0, []]);
      const verified = await playRole(fresh, "pbs_server", { mode, s3: S3 }, "verify");
      expect([verified.exitCode, failures(verified)]).toEqual([0, ""]);
      expect(JSON.stringify([run.events, again.events, verified.events])).not.toContain("planted-secret");
      expect(
        JSON.stringify(
          fresh.trips
            .flatMap(({ batch }) => batch.sections)
            .flatMap(({ operations }) => operations.map((each) => (each.kind === "exec" ? each.argv : []))),
        ),
      ).not.toContain("planted-secret");
    },
  );

  it("ends where the bucket cannot be used, before there is a datastore", async () => {
    const fresh = backupWorld();
    asTrixie(fresh);
    const run = await playRole(fresh, "pbs_server", { mode: "s3_direct", s3: { ...S3, bucket: "missing-bucket" } });
    expect(failures(run)).toMatch(/The bucket can be written and read: .*404 Not Found/s);
    expect(cfg(fresh, "datastore")).toBe("");
    expect((await playRole(fresh, "pbs_server", { mode: "s3_direct", s3: S3 })).exitCode).toBe(0);
  });
});
