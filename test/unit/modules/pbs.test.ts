import { describe, expect, test } from "vitest";
import { Secret } from "../../../engine/value/secret.ts";
import { pbsDatastore } from "../../../modules/pbs-datastore.ts";
import { pbsJob } from "../../../modules/pbs-job.ts";
import { pbsS3Endpoint } from "../../../modules/pbs-s3-endpoint.ts";
import { pbsUser } from "../../../modules/pbs-user.ts";
import { changeOf, commandsOf, exec, planOf, problemsOf, stat } from "../../support/plan-module.ts";

const list = (...items: readonly object[]) => exec(JSON.stringify(items));
const manager = (line: string) => `proxmox-backup-manager ${line}`;

describe("pbs_job: words for what differs", () => {
  const is = { id: "j01", store: "vault", schedule: "daily", "keep-last": 3, comment: "mine" };
  const raw = { type: "prune", id: "j01" };
  test.each([
    ["all as it is", { store: "vault", keep_last: 3 }, []],
    ["another number", { keep_last: 4 }, ["prune-job update j01 --keep-last 4"]],
    [
      "a rule that goes",
      { keep_last: null, keep_daily: 7 },
      ["prune-job update j01 --keep-daily 7 --delete keep-last"],
    ],
    ["what is not set and shall not be", { keep_yearly: null, disable: false }, []],
    ["disabled", { disable: true }, ["prune-job update j01 --disable true"]],
  ])("%s", (_, more, sent) => {
    expect(commandsOf(changeOf(pbsJob, { ...raw, ...more }, { list: list(is) }).steps)).toEqual(sent.map(manager));
  });
  test("a new one is written without what is so anyway", () => {
    const given = { type: "verify", id: "v01", store: "vault", ignore_verified: true, outdated_after: 30 };
    expect(commandsOf(changeOf(pbsJob, given, { list: list() }).steps)).toEqual([
      manager("verify-job create v01 --store vault --outdated-after 30"),
    ]);
  });
  test("filters are a set", () => {
    const given = { type: "sync", id: "s01", group_filter: ["type:vm", "group:ct/101"] };
    const seen = (...filter: readonly string[]) => ({
      list: list({ id: "s01", store: "a", "remote-store": "b", "group-filter": filter }),
    });
    expect(changeOf(pbsJob, given, seen("group:ct/101", "type:vm")).steps).toEqual([]);
    expect(commandsOf(changeOf(pbsJob, given, seen("type:ct")).steps)).toEqual([
      manager("sync-job update s01 --group-filter group:ct/101 --group-filter type:vm"),
    ]);
  });
  test("what it cannot be without does not go", () => {
    expect(planOf(pbsJob, { ...raw, schedule: null }, { list: list(is) })).toMatchObject({
      kind: "refuse",
      why: expect.stringContaining("without a schedule"),
    });
  });
});

describe("pbs_user: what cannot be deleted is said", () => {
  const seen = { list: list({ userid: "a@pbs", enable: false, expire: 99, comment: "x" }) };
  test("enabled and for ever", () => {
    expect(
      commandsOf(changeOf(pbsUser, { user: "a@pbs", enable: true, expire: 0, comment: null }, seen).steps),
    ).toEqual([manager("user update a@pbs --enable true --expire 0 --delete comment")]);
  });
  test("the secret of a token goes through a script into its file, and no word of it is anywhere", () => {
    const raw = { user: "a@pbs", token: "t", token_file: "/root/t" };
    const more = { tokens: list(), kept: null, folder: stat({ type: "directory" }) };
    const { steps } = changeOf(pbsUser, raw, { ...seen, ...more });
    expect(steps).toMatchObject([{ kind: "script", name: "pbs-token", argv: ["a@pbs", "t", "/root/t"] }]);
  });
  test("a file that others can read is closed", () => {
    const raw = { user: "a@pbs", token: "t", token_file: "/root/t" };
    const more = {
      tokens: list({ tokenid: "a@pbs!t" }),
      kept: stat({ size: 9, mode: "0644" }),
      folder: stat({ type: "directory" }),
    };
    expect(changeOf(pbsUser, raw, { ...seen, ...more }).steps).toMatchObject([
      { kind: "attributes", mode: "0600", owner: "root" },
    ]);
  });
  test("rights are exact: too many go, and another propagation is another right", () => {
    const right = (ugid: string, path: string, roleid: string, propagate = true) => ({
      ugid,
      path,
      roleid,
      propagate,
      ugid_type: "user",
    });
    const acls = list(
      right("a@pbs", "/", "Admin"),
      right("a@pbs", "/datastore/v", "Audit", false),
      right("b@pbs", "/", "Admin"),
    );
    const raw = { user: "a@pbs", acl: [{ path: "/datastore/v", role: "Audit" }] };
    expect(commandsOf(changeOf(pbsUser, raw, { ...seen, acls }).steps)).toEqual(
      [
        "acl update / Admin --auth-id a@pbs --delete true",
        "acl update /datastore/v Audit --auth-id a@pbs --delete true",
        "acl update /datastore/v Audit --auth-id a@pbs --propagate true",
      ].map(manager),
    );
  });
});

test("pbs_datastore: an S3 datastore of version 4 names its endpoint, which must be there", () => {
  const raw = { name: "cloud", path: "/srv/cache", s3: { client: "wasabi", bucket: "vault" } };
  const seen = (...endpoints: readonly object[]) => ({
    list: list(),
    version: exec("4.0.14-1"),
    folder: null,
    endpoints: list(...endpoints),
  });
  expect(planOf(pbsDatastore, raw, seen())).toMatchObject({ kind: "refuse", why: "there is no S3 endpoint wasabi" });
  const { steps } = changeOf(pbsDatastore, raw, seen({ id: "wasabi" }));
  expect(commandsOf(steps)).toEqual([
    manager("datastore create cloud /srv/cache --backend type=s3,client=wasabi,bucket=vault"),
  ]);
  expect(steps[0]).toMatchObject({ job: { limitMs: 14_400_000 } });
});

describe("bad parameters", () => {
  test.each([
    [pbsDatastore, { name: "a" }, "3 to 32"],
    [pbsDatastore, { name: "a/b" }, "3 to 32"],
    [pbsDatastore, { name: "--x" }, "3 to 32"],
    [pbsDatastore, { name: "vault", path: "/" }, "folder of its own"],
    [pbsDatastore, { name: "vault", path: "x" }, "absolute"],
    [pbsDatastore, { name: "vault", comment: "--delete" }, "does not begin with -"],
    [pbsDatastore, { name: "vault", comment: "a\nb" }, "one line"],
    [pbsDatastore, { name: "vault", comment: "" }, "null for none"],
    [pbsDatastore, { name: "vault", state: "absent", comment: "x" }, "takes no settings"],
    [pbsDatastore, { name: "vault", s3: { client: "a,b", bucket: "vault" } }, "S3 endpoint"],
    [pbsDatastore, { name: "vault", s3: { client: "a", bucket: "V" } }, "bucket"],
    [pbsJob, { type: "gc", id: "abc" }, "prune, verify or sync"],
    [pbsJob, { type: "prune", id: "a b c" }, "id of a job"],
    [pbsJob, { type: "prune", id: "abc", keep_last: 0 }, "number of backups"],
    [pbsJob, { type: "prune", id: "abc", keep_last: "3" }, "number of backups"],
    [pbsJob, { type: "verify", id: "abc", keep_last: 3 }, "a verify job has no `keep_last`"],
    [pbsJob, { type: "prune", id: "abc", remote: "x" }, "a prune job has no `remote`"],
    [pbsJob, { type: "sync", id: "abc", group_filter: ["$(id)"] }, "a filter"],
    [pbsJob, { type: "sync", id: "abc", owner: "--x@pbs" }, "a user or token"],
    [pbsJob, { type: "prune", id: "abc", state: "absent", store: "x" }, "takes no settings"],
    [pbsJob, { type: "prune", id: "abc", schedule: "-x" }, "does not begin with -"],
    [pbsUser, { user: "pve" }, "with its realm"],
    [pbsUser, { user: "a b@pbs" }, "with its realm"],
    [pbsUser, { user: "-a@pbs" }, "with its realm"],
    [pbsUser, { user: "a@pbs!t" }, "with its realm"],
    [pbsUser, { user: "a@pbs", token: "t" }, "go together"],
    [pbsUser, { user: "a@pbs", token_file: "/x" }, "go together"],
    [pbsUser, { user: "a@pbs", token: "t;x", token_file: "/x" }, "name of a token"],
    [pbsUser, { user: "a@pbs", acl: [{ path: "datastore", role: "Audit" }] }, "a path such as"],
    [pbsUser, { user: "a@pbs", acl: [{ path: "/a/../b", role: "Audit" }] }, "a path such as"],
    [pbsUser, { user: "a@pbs", acl: [{ path: "/", role: "audit" }] }, "a role such as"],
    [
      pbsUser,
      {
        user: "a@pbs",
        acl: [
          { path: "/", role: "Audit" },
          { path: "/", role: "Audit" },
        ],
      },
      "named twice",
    ],
    [pbsUser, { user: "a@pbs", state: "absent", enable: true }, "takes no settings"],
  ])("$0.name: $1", (module, bad, message) => {
    expect(problemsOf(module, bad).join("\n")).toContain(message);
  });
});

describe("pbs_s3_endpoint: the file, whole, and no key in what is shown", () => {
  const others = "s3client: other\n\taccess-key AK0\n\tendpoint s3.example\n\tsecret-key sk0\n";
  const mine = "s3client: wasabi\n\taccess-key AK1\n\tendpoint s3.example\n\tput-rate-limit 5\n\tsecret-key sk1\n";
  const raw = { id: "wasabi", endpoint: "s3.example", access_key: "AK1", secret_key: "sk1" };
  const at = (cfg: string | null, version = "4.1.6-1") => ({ version: exec(version), cfg, stores: null });
  const written = (given: object, cfg: string | null) => {
    const { steps } = changeOf(pbsS3Endpoint, given, at(cfg));
    return steps.map((step) =>
      step.kind === "write-file" && step.content instanceof Secret ? step.content.reveal() : null,
    );
  };
  test.each<[string, object, string | null, readonly string[]]>([
    ["none yet", raw, null, ["s3client: wasabi\n\taccess-key AK1\n\tendpoint s3.example\n\tsecret-key sk1\n"]],
    ["as it is", raw, `${others}\n${mine}`, []],
    [
      "another secret, what nobody named stays",
      { ...raw, secret_key: "sk2" },
      `${others}\n${mine}`,
      [`${others}\n${mine.replace("sk1", "sk2")}`],
    ],
    ["null: not set", { id: "wasabi", region: null }, mine.replace("\tsecret", "\tregion eu\n\tsecret"), [mine]],
    ["gone", { id: "wasabi", state: "absent" }, `${mine}\n${others}`, [others]],
    ["gone already", { id: "wasabi", state: "absent" }, others, []],
  ])("%s", (_, given, cfg, wanted) => {
    expect(written(given, cfg)).toEqual(wanted);
  });
  test("keys are shown as the one given or another one, the file is the server's alone and written under its lock", () => {
    const { before, after, steps } = changeOf(pbsS3Endpoint, { ...raw, secret_key: "sk2" }, at(mine));
    expect([before, after]).toMatchObject([
      { access_key: "the one given", secret_key: "another one" },
      { access_key: "the one given", secret_key: "the one given" },
    ]);
    expect(steps).toMatchObject([
      { mode: "0640", owner: "root", group: "backup", lock: "/etc/proxmox-backup/.s3.lck" },
    ]);
    expect(JSON.stringify([before, after, steps])).not.toMatch(/sk[12]/);
  });
  test("version 3 and a datastore that needs it are refused", () => {
    expect(planOf(pbsS3Endpoint, raw, at(null, "3.4.1-1"))).toMatchObject({
      why: expect.stringContaining("need Proxmox Backup Server 4"),
    });
    const stores = "datastore: cloud\n\tbackend type=s3,client=wasabi,bucket=b\n\tpath /srv/c\n";
    expect(planOf(pbsS3Endpoint, { id: "wasabi", state: "absent" }, { ...at(mine), stores })).toMatchObject({
      why: expect.stringContaining("datastore cloud uses the endpoint wasabi"),
    });
  });
});
